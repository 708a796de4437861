// What somebody has begun on the item in hand, kept across reloads: an arrangement, a note, a rewrite.
import { read, write } from "./kept.js";

const NAME = "playground-draft";

export class Draft {
  held = {};

  // The draft of this item: kept in the browser, or what went with it before it was taken back.
  of(assignment) {
    const kept = JSON.parse(read(NAME) || "{}");
    this.held = kept.assignment === assignment ? kept : { assignment };
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
    this.held = { ...this.held, ...what };
    write(NAME, JSON.stringify(this.held));
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
