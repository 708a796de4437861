// <account-line>: who is signed in, and what a viewer should know. Empty where nobody signs in.
import { ask, element } from "./rest.js";

class AccountLine extends HTMLElement {
  async connectedCallback() {
    const me = await ask("me").catch(() => null);
    if (!me?.account) return;
    document.documentElement.dataset.role = me.role;
    const link = element("a", "", me.name);
    link.href = "account";
    this.replaceChildren(link);
    if (me.role === "viewer") this.append(element("span", "chip", "viewer: looks on, starts nothing"));
  }
}

customElements.define("account-line", AccountLine);
