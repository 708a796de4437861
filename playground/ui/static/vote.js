// <vote-card campaign="…">: judge pairs, rank or rate answers, name best and worst, by click, key or drag. A vote is
// kept until its receipt comes back. With `alone` the card is an annotator's whole page: it tells their own progress
// and pace.
import { button, digits, link, pair, row, toggle } from "./ballot.js";
import { Beside } from "./beside.js";
import { Desk } from "./desk.js";
import { Draft } from "./drafts.js";
import { read, write } from "./kept.js";
import { add, flush, waiting } from "./outbox.js";
import { Pace } from "./pace.js";
import { Board } from "./rank.js";
import { Living, ask, element, passing, visible } from "./rest.js";
import { Extremes, Scale } from "./scale.js";
import { Teller } from "./tell.js";

const KEYS = { 0: ["tie"], b: ["both_bad"] };
const BOARDS = { ranking: Board, rating: Scale, best_worst: Extremes };
const SHORTCUTS = "playground-shortcuts";
const LOOK_AGAIN = 30_000;

class VoteCard extends Living {
  static observedAttributes = ["campaign"];

  begin() {
    this.board = null;
    this.teller = new Teller();
    this.pace = new Pace();
    this.draft = new Draft();
    this.beside = new Beside(this);
    this.busy = this.over = this.paused = false;
    this.done = this.total = this.failures = 0;
    this.campaign = this.getAttribute("campaign");
    this.alone = this.hasAttribute("alone");
    this.desk = new Desk(this.campaign, this.alone ? 2 : 1);
    this.shortcuts = read(SHORTCUTS) !== "off";
    this.lay();
    this.onkey = (event) => this.key(event);
    this.ononline = () => this.failures && this.retrying();
    document.addEventListener("keydown", this.onkey);
    window.addEventListener("online", this.ononline);
    this.next();
    if (!this.alone) this.counting = setInterval(() => visible(this) && this.count(), 2500);
  }

  end() {
    clearInterval(this.counting);
    document.removeEventListener("keydown", this.onkey);
    window.removeEventListener("online", this.ononline);
    clearTimeout(this.retry);
  }

  get item() {
    return this.desk.item;
  }

  // What stays while items come and go: a live region that is replaced is not read out.
  lay() {
    this.asked = element("p", "asked");
    this.asked.hidden = true;
    this.counter = element("p", "count");
    this.place = element("div", "item");
    this.place.append(element("p", "hint", "Fetching the first answers …"));
    const foot = element("div", "foot");
    this.keysLabel = element("span", "", "Judge with the keys 1 2 0 b s u");
    foot.append(toggle(this.keysLabel, this.shortcuts, (on) => this.switchKeys(on)));
    this.card = element("div", "vote");
    this.card.append(this.asked, this.counter, this.place, this.teller.line, this.teller.live, foot);
    this.replaceChildren(this.card);
    this.switchKeys(this.shortcuts);
  }

  switchKeys(on) {
    this.shortcuts = on;
    write(SHORTCUTS, on ? "on" : "off");
    this.card.classList.toggle("silent", !on);
  }

  key(event) {
    if (event.repeat || event.altKey || !visible(this)) return;
    const { tagName, type } = event.target;
    const writing = /^(INPUT|TEXTAREA|SELECT)$/.test(tagName) && !/^(checkbox|radio)$/.test(type);
    const act = this.beside.acts(event, this.shortcuts && !writing) || (this.shortcuts && !writing && !event.ctrlKey && !event.metaKey
      && this.acts(event.key.toLowerCase(), /^(BUTTON|A|SUMMARY)$/.test(tagName) || type === "checkbox"));
    if (!act) return;
    event.preventDefault();
    act();
  }

  // What a key does now, if anything. Enter on a button is the button's own.
  acts(key, pressing) {
    if (key === "p" && this.alone) return () => this.pause();
    if (this.paused) return key === "enter" && !pressing && (() => this.pause());
    if (key === "u") return () => this.undo();
    if (!this.item || this.beside.inTheWay) return null;
    if (this.beside.opens[key]) return this.beside.opens[key];
    if (!this.board) return this.keys[key] && (() => this.choose(...this.keys[key]));
    if (key === "enter" && !pressing) return () => this.save();
    return this.board.acts(key);
  }

  async next() {
    const { life } = this;
    clearTimeout(this.retry);
    this.paused = false;
    try {
      this.tell(await flush());
      await this.desk.first();
      if (this.life !== life) return;
      this.recovered();
      if (!this.item) return this.finished();
      this.done = this.item.done;
      this.show();
    } catch (problem) {
      if (this.life === life) this.failed(problem, () => this.next());
    }
  }

  choose(choice, strength) {
    const judgement = { choice, ...(strength && { strength }) };
    return this.beside.rewriting ? this.beside.edit(judgement, choice === "second" ? 1 : 0) : this.judge(judgement);
  }

  save() {
    if (!this.board.complete) return this.say(this.board.missing);
    const { judgement, best } = this.board;
    return this.beside.rewriting ? this.beside.edit(judgement, best) : this.judge(judgement);
  }

  // The note goes with the judgement, whatever else comes with it.
  async judge(judgement) {
    if (!this.item || this.busy) return;
    this.busy = true;
    this.desk.undoKey = null;
    const note = this.draft.note.trim();
    add(this.item, { ...(note && { note }), ...judgement });
    this.draft.sent(judgement);
    this.done += 1;
    this.pace.end();
    try {
      await this.desk.turn();
      if (this.item) {
        this.show();
        this.send();
      } else {
        await this.next();
      }
    } finally {
      this.busy = false;
    }
  }

  send() {
    const { life } = this;
    flush().then((last) => this.life === life && (this.recovered(), this.tell(last)),
      (problem) => this.life === life && this.failed(problem, () => this.send()));
    this.status();
  }

  // What became of the last vote sent.
  tell(last) {
    this.teller.sent(last);
    this.done -= last?.refusals.length ?? 0;
    this.status();
    this.count();
  }

  // How far the campaign is, whoever judged; on their own page, how far this annotator is.
  async count() {
    if (this.alone) return;
    const now = await ask(`campaigns/${this.campaign}`).catch(() => null);
    if (now) this.counter.textContent = `${now.votes} of ${now.wanted} judged: ${now.people} by people, ${now.simulated} simulated`;
  }

  status() {
    const count = this.teller.status(this.item);
    if (this.bar) this.bar.value = Math.max(0, this.done - count);
  }

  say(text) {
    this.teller.say(text);
  }

  // Where no item is at hand, to try again is to fetch one: votes that wait go first.
  failed(problem, what) {
    const again = this.item || this.paused ? what : () => this.next();
    this.teller.trouble = problem.status ? problem.message : "The app does not answer.";
    this.teller.answered = Boolean(problem.status);
    this.teller.signIn = problem.status === 401 ? this.signIn : null;
    if (!this.item && !this.paused) this.nothing(problem, again);
    this.status();
    if (!passing(problem)) return;
    this.retrying = again;
    clearTimeout(this.retry);
    this.retry = setTimeout(again, Math.min(1500 * 2 ** this.failures, 12_000));
    this.failures += 1;
  }

  // Where one signs in and comes back from.
  get signIn() {
    return `sign-in?next=${encodeURIComponent(this.alone ? `/annotate/${this.campaign}` : "/")}`;
  }

  recovered() {
    this.teller.trouble = "";
    this.failures = 0;
    clearTimeout(this.retry);
  }

  // No item to show, because the app does not answer or will not give one. Told once: whoever reads it, or stands on
  // its link, is left in peace while the page tries again.
  nothing(problem, again) {
    this.over = false;
    const told = problem.status ? problem.message : "The app does not answer.";
    if (this.place.firstChild?.told === told) return;
    if (!passing(problem)) this.panel("There is nothing to judge here", told);
    else if (problem.status === 401) this.panel("You are not signed in", `${told} What you judged is kept in this browser.`, link("Sign in", this.signIn));
    else this.panel("The next answers cannot be fetched",
      `${told} This page tries again by itself; what you judged is kept in this browser.`, button("Try now", again));
    this.place.firstChild.told = told;
    this.say(this.place.innerText);
  }

  // What is taken back is the last vote given, so those still on their way go first.
  async undo() {
    if (this.busy) return;
    this.busy = true;
    try {
      const last = await flush();
      this.recovered();
      if (last?.refused) {
        this.tell(last);
      } else {
        await this.desk.takeBack();
        this.draft.takenBack();
        // What was in hand comes later: judged now, it would be taken for what comes back.
        this.desk.item = this.board = null;
        this.teller.told = { text: "last vote taken back" };
      }
      await this.next();
    } catch (problem) {
      const unknown = !problem.status || problem.status >= 500;
      if (waiting().length) this.failed(problem, () => this.send());
      else this.teller.told = { text: unknown ? "Whether the last vote was taken back is not known: the app does not answer. Undo again to see." : `Nothing was taken back. ${problem.message}`, bad: true };
      this.status();
    } finally {
      this.busy = false;
    }
  }

  show() {
    const { prompt, completions, task, strength } = this.item;
    this.total = this.item.done + this.item.remaining;
    this.over = false;
    this.pace.begin();
    this.draft.of(this.item.assignment);
    const Kind = BOARDS[task];
    this.board = Kind ? new Kind(this.item, this.draft.state, (what) => this.arranged(what)) : null;
    this.keys = { ...KEYS, ...digits(strength) };
    this.keysLabel.textContent = `${this.board ? this.board.keys : `Judge with the keys ${strength ? "1–6" : "1 2"} 0 b`} s u n e${this.alone ? " p" : ""}${this.board ? " and Enter" : ""}`;
    const heading = element(this.alone ? "h2" : "h3", "", prompt);
    heading.tabIndex = -1;
    const answers = this.board ? this.board.node : pair(completions, (...said) => this.choose(...said), strength);
    this.question();
    this.draw(heading, answers, row(...this.buttons()), ...this.beside.begin());
    this.progress();
    this.desk.prefetch();
  }

  // What is asked may change from item to item; on an annotator's page it is the heading.
  question() {
    const { question = "", guidelines = "" } = this.item;
    const title = this.alone && document.querySelector("h1");
    if (title && question) document.title = title.textContent = question;
    this.asked.replaceChildren(...(title ? [] : [element("b", "", question)]), guidelines && ` ${guidelines}`);
    this.asked.hidden = !this.asked.textContent.trim();
  }

  buttons() {
    if (!this.board) {
      return [button("About equal", () => this.choose("tie"), "0"), button("Both bad", () => this.choose("both_bad"), "b")];
    }
    const save = button(this.board.verb, () => this.save(), "Enter");
    save.classList.add("primary");
    return [save, ...this.board.tools()];
  }

  arranged(what) {
    this.draft.state = this.board.state;
    this.say(this.board.complete && this.board.noun === "Ranking" ? `${what}. All placed.` : what);
  }

  // The item is put away, so that nothing is judged and no time is counted; it comes back first.
  pause() {
    if (this.paused) return this.next();
    if (!this.item || this.busy) return;
    this.paused = true;
    clearTimeout(this.retry);
    if (waiting().length) this.send();
    this.desk.item = this.board = null;
    this.beside.end();
    this.pace.rested = null;
    this.panel("Paused", "What you judged is saved, and so is what you have begun. ", button("Go on", () => this.pause(), "p"));
    this.say("Paused");
  }

  // Whoever pressed a button of the old item stands at the top of the new one.
  draw(heading, ...parts) {
    const had = this.place.contains(document.activeElement);
    this.place.replaceChildren(heading, ...parts);
    if (had) heading.focus({ preventScroll: true });
    if (this.alone && this.card.getBoundingClientRect().top < 0) this.scrollIntoView();
  }

  progress() {
    if (!this.alone) return this.counter.textContent || this.count();
    this.bar ??= element("progress");
    this.bar.max = this.total;
    this.bar.setAttribute("aria-label", "Judged and saved");
    const at = `${this.done + 1} of ${this.total}`;
    const minutes = this.pace.stretch;
    const rest = minutes ? `${minutes} minutes in a row: a break keeps judgements steady` : "";
    this.counter.replaceChildren([at, this.pace.text, rest].filter(Boolean).join(" · "), this.bar);
    const asked = this.item.criterion ? `. ${this.item.question}` : "";
    this.say(`${this.board?.noun ?? "Pair"} ${at}${asked}`);
    this.status();
  }

  // In the place of an item, where there is none.
  panel(title, text, ...buttons) {
    const box = element("div", "empty");
    box.tabIndex = -1;
    box.append(element("b", "", title), text, row(...buttons));
    this.draw(box);
  }

  finished() {
    if (this.alone) return this.farewell();
    this.board = null;
    this.panel("Every pair of this campaign is judged", "Train a reward model on these votes in the RLHF tab. ",
      button("Undo the last vote", () => this.undo()));
    this.say("Every pair of this campaign is judged");
    document.dispatchEvent(new CustomEvent("playground:runs"));
    this.status();
    this.count();
  }

  // The end of an annotator's work, unless others leave something behind.
  farewell() {
    if (!this.over) {
      this.over = true;
      this.board = null;
      const kept = this.teller.refused ? "" : "Every judgement you gave here is saved. ";
      this.counter.replaceChildren();
      this.panel("Nothing is left for you to judge", `Thank you. ${kept}You may close this page.`,
        button("Undo the last vote", () => this.undo(), "u"));
      this.say("Nothing is left for you to judge");
    }
    this.status();
    this.retry = setTimeout(() => (visible(this) ? this.next() : this.farewell()), LOOK_AGAIN);
  }
}

customElements.define("vote-card", VoteCard);
