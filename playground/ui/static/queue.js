// <run-queue>: the runs that wait for their turn, next first, to be moved and cancelled. Shown only where some wait.
import { ask, element, post } from "./rest.js";

class RunQueue extends HTMLElement {
  connectedCallback() {
    this.queue = [];
    // The title row asks for all runs every second or two anyway.
    this.onqueue = (event) => this.show(event.detail.queue || []);
    document.addEventListener("playground:queue", this.onqueue);
    this.hidden = true;
  }

  disconnectedCallback() {
    document.removeEventListener("playground:queue", this.onqueue);
  }

  show(queue) {
    const key = queue.join();
    if (key === this.key) return;
    this.key = key;
    this.queue = queue;
    this.hidden = !queue.length;
    this.replaceChildren(element("h3", "", "Waiting for their turn"));
    const list = element("ol");
    queue.forEach((id, place) => {
      const item = element("li");
      const name = element("b", "", id);
      name.style.color = `var(--stage-${id.split("-")[0]})`;
      item.append(name,
        this.button("Earlier", `Earlier: ${id}`, place === 0, () => post(`runs/${id}/move`, { places: -1 })),
        this.button("Later", `Later: ${id}`, place === queue.length - 1, () => post(`runs/${id}/move`, { places: 1 })),
        this.button("Cancel", `Cancel: ${id}`, false, () => ask(`runs/${id}/stop`, { method: "POST" })));
      list.append(item);
    });
    this.said = element("p", "note bad");
    this.said.setAttribute("role", "alert");
    this.said.hidden = true;
    this.append(list, this.said);
  }

  button(text, label, off, act) {
    const made = element("button", "", text);
    made.setAttribute("aria-label", label);
    made.disabled = off;
    made.onclick = () => this.act(made, act);
    return made;
  }

  async act(button, act) {
    button.disabled = true;
    try {
      await act();
      const { queue } = await ask("runs");
      this.key = undefined;
      this.show(queue);
    } catch (problem) {
      button.disabled = false;
      this.said.textContent = problem.message;
      this.said.hidden = false;
    }
  }
}

customElements.define("run-queue", RunQueue);
