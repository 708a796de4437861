// <held-out run="sft-0001">: a run's figures on the held-out suite; asked for until they are measured.
import { Living, ask, element, passing, visible } from "./rest.js";

class HeldOut extends Living {
  static observedAttributes = ["run"];

  begin() {
    this.replaceChildren();
    this.tick();
  }

  end() {
    clearTimeout(this.timer);
  }

  async tick() {
    const life = this.life;
    let pause = 1000;
    if (visible(this)) {
      try {
        const told = await ask(`runs/${this.getAttribute("run")}/held-out`);
        if (this.life !== life) return;
        if (told.figures) {
          this.show(told.figures);
          return;
        }
        this.say(told.line);
      } catch (problem) {
        if (this.life !== life) return;
        this.say(problem.status ? problem.message : "The app does not answer; trying again.", true);
        // What the app refuses it would refuse again.
        if (!passing(problem)) return;
        pause = 3000;
      }
    }
    if (this.life === life) this.timer = setTimeout(() => this.tick(), pause);
  }

  say(text, bad = false) {
    const line = element("p", bad ? "note bad" : "note", text);
    line.setAttribute("role", bad ? "alert" : "status");
    this.replaceChildren(line);
  }

  show(figures) {
    const hero = element("div", "hero");
    for (const { number, label, fell } of figures) {
      const cell = element("div", fell ? "fell" : "");
      cell.append(element("b", "", number), element("span", "", label));
      hero.append(cell);
    }
    this.replaceChildren(hero);
  }
}

customElements.define("held-out", HeldOut);
