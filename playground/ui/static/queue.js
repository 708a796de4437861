// <run-queue>: the runs that wait for their turn, next first, to be moved and cancelled. Shown only where some wait.
import { ask, element, post } from "./rest.js";

class RunQueue extends HTMLElement {
  connectedCallback() {
    this.key = undefined;
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
    const held = this.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : "";
    this.key = key;
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
    const order = element("p", "unseen", `Waiting: ${queue.join(", then ")}`);
    order.setAttribute("role", "status");
    this.append(list, order, this.said);
    this.hold(held);
  }

  // Whoever moved a run by keyboard moves it again by the next press.
  hold(label) {
    const [verb, id] = (label || "").split(": ");
    const same = [...this.querySelectorAll("button")].filter((one) => one.getAttribute("aria-label").endsWith(`: ${id}`));
    (same.find((one) => !one.disabled && one.textContent === verb) || same.find((one) => !one.disabled))?.focus();
  }

  button(text, label, off, act) {
    const made = element("button", "", text);
    made.setAttribute("aria-label", label);
    made.disabled = off;
    made.onclick = () => this.act(made, act);
    return made;
  }

  async act(button, act) {
    button.setAttribute("aria-busy", "true");
    try {
      await act();
      const { queue } = await ask("runs");
      this.key = undefined;
      this.show(queue);
    } catch (problem) {
      button.removeAttribute("aria-busy");
      this.said.textContent = problem.message;
      this.said.hidden = false;
    }
  }
}

customElements.define("run-queue", RunQueue);
