// <vote-card campaign="…">: judge pairs, or rank answers, by click, key or drag. A vote is kept until its receipt
// comes back. With `alone` the card is an annotator's whole page: it tells their own progress and pace.
import { button, pair, row, toggle } from "./ballot.js";
import { Desk } from "./desk.js";
import { read, write } from "./kept.js";
import { add, flush, passing, waiting } from "./outbox.js";
import { Pace } from "./pace.js";
import { Board } from "./rank.js";
import { Living, ask, element, visible } from "./rest.js";

const KEYS = { 1: "first", 2: "second", 0: "tie", b: "both_bad", s: "skip" };
const SHORTCUTS = "playground-shortcuts";
const DRAFT = "playground-draft";
const LOOK_AGAIN = 30_000;

class VoteCard extends Living {
  static observedAttributes = ["campaign"];

  begin() {
    this.board = this.told = null;
    this.pace = new Pace();
    this.busy = this.over = false;
    this.trouble = "";
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
    this.counter = element("p", "count");
    this.place = element("div", "item");
    this.place.append(element("p", "hint", "Fetching the first answers …"));
    this.line = element("div", "status");
    this.live = element("p", "unseen");
    for (const spoken of [this.line, this.live]) spoken.setAttribute("role", "status");
    const foot = element("div", "foot");
    this.keysLabel = element("span", "", "Judge with the keys 1 2 0 b s u");
    foot.append(toggle(this.keysLabel, this.shortcuts, (on) => this.switchKeys(on)));
    this.card = element("div", "vote");
    this.card.append(this.counter, this.place, this.line, this.live, foot);
    this.replaceChildren(this.card);
    this.switchKeys(this.shortcuts);
  }

  switchKeys(on) {
    this.shortcuts = on;
    write(SHORTCUTS, on ? "on" : "off");
    this.card.classList.toggle("silent", !on);
  }

  key(event) {
    if (!this.shortcuts || event.repeat || event.ctrlKey || event.metaKey || event.altKey || !visible(this)) return;
    const { tagName, type } = event.target;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(tagName) && type !== "checkbox") return;
    const act = this.acts(event.key.toLowerCase(), /^(BUTTON|A|SUMMARY|INPUT)$/.test(tagName));
    if (!act) return;
    event.preventDefault();
    act();
  }

  // What a key does now, if anything. Enter on a button is the button's own.
  acts(key, pressing) {
    if (key === "u") return () => this.undo();
    if (!this.item) return null;
    if (key === "s") return () => this.choose("skip");
    if (!this.board) return KEYS[key] && (() => this.choose(KEYS[key]));
    const held = this.board.cards.findIndex((card) => card.contains(document.activeElement));
    if (key === "0") return () => this.board.tie(held < 0 ? undefined : held);
    if (key === "backspace") return () => this.board.back();
    if (key === "enter" && !pressing) return () => this.save();
    return this.board.texts[key - 1] !== undefined && (() => this.board.put(key - 1));
  }

  async next() {
    const { life } = this;
    clearTimeout(this.retry);
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

  choose(choice) {
    return this.judge({ choice });
  }

  save() {
    if (this.board.complete) return this.judge({ ranking: this.board.order });
    this.say(`Place all ${this.board.texts.length} answers, then save`);
  }

  async judge(judgement) {
    if (!this.item || this.busy) return;
    this.busy = true;
    this.desk.undoKey = null;
    add(this.item.assignment, judgement);
    this.done += 1;
    this.pace.end();
    await this.desk.turn();
    if (this.item) {
      this.show();
      this.send();
    } else {
      await this.next();
    }
    this.busy = false;
  }

  send() {
    const { life } = this;
    flush().then((last) => this.life === life && (this.recovered(), this.tell(last)),
      (problem) => this.life === life && this.failed(problem, () => this.send()));
    this.status();
  }

  // What became of the last vote sent.
  tell(last) {
    if (last) {
      const [reason] = last.refusals;
      const votes = last.refusals.length === 1 ? "" : `${last.refusals.length} votes. `;
      this.told = reason ? { text: `Not saved: ${votes}${reason}`, bad: true } : { text: last.status, receipt: `receipt ${String(last.receipt).slice(0, 8)}` };
    }
    this.status();
    this.count();
  }

  // How far the campaign is, whoever judged; on their own page, how far this annotator is.
  async count() {
    if (this.alone) return;
    const now = await ask(`campaigns/${this.campaign}`).catch(() => null);
    if (now) this.counter.textContent = `${now.votes} of ${now.wanted} judged: ${now.people} by people, ${now.simulated} simulated`;
  }

  // Under the item: what is not saved yet and why, or what became of the last vote. Nothing is called saved before
  // its receipt.
  status() {
    const count = waiting().length;
    const votes = count === 1 ? "1 vote" : `${count} votes`;
    if (this.trouble && count) this.put(`Not saved yet: ${votes} kept in this browser, trying again.`, true);
    else if (this.trouble && this.item) this.put(this.trouble, true);
    else if (count) this.put("", false, `${votes} on the way`);
    else if (this.told) this.put(this.told.text, this.told.bad, this.told.receipt);
    else this.line.replaceChildren();
    if (this.bar) this.bar.value = Math.max(0, this.done - count);
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

  say(text) {
    this.live.textContent = text;
  }

  failed(problem, again) {
    this.trouble = problem.status ? problem.message : "The app does not answer.";
    if (!this.item) this.nothing(problem, again);
    this.status();
    if (!passing(problem)) return;
    this.retrying = again;
    clearTimeout(this.retry);
    this.retry = setTimeout(again, Math.min(1500 * 2 ** this.failures, 12_000));
    this.failures += 1;
  }

  recovered() {
    this.trouble = "";
    this.failures = 0;
    clearTimeout(this.retry);
  }

  // No item to show, because the app does not answer or will not give one.
  nothing(problem, again) {
    this.over = false;
    if (!passing(problem)) return this.panel("There is nothing to judge here", problem.message);
    this.panel("The next answers cannot be fetched",
      "The app does not answer. This page tries again by itself; what you judged is kept in this browser.",
      button("Try now", again));
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
        this.told = { text: "last vote taken back" };
      }
      await this.next();
    } catch (problem) {
      if (waiting().length) this.failed(problem, () => (this.item ? this.send() : this.next()));
      else this.told = { text: `Nothing was taken back. ${problem.status ? problem.message : "The app does not answer."}`, bad: true };
      this.status();
    }
    this.busy = false;
  }

  show() {
    const { prompt, completions, task } = this.item;
    this.total = this.item.done + this.item.remaining;
    this.over = false;
    this.pace.begin();
    this.board = task === "ranking" ? new Board(completions, this.draft(), (what) => this.arranged(what)) : null;
    this.keysLabel.textContent = this.board ? `Rank with the keys 1–${completions.length} 0 s u and Enter` : "Judge with the keys 1 2 0 b s u";
    const heading = element(this.alone ? "h2" : "h3", "", prompt);
    heading.tabIndex = -1;
    const answers = this.board ? this.board.node : pair(completions, (choice) => this.choose(choice));
    this.draw(heading, answers, row(...this.buttons()));
    this.progress();
    this.desk.prefetch();
  }

  buttons() {
    const own = this.board ? [
      button("Save this ranking", () => this.save(), "Enter"),
      button("Tie the last two", () => this.board.tie(), "0"),
    ] : [
      button("About equal", () => this.choose("tie"), "0"),
      button("Both bad", () => this.choose("both_bad"), "b"),
    ];
    if (this.board) own[0].classList.add("primary");
    return [...own, button("Skip", () => this.choose("skip"), "s"), button("Undo", () => this.undo(), "u")];
  }

  draft() {
    const kept = JSON.parse(read(DRAFT) || "{}");
    return kept.assignment === this.item.assignment ? kept.order : [];
  }

  arranged(what) {
    write(DRAFT, JSON.stringify({ assignment: this.item.assignment, order: this.board.order }));
    this.say(this.board.complete ? `${what}. All placed.` : what);
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
    this.counter.replaceChildren([at, this.pace.text].filter(Boolean).join(" · "), this.bar);
    this.say(`${this.board ? "Ranking" : "Pair"} ${at}`);
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
    document.dispatchEvent(new CustomEvent("playground:runs"));
    this.status();
    this.count();
  }

  // The end of an annotator's work, unless others leave something behind.
  farewell() {
    if (!this.over) {
      this.over = true;
      this.board = null;
      const kept = this.told?.bad ? "" : "Every judgement you gave here is saved. ";
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
