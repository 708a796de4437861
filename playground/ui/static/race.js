// <race-board race="race-0001">: how the contestants stand, polled while any of them runs; sorted by any column.
import { Living, ask, element, passing, visible } from "./rest.js";

const SVG = "http://www.w3.org/2000/svg";
const SHAPES = [[], [6, 4], [2, 3], [9, 3, 2, 3], [12, 3], [3, 3, 9, 3], [1, 4], [6, 2, 2, 2, 2, 2]];
const percent = (share) => (share === null ? "–" : `${Math.round(100 * share)} %`);
const few = (value) => (value === null ? "–" : value.toPrecision(value >= 100 ? 3 : 2));
const units = (value, names, step = 1000) => {
  if (value === null) return "–";
  let at = 0;
  while (value >= step && at < names.length - 1) { value /= step; at += 1; }
  return `${Number(value.toPrecision(value >= 100 ? 3 : 2))} ${names[at]}`.trim();
};
const BYTES = ["B", "kB", "MB", "GB"];

// what is shown of a contestant, how it is told, and whether more of it is better
const COLUMNS = [
  { key: "label", head: "tuning", tell: (v) => v, up: true },
  { key: "done", head: "", tell: (v) => v, sort: (one) => one.step / (one.total || 1), up: true },
  { key: "gain", head: "answers right", tell: percent, up: true },
  { key: "retention", head: "general facts", tell: percent, up: true },
  { key: "loss", head: "validation loss", tell: few, up: false },
  { key: "trainable", head: "numbers that learn", tell: (v) => units(v, ["", "k", "M", "G"]), up: false },
  { key: "share", head: "of all", tell: (v) => (v === null ? "–" : `${Number((100 * v).toPrecision(2))} %`), up: false },
  { key: "seconds", head: "time", tell: (v) => (v ? `${few(v)} s` : "–"), up: false },
  { key: "peak", head: "memory", tell: (v) => units(v, BYTES), up: false },
  { key: "artifact", head: "result", tell: (v) => units(v, BYTES), up: false },
];
const ENDED = new Set(["completed", "stopped", "failed", "interrupted"]);

class RaceBoard extends Living {
  static observedAttributes = ["race"];

  begin() {
    this.sorted = this.sorted || { key: null, up: true };
    this.drawn = this.standings = null;
    this.replaceChildren(element("p", "note", "Looking for the race"));
    this.observer = new ResizeObserver(() => this.standings && this.draw());
    this.observer.observe(this);
    this.tick();
  }

  end() {
    clearTimeout(this.timer);
    this.observer.disconnect();
  }

  async tick() {
    const life = this.life;
    let pause = 1500;
    if (visible(this)) {
      try {
        const told = await ask(`races/${this.getAttribute("race")}`);
        if (this.life !== life) return;
        this.standings = told.standings.map((one, place) => ({ ...one, place, done: this.progress(one) }));
        const key = JSON.stringify(this.standings);
        if (key !== this.drawn) this.draw();
        this.drawn = key;
        if (told.ended) pause = 8000;
      } catch (problem) {
        if (this.life !== life) return;
        this.complain(problem.status ? problem.message : "The app does not answer; trying again.");
        if (!passing(problem)) return;
      }
    }
    if (this.life === life) this.timer = setTimeout(() => this.tick(), pause);
  }

  complain(text) {
    if (this.drawn === text) return;
    this.drawn = text;
    this.standings = null;
    const line = element("p", "note bad", text);
    line.setAttribute("role", "alert");
    this.replaceChildren(line);
  }

  progress(one) {
    if (ENDED.has(one.state)) return one.state === "completed" ? "done" : one.state;
    if (one.state === "queued") return "waiting";
    return one.total ? `step ${one.step} of ${one.total}` : "starting";
  }

  draw() {
    const focus = document.activeElement?.dataset?.held;
    const scrolled = this.querySelector(".table-wrap")?.scrollLeft ?? 0;
    const table = this.table();
    this.replaceChildren(this.chart(), table);
    table.scrollLeft = scrolled;
    if (focus) this.querySelector(`[data-held="${focus}"]`)?.focus();
  }

  order() {
    const { key, up } = this.sorted;
    if (!key) return this.standings;
    const column = COLUMNS.find((one) => one.key === key);
    const value = column.sort || ((one) => one[key]);
    return [...this.standings].sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === null || y === null) return (x === null) - (y === null);
      return (typeof x === "string" ? x.localeCompare(y) : x - y) * (up ? 1 : -1);
    });
  }

  table() {
    const wrap = element("div", "table-wrap");
    const table = element("table", "plain race");
    const head = element("tr");
    for (const column of COLUMNS) {
      const cell = element("th", column.key === "label" || column.key === "done" ? "" : "num");
      const button = element("button", "", column.head || "progress");
      button.dataset.held = column.key;
      button.onclick = () => {
        const again = this.sorted.key === column.key;
        // The best first, then the other way round.
        this.sorted = { key: column.key, up: again ? !this.sorted.up : !column.up || column.key === "label" };
        this.draw();
      };
      const now = this.sorted.key === column.key;
      cell.setAttribute("aria-sort", now ? (this.sorted.up ? "ascending" : "descending") : "none");
      cell.append(button);
      head.append(cell);
    }
    const body = element("tbody");
    for (const one of this.order()) {
      const row = element("tr");
      for (const column of COLUMNS) {
        const cell = element("td", column.key === "label" || column.key === "done" ? "" : "num");
        if (column.key === "label") {
          const mark = element("i", "mark");
          mark.style.background = this.colour(one);
          cell.append(mark, this.name(one));
        } else {
          cell.textContent = column.tell(one[column.key]);
        }
        row.append(cell);
      }
      body.append(row);
    }
    const top = element("thead");
    top.append(head);
    table.append(top, body);
    wrap.append(table);
    return wrap;
  }

  // In the app a name leads to its run.
  name(one) {
    if (!document.querySelector("run-line")) return element("span", "", one.label);
    const name = element("a", "", one.label);
    name.href = "#runs";
    name.title = name.dataset.held = one.run;
    name.onclick = (event) => {
      event.preventDefault();
      document.dispatchEvent(new CustomEvent("playground:open", { detail: { run: one.run } }));
    };
    return name;
  }

  colour(one) {
    return `var(--race-${one.place % 6})`;
  }

  // Right and up is better: what was gained against what was kept.
  chart() {
    const figure = element("figure", "race");
    figure.append(element("figcaption", "", "Gained against kept"));
    const width = Math.max(Math.min(this.clientWidth || 600, 900), 260);
    const height = Math.min(340, Math.max(220, width * 0.45));
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("role", "img");
    const make = (name, attributes, text) => {
      const node = document.createElementNS(SVG, name);
      for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
      if (text !== undefined) node.textContent = text;
      svg.append(node);
    };
    const box = { left: 52, right: width - 16, top: 12, bottom: height - 40 };
    const courses = this.standings.map((one) => one.course.filter((p) => p[0] !== null && p[1] !== null));
    // In fifths, so that the quarters of an axis are whole per cents.
    const least = Math.floor(5 * Math.min(0.8, ...courses.flat().map((p) => p[1]))) / 5;
    const most = Math.ceil(5 * Math.max(0.2, ...courses.flat().map((p) => p[0]))) / 5;
    const x = (gain) => box.left + (gain / most) * (box.right - box.left);
    const y = (kept) => box.bottom - ((kept - least) / (1 - least)) * (box.bottom - box.top);
    for (const share of [0, 0.25, 0.5, 0.75, 1]) {
      const kept = least + share * (1 - least);
      make("line", { x1: box.left, x2: box.right, y1: y(kept), y2: y(kept), stroke: "var(--hairline)" });
      make("text", { x: box.left - 8, y: y(kept) + 4, "text-anchor": "end" }, percent(kept));
      make("text", { x: x(share * most), y: box.bottom + 18, "text-anchor": "middle" }, percent(share * most));
    }
    make("text", { x: box.right, y: box.bottom + 36, "text-anchor": "end" }, "answers right →");
    make("text", { x: box.left + 6, y: box.bottom - 8 }, "↑ general facts kept");
    const ends = [];
    this.standings.forEach((one, place) => {
      const course = courses[place];
      if (!course.length) return;
      const path = course.map((p, at) => `${at ? "L" : "M"}${x(p[0]).toFixed(1)} ${y(p[1]).toFixed(1)}`).join("");
      make("path", { d: path, fill: "none", stroke: this.colour(one), "stroke-width": 2, opacity: 0.75,
        "stroke-dasharray": SHAPES[place % SHAPES.length].join(" ") || "none" });
      const [gain, kept] = course[course.length - 1];
      make("circle", { cx: x(gain), cy: y(kept), r: 5, fill: this.colour(one) });
      ends.push({ one, gain, kept, at: y(kept) });
    });
    ends.sort((a, b) => a.at - b.at);
    ends.forEach((end, at) => { if (at) end.at = Math.max(end.at, ends[at - 1].at + 17); });
    const over = ends.length ? ends[ends.length - 1].at - box.bottom : 0;
    for (const end of ends) {
      const near = x(end.gain) > width - 150;
      make("text", { x: x(end.gain) + (near ? -10 : 10), y: end.at - Math.max(0, over) + 5, class: "end",
        "text-anchor": near ? "end" : "start", style: `fill:${this.colour(end.one)}` }, end.one.label);
    }
    const said = ends.map((end) => `${end.one.label} ${percent(end.gain)} right, ${percent(end.kept)} kept`);
    svg.setAttribute("aria-label", said.join("; ") || "No one has been measured yet");
    figure.append(svg);
    return figure;
  }
}

customElements.define("race-board", RaceBoard);
