// <run-line>: the lineage of the model in hand, and the dot that shows live work from any tab.
import { ask, clock, element } from "./rest.js";

const POLICY = new Set(["sft", "dpo", "kto", "ppo", "grpo", "rloo"]);
const folder = (name) => (name || "").replace(/\/+$/, "").split("/").pop();

export function lineage(runs) {
  const byId = new Map(runs.map((run) => [run.id, run]));
  const policies = runs.filter((run) => POLICY.has(run.stage) && ["completed", "running", "stopped"].includes(run.state));
  let at = policies.sort((a, b) => (a.created < b.created) - (b.created < a.created))[0];
  if (!at) return ["pocket"];
  const chain = [];
  while (at && !chain.includes(at.id)) {
    chain.unshift(at.id);
    if (at.reward && byId.has(folder(at.reward))) chain.unshift(folder(at.reward));
    const parent = at.parent || folder(at.model);
    if (!byId.has(parent)) { chain.unshift(at.model ? parent : "pocket"); break; }
    at = byId.get(parent);
  }
  return [...new Set(chain)];
}

class RunLine extends HTMLElement {
  connectedCallback() {
    this.known = null;
    // A run's own view may see its end before we do: look at once, so that the pickers follow.
    this.onrun = () => this.tick();
    document.addEventListener("playground:run", this.onrun);
    this.tick();
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    document.removeEventListener("playground:run", this.onrun);
    this.gone = true;
  }

  async tick() {
    let live = [];
    if (!document.hidden) {
      try {
        const [{ runs, queue }, { campaigns }] = await Promise.all([ask("runs"), ask("campaigns")]);
        live = runs.filter((run) => ["queued", "running"].includes(run.state));
        this.show(runs, live);
        this.announce(runs, campaigns);
        document.dispatchEvent(new CustomEvent("playground:queue", { detail: { queue } }));
      } catch (problem) {
        this.tell(problem.status === 401 ? "you are signed out: load this page again" : "the app does not answer", false);
        // A refresh may have failed meanwhile: ask for one as soon as the app answers again.
        if (this.known !== null) this.known = "";
      }
    }
    clearTimeout(this.timer);
    if (!this.gone) this.timer = setTimeout(() => this.tick(), live.length ? 1500 : 4000);
  }

  // A run that changed or a campaign that was added since the last look refreshes the pickers of every tab.
  announce(runs, campaigns) {
    const key = [...runs.map((run) => `${run.id}:${run.state}`), ...campaigns.map((one) => one.id)].join();
    if (this.known !== null && this.known !== key) document.dispatchEvent(new CustomEvent("playground:runs"));
    this.known = key;
  }

  show(runs, live) {
    const key = JSON.stringify(lineage(runs));
    if (key !== this.shown) {
      this.shown = key;
      const line = this.querySelector(".lineage");
      line.replaceChildren();
      lineage(runs).forEach((name, i) => {
        if (i) line.append(element("span", "", "→"));
        const isRun = runs.some((run) => run.id === name);
        const link = element(isRun ? "a" : "span", "", name);
        if (isRun) {
          link.href = `#${name}`;
          link.style.setProperty("--stage", `var(--stage-${name.split("-")[0]})`);
          link.onclick = (event) => {
            event.preventDefault();
            document.dispatchEvent(new CustomEvent("playground:open", { detail: { run: name } }));
          };
        }
        line.append(link);
      });
    }
    const first = live.find((run) => run.state === "running") || live[0];
    if (!first) return this.tell("nothing running", false);
    const left = first.seconds_left === null ? first.note || first.state : `${clock(first.seconds_left)} left`;
    return this.tell(`${live.length} run${live.length > 1 ? "s" : ""}`, true, ` · ${left}`);
  }

  // The clock is for the eye alone: a screen reader would be told of every second.
  tell(text, on, left = "") {
    const live = this.querySelector(".live");
    live.classList.toggle("on", on);
    const [said, time] = live.querySelectorAll("span");
    if (said.textContent !== text) said.textContent = text;
    time.textContent = left;
  }
}

customElements.define("run-line", RunLine);
