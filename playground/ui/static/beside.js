// What somebody may add to a judgement of a card's item: a reason to skip it, a note, a rewrite. It opens panels under
// the answers, one at a time.
import { notePanel, rewritePanel, skipPanel } from "./aside.js";
import { button, row } from "./ballot.js";
import { element } from "./rest.js";

const GUIDE = "Judge as always. The better answer can then be rewritten, before it is saved.";

export class Beside {
  constructor(card) {
    this.card = card;
    this.opens = { s: () => this.skip(), n: () => this.note(), e: () => this.rewrite() };
    this.end();
  }

  // The nodes of a new item.
  begin() {
    this.end();
    this.drawer = element("div", "drawer");
    this.guide = element("p", "hint", GUIDE);
    this.noteButton = button("Note", this.opens.n, "n");
    this.rewriteButton = button("Rewrite the better one", this.opens.e, "e");
    const pause = this.card.alone ? [button("Pause", () => this.card.pause(), "p")] : [];
    const tools = row(button("Skip", this.opens.s, "s"), button("Undo", () => this.card.undo(), "u"),
      this.noteButton, this.rewriteButton, ...pause);
    tools.classList.add("beside");
    this.marks();
    return [this.guide, this.drawer, tools];
  }

  end() {
    this.panel = this.drawer = null;
    this.rewriting = false;
  }

  // Whether the open panel must be answered before anything else.
  get inTheWay() {
    return Boolean(this.panel?.modal);
  }

  // What a key does to the open panel. Escape and Control+Enter are no letters: they work while somebody writes, and
  // without shortcuts.
  acts(event, letters) {
    if (!this.panel) return null;
    const control = event.ctrlKey || event.metaKey;
    if (event.key === "Escape") return () => this.close();
    if (event.key === "Enter" && control) return this.panel.confirm;
    return letters && !control && this.panel.press(event.key.toLowerCase());
  }

  skip() {
    const { draft } = this.card;
    const skip = (why) => this.card.judge({ choice: "skip", ...why });
    this.open(skipPanel(draft.note, (text) => { draft.note = text; }, skip, () => this.close()), true);
  }

  note() {
    const { draft } = this.card;
    this.open(notePanel(draft.note, (text) => { draft.note = text; }, () => this.close()));
  }

  // The next judgement is not stored at once: its better answer is put up to be rewritten first.
  rewrite() {
    this.rewriting = !this.rewriting;
    this.marks();
    this.card.say(this.rewriting ? GUIDE : "Not rewriting");
  }

  edit(judgement, best) {
    const { draft, item } = this.card;
    const before = item.completions[best];
    const anew = judgement.choice === "both_bad";
    const title = anew ? "Write a good answer" : `Rewrite answer ${best + 1}`;
    const answer = anew ? "anew" : best;
    this.open(rewritePanel(title, before, draft.rewriteOf(answer) || before, (text) => draft.keepRewrite(answer, text),
      (rewrite) => this.card.judge({ ...judgement, rewrite }), () => this.close()), true);
  }

  open(panel, modal = false) {
    this.panel = { ...panel, modal };
    this.drawer.replaceChildren(panel.node);
    panel.first.focus();
    panel.node.scrollIntoView({ block: "nearest" });
  }

  close() {
    this.panel = null;
    this.drawer.replaceChildren();
    this.marks();
    this.card.place.querySelector("h2, h3")?.focus({ preventScroll: true });
  }

  // What is switched on for the judgement in hand.
  marks() {
    this.rewriteButton.setAttribute("aria-pressed", this.rewriting);
    this.noteButton.lastChild.textContent = this.card.draft.note.trim() ? " Note, written" : " Note";
    this.guide.hidden = !this.rewriting;
  }
}
