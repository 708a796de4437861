// The REST API from the page: relative to it, so that a proxy prefix keeps working.
export async function ask(path, options = {}) {
  const response = await fetch(new URL(`api/${path}`, document.baseURI), { cache: "no-store", ...options });
  if (response.status === 204) return null;
  const body = await response.json().catch(() => undefined);
  if (response.ok && body !== undefined) return body;
  // What the app refuses it gives a reason for. Whatever else answers, such as a proxy, has decided nothing.
  const reason = body?.detail;
  throw typeof reason === "string" ? Object.assign(new Error(reason), { status: response.status }) : new Error("The app does not answer.");
}

// Worth another try: nothing was decided about what was asked.
const PASSING = new Set([401, 408, 425, 429]);
export const passing = (problem) => !problem.status || problem.status >= 500 || PASSING.has(problem.status);

export const post = (path, body, options = {}) => ask(path, {
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), ...options,
});

// crypto.randomUUID exists in secure contexts only; a classroom may be on plain HTTP.
export const uuid = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");

export function element(name, className = "", text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// An element of ours that Gradio may keep and give other attributes, dropping what it had drawn:
// it then lives again from the start. Subclasses define begin() and end().
export class Living extends HTMLElement {
  connectedCallback() {
    this.life = Symbol("life");
    this.begin();
  }

  disconnectedCallback() {
    this.life = null;
    this.end();
  }

  attributeChangedCallback(_name, before, now) {
    if (before === null || before === now) return;
    clearTimeout(this.again);
    this.again = setTimeout(() => {
      if (!this.isConnected) return;
      this.disconnectedCallback();
      this.connectedCallback();
    });
  }
}

export const visible = (target) => !document.hidden && target.offsetParent !== null;

export const clock = (seconds) => {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};
