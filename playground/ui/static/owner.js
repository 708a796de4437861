// <owner-view campaign="campaign-1a2b">: what the votes say, kept fresh while it is in sight.
// <noise-ceiling run="reward-0001">: how near a reward model has come to what people's agreement allows.
import { Living, ask, element, passing, post, uuid, visible } from "./rest.js";

const EVERY = 4000;

function line(text, bad = false) {
  const made = element("p", bad ? "note bad" : "note", text);
  made.setAttribute("role", bad ? "alert" : "status");
  return made;
}

// A button is the same one in a new drawing where it says the same of the same vote.
const nameOf = (one) => [one.closest("[data-vote]")?.dataset.vote, JSON.stringify(one.dataset), one.textContent].join(" ");

// Also outside: a selection of text may end anywhere.
const RELEASES = ["pointerup", "pointercancel"];

class OwnerView extends Living {
  static observedAttributes = ["campaign"];

  begin() {
    this.stamp = "";
    this.shown = this.shown || "coverage";
    this.said = element("div", "told");
    this.tabs = element("nav", "parts");
    this.tabs.setAttribute("aria-label", "What the votes say");
    this.body = element("div", "part");
    this.body.tabIndex = -1;
    this.body.addEventListener("pointerdown", () => { this.pressing = true; });
    this.released = () => setTimeout(() => { this.pressing = false; });
    for (const end of RELEASES) window.addEventListener(end, this.released);
    this.replaceChildren(element("h3", "", "What the votes say"), this.tabs, this.said, this.body);
    this.body.addEventListener("click", (event) => this.press(event.target.closest("button")));
    this.tick();
  }

  end() {
    clearTimeout(this.timer);
    for (const end of RELEASES) window.removeEventListener(end, this.released);
  }

  get path() {
    return `campaigns/${this.getAttribute("campaign")}`;
  }

  async tick() {
    clearTimeout(this.timer);
    const life = this.life;
    let pause = EVERY;
    if (visible(this)) {
      try {
        const told = await ask(`${this.path}/overview?have=${this.stamp}`);
        if (this.life !== life) return;
        // Somebody who is about to decide or to withdraw is left in peace.
        if (told.parts && !this.pressing && !this.querySelector(".asked")) this.show(told);
        if (told.line) pause = 700;
        if (!this.held) this.said.replaceChildren(...(told.line && !this.stamp ? [line(told.line)] : []));
      } catch (problem) {
        if (this.life !== life) return;
        const text = problem.status ? problem.message : "The app does not answer; trying again.";
        if (this.said.textContent !== text) this.said.replaceChildren(line(text, true));
      }
    }
    if (this.life === life) this.timer = setTimeout(() => this.tick(), pause);
  }

  show({ stamp, parts }) {
    this.stamp = stamp;
    this.parts = parts;
    const focus = document.activeElement?.dataset?.part;
    this.tabs.replaceChildren(...parts.map((part) => {
      const button = element("button", "", part.title);
      button.type = "button";
      button.dataset.part = part.id;
      button.setAttribute("aria-pressed", String(part.id === this.shown));
      button.addEventListener("click", () => this.turn(part.id));
      return button;
    }));
    if (focus) this.tabs.querySelector(`[data-part="${focus}"]`)?.focus();
    this.draw();
  }

  turn(part) {
    this.shown = part;
    this.held = false;
    this.said.replaceChildren();
    for (const button of this.tabs.children) button.setAttribute("aria-pressed", String(button.dataset.part === part));
    this.draw();
  }

  draw() {
    const wide = () => [...this.body.querySelectorAll(".table-wrap")];
    const scrolled = this.drawn === this.shown ? wide().map((table) => table.scrollLeft) : [];
    this.drawn = this.shown;
    const focus = document.activeElement;
    const stood = this.body.contains(focus) && focus !== this.body ? nameOf(focus) : focus === document.body ? this.stood : null;
    this.stood = null;
    // The app escapes every text in it.
    this.body.innerHTML = this.parts.find((part) => part.id === this.shown)?.html ?? "";
    wide().forEach((table, at) => { table.scrollLeft = scrolled[at] ?? 0; });
    const same = stood && [...this.body.querySelectorAll("button, a, summary")].find((one) => nameOf(one) === stood);
    if (stood) (same ?? this.body).focus({ preventScroll: true });
  }

  async press(button) {
    if (!button || button.disabled) return;
    this.stood = nameOf(button);
    const { choice, ranking, withdraw } = button.dataset;
    if (choice || ranking) await this.decide(button, choice, ranking);
    if (withdraw) await this.ask(button, withdraw);
  }

  async decide(button, choice, ranking) {
    const vote = button.closest("[data-vote]").dataset.vote;
    button.disabled = true;
    const what = ranking ? { ranking: JSON.parse(ranking) } : { choice };
    await this.send(`${this.path}/decisions`, { vote, key: uuid(), ...what }, choice === "undone" ? "Taken back." : "Decided.");
    button.disabled = false;
  }

  // Which models learned from somebody's votes comes before the button that takes them back.
  async ask(button, annotator) {
    this.body.querySelector(".asked")?.remove();
    const asked = element("div", "asked");
    const life = this.life;
    button.disabled = true;
    try {
      const told = await ask(`${this.path}/withdrawal?annotator=${encodeURIComponent(annotator)}`);
      if (this.life !== life) return;
      const ways = { train: "learned from", validation: "was measured on", inherited: "comes from a model that did" };
      const models = told.models.map((one) => element("li", "", `${one.run} ${ways[one.how]}${one.votes ? ` ${one.votes} of them` : ""}${one.through.length ? ` (${one.through.join(", ")})` : ""}`));
      const list = element("ul", "");
      list.append(...models);
      const head = models.length ? "These models go back to the votes and keep what they learned until they are trained again:" : "No model of this home has learned from them.";
      asked.append(element("b", "", `Withdraw ${told.votes} votes of ${annotator}?`), element("p", "", head), list);
      const row = element("div", "decide");
      const yes = element("button", "warm", `Withdraw ${told.votes} votes`);
      const no = element("button", "", "Keep them");
      yes.type = no.type = "button";
      yes.disabled = !told.votes;
      yes.addEventListener("click", async (event) => {
        event.stopPropagation();
        yes.disabled = true;
        asked.classList.remove("asked");
        await this.send(`${this.path}/withdrawal`, { annotator }, "Withdrawn. The votes stay in the log and count no more; their items are open to others. Whoever is invited may judge on: People is where you remove them.");
        asked.remove();
      });
      no.addEventListener("click", (event) => {
        event.stopPropagation();
        asked.remove();
        button.focus();
      });
      row.append(yes, no);
      asked.append(row);
      (button.closest(".table-wrap") ?? this.body).after(asked);
      no.focus();
    } catch (problem) {
      this.tell(problem);
    } finally {
      button.disabled = false;
    }
  }

  async send(path, body, done) {
    try {
      await post(path, body);
      this.held = true;
      this.said.replaceChildren(line(done));
      this.stamp ||= "0";
      await this.tick();
    } catch (problem) {
      this.tell(problem);
    }
  }

  tell(problem) {
    this.held = true;
    this.said.replaceChildren(line(problem.status ? problem.message : "The app does not answer. Nothing was stored; try again.", true));
  }
}

class NoiseCeiling extends Living {
  static observedAttributes = ["run"];

  begin() {
    this.tick();
  }

  end() {
    clearTimeout(this.timer);
  }

  async tick() {
    const life = this.life;
    if (visible(this)) {
      try {
        const told = await ask(`runs/${this.getAttribute("run")}/ceiling`);
        if (this.life !== life) return;
        this.replaceChildren(...(told.line ? [element("p", "lede", told.line)] : []));
        if (told.line && told.ended) return;
      } catch (problem) {
        if (this.life !== life || !passing(problem)) return;
      }
    }
    if (this.life === life) this.timer = setTimeout(() => this.tick(), EVERY);
  }
}

customElements.define("owner-view", OwnerView);
customElements.define("noise-ceiling", NoiseCeiling);
