// What somebody has begun on the item in hand, kept across reloads: an arrangement, a note, a rewrite.
import { drop, names, read, write } from "./kept.js";

// One entry an item: two open pages, or an item taken back meanwhile, then never write over each other.
const PREFIX = "playground-draft-";
const MOST = 8;

export class Draft {
  held = {};

  // The draft of this item: kept in the browser, or what went with it before it was taken back.
  of(assignment) {
    this.held = { ...JSON.parse(read(PREFIX + assignment) || "{}"), assignment };
    if (this.back?.assignment === assignment) this.keep(this.back);
    this.back = null;
  }

  get state() {
    return this.held.state;
  }

  set state(state) {
    this.keep({ state });
  }

  get note() {
    return this.held.note || "";
  }

  set note(note) {
    this.keep({ note });
  }

  // A rewrite is of one answer: begun on another it is no beginning here.
  rewriteOf(answer) {
    return this.held.answer === answer ? this.held.rewrite || "" : "";
  }

  keepRewrite(answer, rewrite) {
    this.keep({ answer, rewrite });
  }

  keep(what) {
    this.held = { ...this.held, ...what, at: Date.now() };
    write(PREFIX + this.held.assignment, JSON.stringify(this.held));
    const began = (name) => JSON.parse(read(name)).at;
    const kept = names(PREFIX);
    if (kept.length > MOST) kept.sort((one, other) => began(other) - began(one)).slice(MOST).forEach(drop);
  }

  // What was judged last may come back to be judged again.
  sent({ rewrite, note }) {
    const { assignment, answer } = this.held;
    this.last = { assignment, state: this.state, note: note || this.note, ...(rewrite && { rewrite, answer }) };
  }

  takenBack() {
    this.back = this.last;
  }
}
