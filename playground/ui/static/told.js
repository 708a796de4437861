// <told-table path="transfers/…/memorized">: figures and a table, asked for until the app knows them.
import { Living, ask, element, passing, visible } from "./rest.js";

class ToldTable extends Living {
  static observedAttributes = ["path"];

  begin() {
    this.said = null;
    this.replaceChildren();
    this.tick();
  }

  end() {
    clearTimeout(this.timer);
  }

  async tick() {
    const life = this.life;
    let pause = 1200;
    if (visible(this)) {
      try {
        const told = await ask(this.getAttribute("path"));
        if (this.life !== life) return;
        if (told.rows) {
          this.show(told);
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
    if (text === this.said) return;
    this.said = text;
    const line = element("p", bad ? "note bad" : "note", text);
    line.setAttribute("role", bad ? "alert" : "status");
    this.replaceChildren(line);
  }

  show({ figures, head, rows, numbers, note }) {
    const hero = element("div", "hero");
    for (const { number, label } of figures) {
      const cell = element("div");
      cell.append(element("b", "", number), element("span", "", label));
      hero.append(cell);
    }
    const table = element("table", "plain told");
    const row = (tag, cells) => {
      const line = element("tr");
      cells.forEach((text, at) => line.append(element(tag, numbers.includes(at) ? "num" : "", text)));
      return line;
    };
    const [top, body] = [element("thead"), element("tbody")];
    top.append(row("th", head));
    body.append(...rows.map((cells) => row("td", cells)));
    table.append(top, body);
    const wrap = element("div", "table-wrap");
    wrap.append(table);
    this.replaceChildren(hero, element("p", "lede", note), wrap);
  }
}

customElements.define("told-table", ToldTable);
