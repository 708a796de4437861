// <vote-card campaign="…">: judge pairs by click or key. A vote is kept until its receipt comes back.
import { Living, ask, element, post, uuid, visible } from "./rest.js";

const KEYS = { 1: "first", 2: "second", 0: "tie", b: "both_bad", s: "skip" };
const PENDING = "playground-pending-votes";

const pending = () => JSON.parse(localStorage.getItem(PENDING) || "[]");
const keep = (votes) => localStorage.setItem(PENDING, JSON.stringify(votes));

class VoteCard extends Living {
  static observedAttributes = ["campaign"];

  begin() {
    this.pair = this.ahead = this.receipt = this.undoKey = null;
    this.busy = false;
    this.campaign = this.getAttribute("campaign");
    this.shortcuts = localStorage.getItem("playground-shortcuts") !== "off";
    this.onkey = (event) => this.key(event);
    document.addEventListener("keydown", this.onkey);
    this.next();
    this.counting = setInterval(() => visible(this) && this.count(), 2500);
  }

  end() {
    clearInterval(this.counting);
    document.removeEventListener("keydown", this.onkey);
    clearTimeout(this.retry);
  }

  key(event) {
    if (!this.shortcuts || event.repeat || event.ctrlKey || event.metaKey || event.altKey || !visible(this)) return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== "checkbox") return;
    const key = event.key.toLowerCase();
    if (key === "u") { event.preventDefault(); this.undo(); }
    if (KEYS[key]) { event.preventDefault(); this.choose(KEYS[key]); }
  }

  fetchNext(besides) {
    return post(`campaigns/${this.campaign}/next`, { besides });
  }

  async next() {
    const life = this.life;
    try {
      await this.flush();
      const pair = await this.fetchNext([]);
      if (this.life !== life) return;
      this.pair = pair;
      this.pair ? this.show() : this.finished();
    } catch (problem) {
      this.failed(problem, () => this.next());
    }
  }

  // While one pair is read, the next is fetched, so that a vote is answered at once.
  prefetch() {
    // What is on its way to the server is still open there: it must not come back.
    const held = [this.pair, ...pending()].map((one) => one.assignment);
    this.ahead = this.fetchNext([...new Set(held)].slice(-8)).catch(() => null);
  }

  async choose(choice) {
    if (!this.pair || this.busy) return;
    this.busy = true;
    this.undoKey = null;
    keep([...pending(), { assignment: this.pair.assignment, key: uuid(), choice }]);
    this.pair = await this.ahead;
    if (this.pair) {
      this.show();
      this.flush().then(() => this.tell(), (problem) => this.failed(problem, () => this.later()));
    } else {
      await this.next();
    }
    this.busy = false;
  }

  later() {
    this.flush().then(() => this.tell(), (problem) => this.failed(problem, () => this.later()));
  }

  tell() {
    const line = this.querySelector(".status");
    if (line) line.replaceWith(this.status());
    this.count();
  }

  // Send every vote not yet acknowledged; the key makes a repeat harmless. Tells whether the last was refused.
  async flush() {
    let refused = false;
    for (const vote of pending()) {
      try {
        const answer = await post("votes", vote);
        this.receipt = `${answer.status} · receipt ${String(answer.receipt).slice(0, 8)}`;
        keep(pending().filter((v) => v.key !== vote.key));
        refused = false;
      } catch (problem) {
        if (!problem.status || problem.status >= 500) throw problem;
        keep(pending().filter((v) => v.key !== vote.key));
        this.receipt = problem.message;
        refused = true;
      }
    }
    return refused;
  }

  // How far the campaign is, whoever judged.
  async count() {
    const now = await ask(`campaigns/${this.campaign}`).catch(() => null);
    const line = this.querySelector(".count");
    if (now && line) line.textContent = `${now.votes} of ${now.wanted} judged: ${now.people} by people, ${now.simulated} simulated`;
  }

  failed(problem, again) {
    const waiting = pending().length;
    const text = waiting ? `Not saved yet: ${waiting} vote kept in this browser, trying again.`
      : problem.status ? problem.message : "The app does not answer.";
    let line = this.querySelector(".status .bad");
    if (!line) {
      this.querySelector(".status") || this.append(element("div", "vote status"));
      line = element("span", "bad");
      this.querySelector(".status").append(line);
    }
    line.textContent = text;
    if (!problem.status || problem.status >= 500) {
      this.retry = setTimeout(again, 1500);
    }
  }

  // What is taken back is the last vote given, so those still on their way go first.
  async undo() {
    if (this.busy) return;
    this.busy = true;
    try {
      if (!(await this.flush())) {
        await this.takeBack();
        this.receipt = "last vote taken back";
      }
      await this.next();
      this.count();
    } catch (problem) {
      this.failed(problem, () => pending().length && this.later());
    }
    this.busy = false;
  }

  // The key is kept until the server has answered: pressed again after a lost answer, it is the same undo.
  async takeBack() {
    this.undoKey ??= uuid();
    try {
      await post(`campaigns/${this.campaign}/undo`, { key: this.undoKey });
    } catch (problem) {
      if (problem.status && problem.status < 500) this.undoKey = null;
      throw problem;
    }
    this.undoKey = null;
  }

  show() {
    const card = element("div", "vote");
    card.tabIndex = -1;
    const pair = element("div", "pair");
    this.pair.completions.forEach((text, i) => {
      const button = element("button");
      button.append(element("span", "", text), element("kbd", "", String(i + 1)));
      button.setAttribute("aria-label", `Answer ${i + 1} is better: ${text}`);
      button.onclick = () => this.choose(i ? "second" : "first");
      pair.append(button);
    });
    const more = element("div", "more");
    for (const [key, word, act] of [["0", "About equal", "tie"], ["b", "Both bad", "both_bad"], ["s", "Skip", "skip"], ["u", "Undo"]]) {
      const button = element("button");
      button.append(element("kbd", "", key), ` ${word}`);
      button.onclick = () => (act ? this.choose(act) : this.undo());
      more.append(button);
    }
    card.append(this.counter(), element("h3", "", this.pair.prompt), pair, more, this.status(), this.toggle());
    const had = this.contains(document.activeElement);
    this.replaceChildren(card);
    if (had) card.focus({ preventScroll: true });
    this.prefetch();
    if (!this.querySelector(".count").textContent) this.count();
  }

  counter() {
    const old = this.querySelector(".count");
    return element("p", "count", old ? old.textContent : "");
  }

  status() {
    const status = element("div", "status");
    status.setAttribute("aria-live", "polite");
    if (!this.pair) status.append(element("span", "", "done"));
    if (this.receipt) status.append(element("span", "", this.receipt));
    return status;
  }

  toggle() {
    const label = element("label");
    const box = element("input");
    box.type = "checkbox";
    box.checked = this.shortcuts;
    box.onchange = () => {
      this.shortcuts = box.checked;
      localStorage.setItem("playground-shortcuts", box.checked ? "on" : "off");
    };
    label.append(box, "Judge with the keys 1 2 0 b s u");
    const row = element("div", "status");
    row.append(label);
    return row;
  }

  finished() {
    const counter = this.counter();
    const empty = element("div", "empty vote");
    empty.append(element("b", "", "Every pair of this campaign is judged"), "Train a reward model on these votes in the RLHF tab. ");
    const undo = element("button", "", "Undo the last vote");
    undo.onclick = () => this.undo();
    const row = element("div", "more");
    row.append(undo);
    empty.append(row, this.status());
    this.replaceChildren(counter, empty);
    this.count();
    document.dispatchEvent(new CustomEvent("playground:runs"));
  }
}

customElements.define("vote-card", VoteCard);
