// The board on which 2 to 7 answers are put in order: by digit, tap, arrow key, button or drag, with ties.
import { button } from "./ballot.js";
import { element } from "./rest.js";

const NTH = ["1st", "2nd", "3rd", "4th", "5th", "6th", "7th"];
const EDGE = 70;

export class Board {
  // `order` is a draft: groups of positions, best first. `changed(what)` is told of every move, in words.
  constructor({ completions: texts }, order, changed) {
    order ||= [];
    this.texts = texts;
    this.order = order;
    this.changed = changed;
    this.last = order.flat().at(-1);
    this.node = element("div", "board");
    this.ranked = element("ol");
    this.ranked.setAttribute("aria-label", "Ranked, best first");
    this.rest = element("ul");
    this.rest.setAttribute("aria-label", "Still to place");
    this.hint = element("p", "hint");
    this.node.append(this.ranked, this.hint, this.rest);
    this.cards = texts.map((text, place) => this.card(text, place));
    this.draw();
  }

  get complete() {
    return this.order.flat().length === this.texts.length;
  }

  get state() {
    return this.order;
  }

  get judgement() {
    return { ranking: this.order };
  }

  // The position of the best answer.
  get best() {
    return this.order[0][0];
  }

  get missing() {
    return `Place all ${this.texts.length} answers, then save`;
  }

  get keys() {
    return `Rank with the keys 1–${this.texts.length} 0`;
  }

  noun = "Ranking";
  verb = "Save this ranking";

  // What a key does here, if anything.
  acts(key) {
    const held = this.cards.findIndex((card) => card.contains(document.activeElement));
    if (key === "0") return () => this.tie(held < 0 ? undefined : held);
    if (key === "backspace") return () => this.back();
    return this.texts[key - 1] !== undefined && (() => this.put(key - 1));
  }

  tools() {
    return [button("Tie the last two", () => this.tie(), "0")];
  }

  isPlaced(place) {
    return this.order.some((group) => group.includes(place));
  }

  // Put an answer after those placed; one that is placed already is taken back.
  put(place) {
    if (this.isPlaced(place)) {
      this.order = this.without(place);
      this.last = this.order.flat().at(-1);
    } else {
      this.order = [...this.order, [place]];
      this.last = place;
    }
    this.moved(place);
  }

  back() {
    if (this.order.length) this.put(this.last);
  }

  // One step up or down; out of a tie it stands alone.
  move(place, step) {
    if (!this.isPlaced(place)) return this.put(place);
    const level = this.level(place);
    const shared = this.order[level].length > 1;
    const rest = this.without(place);
    const target = shared ? level + (step > 0 ? 1 : 0) : level + step;
    if (target >= 0 && target <= rest.length) this.insert(place, target);
  }

  // Equal to the answer above, or no longer.
  tie(place = this.last) {
    if (place === undefined || !this.isPlaced(place)) return;
    const level = this.level(place);
    if (this.order[level].length > 1) return this.insert(place, level + 1);
    if (level === 0) return;
    const rest = this.without(place);
    rest[level - 1] = [...rest[level - 1], place];
    this.order = rest;
    this.last = place;
    this.moved(place);
  }

  insert(place, level) {
    const rest = this.without(place);
    this.order = [...rest.slice(0, level), [place], ...rest.slice(level)];
    this.last = place;
    this.moved(place);
  }

  level(place) {
    return this.order.findIndex((group) => group.includes(place));
  }

  without(place) {
    return this.order.map((group) => group.filter((one) => one !== place)).filter((group) => group.length);
  }

  rank(place) {
    const level = this.level(place);
    if (level < 0) return "not placed";
    const nth = NTH[this.order.slice(0, level).flat().length];
    return this.order[level].length > 1 ? `tied ${nth}` : nth;
  }

  moved(place) {
    this.draw();
    this.changed(`Answer ${place + 1}: ${this.rank(place)}`);
  }

  card(text, place) {
    const card = element("li");
    const put = element("button", "put");
    const number = element("kbd", "", String(place + 1));
    number.setAttribute("aria-hidden", "true");
    put.append(number, element("span", "unseen"), element("span", "text", text));
    put.setAttribute("aria-keyshortcuts", String(place + 1));
    put.onclick = (event) => event.detail > 1 || this.put(place);
    const tools = element("div", "tools");
    tools.append(element("b"),
      this.tool("↑", `Answer ${place + 1} up`, () => this.move(place, -1)),
      this.tool("↓", `Answer ${place + 1} down`, () => this.move(place, 1)),
      this.tool("=", `Answer ${place + 1} ties with the answer above`, () => this.tie(place)));
    const grip = element("span", "grip", "≡");
    grip.setAttribute("aria-hidden", "true");
    grip.onpointerdown = (event) => this.drag(event, place);
    card.append(put, tools, grip);
    card.onkeydown = (event) => {
      const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!step || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.move(place, step);
    };
    return card;
  }

  tool(sign, name, act) {
    const made = element("button", "tool", sign);
    made.setAttribute("aria-label", name);
    made.title = name;
    made.onclick = act;
    return made;
  }

  draw() {
    // A node that is put elsewhere loses the focus it had.
    const focus = this.node.contains(document.activeElement) ? document.activeElement : null;
    this.cards.forEach((card, place) => {
      const placed = this.isPlaced(place);
      const group = this.order[this.level(place)] || [];
      card.classList.toggle("tied", group.indexOf(place) > 0);
      card.querySelector(".tools").hidden = !placed;
      card.querySelector("b").textContent = placed ? this.rank(place) : "";
      card.querySelector(".unseen").textContent = `Answer ${place + 1}, ${this.rank(place)}:`;
    });
    const placed = this.order.flat();
    const left = this.cards.filter((_, place) => !placed.includes(place));
    this.ranked.replaceChildren(...placed.map((place) => this.cards[place]));
    this.rest.replaceChildren(...left);
    this.ranked.hidden = !placed.length;
    this.hint.textContent = !placed.length ? "Choose the best answer first, then the next best."
      : left.length ? `Still to place: ${left.length}` : "All placed. Save the ranking, or change it.";
    // The tools of an answer that is taken back are gone: its own button stands beside them.
    (focus?.closest("[hidden]") ? focus.closest("li").querySelector(".put") : focus)?.focus({ preventScroll: true });
  }

  drag(event, place) {
    event.preventDefault();
    const grip = event.currentTarget;
    const card = this.cards[place];
    const start = event.pageY;
    let level;
    grip.setPointerCapture(event.pointerId);
    card.classList.add("dragged");
    grip.onpointermove = (now) => {
      card.style.transform = `translateY(${now.pageY - start}px)`;
      level = this.levelAt(now.clientY, place);
      this.mark(level, place);
      if (now.clientY < EDGE) scrollBy(0, -12);
      if (now.clientY > innerHeight - EDGE) scrollBy(0, 12);
    };
    grip.onpointerup = grip.onpointercancel = (now) => {
      grip.onpointermove = grip.onpointerup = grip.onpointercancel = null;
      card.classList.remove("dragged");
      card.style.transform = "";
      this.mark(undefined, place);
      if (now.type !== "pointerup" || level === undefined) return;
      if (level !== null) this.insert(place, level);
      else if (this.isPlaced(place)) this.put(place);
    };
  }

  // The level at which a card dropped at this height stands; null among those still to place.
  levelAt(y, place) {
    const others = [...this.rest.children].filter((card) => card !== this.cards[place]);
    if (others.length && y > this.rest.getBoundingClientRect().top) return null;
    const middles = this.without(place).map((group) => {
      const boxes = group.map((one) => this.cards[one].getBoundingClientRect());
      return (boxes[0].top + boxes.at(-1).bottom) / 2;
    });
    return middles.filter((middle) => middle < y).length;
  }

  mark(level, place) {
    for (const card of this.cards) card.classList.remove("above", "below");
    if (level === undefined || level === null) return;
    const rest = this.without(place);
    if (rest[level]) this.cards[rest[level][0]].classList.add("above");
    else if (rest.length) this.cards[rest.at(-1).at(-1)].classList.add("below");
  }
}
