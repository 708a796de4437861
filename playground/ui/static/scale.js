// The board on which each answer gets points: by digit, tap, or arrow keys, as in any group of radio buttons.
import { button } from "./ballot.js";
import { element } from "./rest.js";

let made = 0;

export class Scale {
  noun = "Rating";
  verb = "Save these ratings";

  constructor({ completions, scale }, scores, changed) {
    this.texts = completions;
    this.scale = scale;
    this.scores = scores || completions.map(() => null);
    this.changed = changed;
    this.node = element("div", "board scale");
    this.list = element("ol");
    this.list.setAttribute("aria-label", "Answers to rate");
    this.hint = element("p", "hint");
    made += 1;
    this.cards = completions.map((text, place) => this.card(text, place));
    this.list.append(...this.cards);
    this.node.append(this.hint, this.list);
    this.current = Math.max(0, this.scores.indexOf(null));
    this.draw();
  }

  get complete() {
    return !this.scores.includes(null);
  }

  get state() {
    return this.scores;
  }

  get judgement() {
    return { scores: this.scores };
  }

  get best() {
    return this.scores.indexOf(Math.max(...this.scores));
  }

  get missing() {
    return `Rate all ${this.texts.length} answers, then save`;
  }

  get keys() {
    return `Rate with the keys 1–${this.scale} ↑ ↓`;
  }

  acts(key) {
    const step = { arrowup: -1, arrowdown: 1 }[key];
    if (step && document.activeElement.type !== "radio") return () => this.turnTo(this.current + step);
    if (key === "backspace") return () => this.back();
    return key >= 1 && key <= this.scale && (() => this.rate(this.current, Number(key), true));
  }

  tools() {
    return [];
  }

  // With `onward` the next answer without points is the one that the next digit rates.
  rate(place, points, onward = false) {
    this.scores[place] = points;
    const open = [...this.scores.keys()].map((one) => (one + place + 1) % this.texts.length).find((one) => this.scores[one] === null);
    this.current = onward && open !== undefined ? open : place;
    this.draw();
    const next = open === undefined ? "All rated." : onward ? `Answer ${open + 1} is next.` : "";
    this.changed(`Answer ${place + 1}: ${points} of ${this.scale}. ${next}`.trim());
  }

  back() {
    const given = this.scores[this.current] === null ? this.current - 1 : this.current;
    if (given < 0) return;
    this.current = given;
    this.scores[given] = null;
    this.draw();
    this.changed(`Answer ${given + 1}: no points`);
  }

  turnTo(place) {
    if (!this.texts[place]) return;
    this.current = place;
    this.draw();
    const points = this.scores[place];
    this.changed(`Answer ${place + 1}, ${points === null ? "not rated" : `${points} of ${this.scale}`}: ${this.texts[place]}`);
  }

  card(text, place) {
    const card = element("li");
    const group = element("fieldset");
    const legend = element("legend");
    legend.append(element("span", "unseen", `Answer ${place + 1}:`), element("span", "text", text));
    const points = element("div", "points");
    points.append(element("span", "end", "worst"));
    for (let point = 1; point <= this.scale; point += 1) {
      const label = element("label");
      const radio = element("input");
      radio.type = "radio";
      radio.name = `points-${made}-${place}`;
      radio.value = point;
      radio.onchange = () => this.rate(place, point);
      radio.onfocus = () => {
        this.current = place;
        this.draw();
      };
      label.append(radio, String(point));
      points.append(label);
    }
    points.append(element("span", "end", "best"));
    group.append(legend, points);
    card.append(group);
    return card;
  }

  draw() {
    this.cards.forEach((card, place) => {
      card.classList.toggle("current", place === this.current);
      card.querySelectorAll("input").forEach((radio) => { radio.checked = Number(radio.value) === this.scores[place]; });
    });
    const left = this.scores.filter((one) => one === null).length;
    this.hint.textContent = left ? `1 is the worst, ${this.scale} the best. Still to rate: ${left}` : "All rated. Save, or change them.";
  }
}

// The board on which the best and the worst answer are named: two digits, or two taps.
export class Extremes {
  noun = "Choice";
  verb = "Save best and worst";

  constructor({ completions }, state, changed) {
    this.texts = completions;
    [this.top, this.bottom] = state || [null, null];
    this.changed = changed;
    this.node = element("div", "board extremes");
    const list = element("ol");
    list.setAttribute("aria-label", "Answers");
    this.hint = element("p", "hint");
    this.cards = completions.map((text, place) => this.card(text, place));
    list.append(...this.cards);
    this.node.append(this.hint, list);
    this.draw();
  }

  get complete() {
    return this.top !== null && this.bottom !== null;
  }

  get state() {
    return [this.top, this.bottom];
  }

  get judgement() {
    return { best_worst: this.state };
  }

  get best() {
    return this.top;
  }

  get missing() {
    return "Name the best and the worst answer, then save";
  }

  get keys() {
    return `Name best and worst with the keys 1–${this.texts.length}`;
  }

  acts(key) {
    if (key === "backspace") return () => (this.bottom !== null ? this.set(this.bottom, false) : this.top !== null && this.set(this.top, true));
    // The first digit names the best, the second the worst; a digit again takes it back.
    const place = key - 1;
    if (this.texts[place] === undefined) return null;
    return () => this.set(place, place === this.top || (this.top === null && place !== this.bottom));
  }

  tools() {
    return [];
  }

  set(place, best) {
    if (best) {
      this.top = this.top === place ? null : place;
      if (this.bottom === place) this.bottom = null;
    } else {
      this.bottom = this.bottom === place ? null : place;
      if (this.top === place) this.top = null;
    }
    this.draw();
    const is = this.top === place ? "the best" : this.bottom === place ? "the worst" : "neither";
    this.changed(`Answer ${place + 1}: ${is}`);
  }

  card(text, place) {
    const card = element("li");
    const number = element("kbd", "", String(place + 1));
    number.setAttribute("aria-hidden", "true");
    const said = element("div", "said");
    said.append(number, element("span", "unseen", `Answer ${place + 1}:`), element("span", "text", text));
    const tools = element("div", "ends");
    for (const best of [true, false]) {
      const one = button(best ? "Best" : "Worst", () => this.set(place, best));
      one.setAttribute("aria-label", `Answer ${place + 1} is the ${best ? "best" : "worst"}`);
      tools.append(one);
    }
    card.append(said, tools);
    return card;
  }

  draw() {
    this.cards.forEach((card, place) => {
      const [best, worst] = card.querySelectorAll(".ends button");
      best.setAttribute("aria-pressed", place === this.top);
      worst.setAttribute("aria-pressed", place === this.bottom);
      card.classList.toggle("top", place === this.top);
      card.classList.toggle("bottom", place === this.bottom);
    });
    this.hint.textContent = this.complete ? "Both named. Save, or change them."
      : this.top === null ? "Name the best answer first." : "Now name the worst.";
  }
}
