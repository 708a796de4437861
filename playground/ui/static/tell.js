// What a judging card says under its item, to the eye and to screen readers.
import { link } from "./ballot.js";
import { element } from "./rest.js";
import { others, waiting } from "./outbox.js";

export class Teller {
  // `trouble`: why nothing can be sent or fetched now, whether the app `answered` so, and `signIn` where one mends it
  // oneself. `told`: what became of the last vote.
  trouble = "";
  answered = false;
  signIn = null;
  told = null;
  // Votes of this sitting that are not stored and never will be.
  refused = 0;

  constructor() {
    this.line = element("div", "status");
    this.live = element("p", "unseen");
    for (const spoken of [this.line, this.live]) spoken.setAttribute("role", "status");
  }

  // What became of the last vote sent, as the outbox tells it.
  sent(last) {
    if (!last) return;
    const [reason] = last.refusals;
    const votes = last.refusals.length === 1 ? "" : `${last.refusals.length} votes. `;
    this.refused += last.refusals.length;
    const lost = this.refused ? `${last.status}; not saved: ${this.refused} before` : last.status;
    this.told = reason ? { text: `Not saved: ${votes}${reason}`, bad: true } : { text: lost, receipt: `receipt ${last.receipt.slice(0, 8)}` };
  }

  // What is not saved yet and why, or what became of the last vote. Nothing is called saved before its receipt.
  // Returns how many votes wait.
  status(item) {
    const count = waiting().length;
    const votes = count === 1 ? "1 vote" : `${count} votes`;
    // Where there is no item, its place tells the trouble.
    if (this.trouble && this.signIn && item) this.ask(count ? `Not saved yet: ${votes} kept in this browser. ` : "");
    else if (this.trouble && count) this.put(`Not saved yet: ${votes} kept in this browser${this.signIn ? "" : ", trying again"}.${item && this.answered ? ` ${this.trouble}` : ""}`, true);
    else if (this.trouble && item) this.put(this.trouble, true);
    else if (count) this.put("", false, `${votes} on the way`);
    else if (this.told) this.put(this.told.text, this.told.bad, this.told.receipt);
    else if (others()) this.put("Judgements that somebody else gave in this browser wait until they sign in again.");
    else this.line.replaceChildren();
    return count;
  }

  // `aside` is for the eye only: read out after every vote, it would be noise.
  put(text, bad = false, aside = "") {
    const said = element("span", bad ? "bad" : "", text);
    const quiet = element("span", "", aside);
    quiet.setAttribute("aria-hidden", "true");
    if (text && aside) quiet.prepend(" · ");
    said.append(quiet);
    this.line.replaceChildren(said);
  }

  // The page tries again every few seconds: what stands there already stays, with the focus on it.
  ask(kept) {
    const said = `${kept}${this.trouble}`;
    if (this.line.firstChild?.textContent === said) return;
    this.put(said, true);
    this.line.append(link("Sign in", this.signIn));
  }

  say(text) {
    this.live.textContent = text;
  }
}
