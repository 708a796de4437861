// <live-run run="sft-0001" panels='[…]'>: one run, polled while it can be seen. The run folder is the truth.
import { draw } from "./chart.js";
import { Living, ask, clock, element, visible } from "./rest.js";

const WORDS = { queued: "waiting", running: "running", completed: "completed", stopped: "stopped",
  failed: "failed", interrupted: "interrupted" };
const LEVELS = { alarm: "Alarm", note: "Note", good: "Good" };
const LIVE = new Set(["queued", "running"]);

class LiveRun extends Living {
  static observedAttributes = ["run", "panels"];

  begin() {
    this.state = this.filmKey = this.readingsKey = this.total = this.refusal = undefined;
    this.id_ = this.getAttribute("run");
    this.panels = JSON.parse(this.getAttribute("panels") || "[]");
    this.columns = { steps: [], values: {} };
    this.samples = [];
    this.since = 0;
    this.build();
    this.observer = new ResizeObserver(() => this.redraw());
    this.observer.observe(this);
    this.tick();
  }

  end() {
    clearTimeout(this.timer);
    this.observer.disconnect();
  }

  build() {
    this.replaceChildren();
    this.style.setProperty("--stage", `var(--stage-${this.id_.split("-")[0]})`);
    this.parts = {
      chip: element("span", "chip"), steps: element("span", "quiet"), left: element("span", "left"),
      stop: element("button", "", "Stop"), resume: element("button", "", "Resume"),
      fill: element("i"), message: element("p", "note bad"),
      remarks: element("p", "note"), readings: element("ul", "readings"), film: element("div", "film"),
    };
    const { chip, steps, left, stop, resume, fill, message, remarks, readings, film } = this.parts;
    const header = element("header");
    header.append(element("strong", "", this.id_), chip, steps, left, stop, resume);
    const bar = element("div", "bar");
    bar.append(fill);
    message.hidden = remarks.hidden = true;
    message.setAttribute("role", "alert");
    stop.hidden = resume.hidden = true;
    stop.onclick = () => this.act("stop", stop, "Stopping");
    resume.onclick = () => this.act("resume", resume, "Resuming");
    const panels = element("div", "panels");
    const more = element("details", "more");
    const folded = element("div", "panels");
    more.append(element("summary", "", "More curves"), folded);
    more.ontoggle = () => this.redraw();
    for (const panel of this.panels) {
      const figure = element("figure");
      const caption = element("figcaption", "", panel.title);
      panel.now = element("span", "now");
      caption.append(element("small", "", panel.question || ""), panel.now);
      panel.svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      panel.svg.setAttribute("role", "img");
      panel.figure = figure;
      figure.append(caption, panel.svg);
      (panel.more ? folded : panels).append(figure);
    }
    const article = element("article", "run");
    article.append(header, bar, message, remarks, readings, panels, ...(folded.children.length ? [more] : []), film);
    this.append(article);
  }

  async act(verb, button, word) {
    button.disabled = true;
    button.textContent = word;
    this.refusal = undefined;
    try {
      await ask(`runs/${this.id_}/${verb}`, { method: "POST" });
      await this.tick();
    } catch (problem) {
      this.refusal = problem.message;
      this.tell(this.refusal);
    }
    button.disabled = false;
    button.textContent = verb === "stop" ? "Stop" : "Resume";
  }

  tell(text) {
    if (this.parts.message.textContent !== (text || "")) this.parts.message.textContent = text || "";
    this.parts.message.hidden = !text;
  }

  async tick() {
    clearTimeout(this.timer);
    const [life, turn] = [this.life, Symbol("turn")];
    this.turn = turn;
    let pause = 1200;
    if (visible(this)) {
      try {
        const [run, fresh, said] = await Promise.all([
          ask(`runs/${this.id_}`), ask(`runs/${this.id_}/metrics?since=${this.since}`), ask(`runs/${this.id_}/samples`)]);
        if (this.life !== life) return;
        this.merge(fresh);
        this.samples = said.samples;
        this.show(run);
        if (!LIVE.has(run.state)) pause = 6000;
      } catch (problem) {
        this.tell(problem.status ? problem.message : "The app does not answer. The run goes on by itself; trying again.");
        pause = 3000;
      }
    }
    if (life && this.life === life && this.turn === turn) this.timer = setTimeout(() => this.tick(), pause);
  }

  merge(fresh) {
    this.tellReadings(fresh.readings || []);
    const rows = new Map(this.columns.steps.map((step, i) => [step,
      Object.fromEntries(Object.entries(this.columns.values).map(([k, v]) => [k, v[i]]))]));
    fresh.steps.forEach((step, i) => {
      const row = rows.get(step) || {};
      for (const [key, values] of Object.entries(fresh.values)) if (values[i] !== null) row[key] = values[i];
      rows.set(step, row);
    });
    const steps = [...rows.keys()].sort((a, b) => a - b);
    const keys = new Set([...rows.values()].flatMap(Object.keys));
    this.columns = { steps, values: Object.fromEntries([...keys].map((k) => [k, steps.map((s) => rows.get(s)[k])])),
      peak: fresh.peak };
    // Ask for the newest step again: its validation figures may land after its training figures.
    if (steps.length) this.since = steps[steps.length - 1];
  }

  // What the curves say, each with the rule it comes of.
  tellReadings(readings) {
    const key = JSON.stringify(readings);
    if (key === this.readingsKey) return;
    this.readingsKey = key;
    this.parts.readings.replaceChildren(...readings.map((one) => {
      const item = element("li", one.level);
      const said = element("p", "", one.words);
      said.prepend(element("strong", "", LEVELS[one.level]));
      if (one.remedy) said.append(element("span", "", ` ${one.remedy}`));
      item.append(said, element("small", "", `Rule: ${one.rule}.`));
      return item;
    }));
  }

  show(run) {
    const { chip, steps, left, stop, resume, fill } = this.parts;
    const live = LIVE.has(run.state);
    chip.textContent = WORDS[run.state] || run.state;
    chip.className = `chip ${live ? "running" : run.state === "completed" ? "good" : "bad"}`;
    steps.textContent = run.total ? `step ${run.step} of ${run.total}` : run.note || "";
    left.textContent = live ? (run.seconds_left === null ? run.note || "" : `${clock(run.seconds_left)} left`)
      : run.seconds ? `${Math.round(run.seconds)} s` : "";
    fill.style.width = `${run.total ? Math.min(100, (100 * run.step) / run.total) : live ? 2 : 100}%`;
    stop.hidden = !live;
    if (!stop.disabled) stop.textContent = run.state === "queued" ? "Cancel" : "Stop";
    resume.hidden = !(run.resumable ?? ["stopped", "interrupted"].includes(run.state));
    // Why an action was refused stays until the next one, or until the run is in another state.
    if (this.state !== run.state) this.refusal = undefined;
    this.tell(this.refusal || (["failed", "interrupted"].includes(run.state) ? run.message : ""));
    this.parts.remarks.textContent = (run.remarks || []).join(" ");
    this.parts.remarks.hidden = !run.remarks?.length;
    this.total = run.total;
    this.redraw();
    this.showFilm();
    if (this.state && this.state !== run.state && !live) {
      document.dispatchEvent(new CustomEvent("playground:run", { detail: { id: run.id, state: run.state } }));
    }
    this.state = run.state;
  }

  redraw() {
    for (const panel of this.panels) {
      const labels = draw(panel.svg, panel, this.columns, this.total).map((label) => {
        const value = element("b", "", label.text);
        value.style.color = label.colour;
        return value;
      });
      panel.now.replaceChildren(...labels);
      panel.figure.hidden = panel.optional && this.columns.steps.length > 0
        && !panel.series.some((line) => (this.columns.values[line.key] || []).some(Number.isFinite));
    }
  }

  showFilm() {
    const { film } = this.parts;
    const key = JSON.stringify(this.samples.map((s) => s.step));
    if (!this.samples.length || key === this.filmKey) return;
    this.filmKey = key;
    film.replaceChildren(element("h3", "", "What it says as it learns"));
    // Instruction tuning: two prompts, before and now. Policies: one prompt as a film strip.
    const strip = this.id_.startsWith("sft") ? { prompts: 2, last: 1 } : { prompts: 1, last: 4 };
    const prompts = [...new Set(this.samples.map((s) => s.prompt))].slice(0, strip.prompts);
    for (const prompt of prompts) {
      film.append(element("q", "", prompt));
      const list = element("ol");
      const rows = this.samples.filter((s) => s.prompt === prompt);
      const few = rows.length > strip.last ? [rows[0], ...rows.slice(1).slice(-strip.last)] : rows;
      for (const sample of few) {
        const item = element("li");
        item.append(element("span", "", `step ${sample.step}`), element("div", "", sample.text));
        list.append(item);
      }
      film.append(list);
    }
  }
}

customElements.define("live-run", LiveRun);
