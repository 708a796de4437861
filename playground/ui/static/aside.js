// What goes beside a judgement: why an item is skipped, a note, the better answer in one's own words. Each is a
// panel under the answers, closed by Escape; `press(key)` is what a key does while it is open.
import { button, row } from "./ballot.js";
import { element } from "./rest.js";

const REASONS = {
  unclear: "The question is unclear",
  "beyond me": "I know too little to judge this",
  uncomfortable: "I would rather not read this",
  broken: "An answer is broken or unreadable",
};
const LONGEST_NOTE = 2000;
const LONGEST_REWRITE = 20000;

function panel(title, ...parts) {
  const node = element("section", "aside");
  node.setAttribute("aria-label", title);
  node.append(element("p", "title", title), ...parts);
  return node;
}

function field(name, text, rows, longest) {
  const label = element("label", "field", name);
  const box = element("textarea");
  box.rows = rows;
  box.maxLength = longest;
  box.value = text;
  label.append(box);
  return [label, box];
}

// `set(text)` is told of every change, `skip({reason, note})` of what was chosen.
export function skipPanel(text, set, skip, close) {
  const [label, words] = field("In your own words, if you like", text, 2, LONGEST_NOTE);
  words.oninput = () => set(words.value);
  const said = () => words.value.trim();
  const give = (reason) => skip({ ...(reason && { reason }), ...(said() && { note: said() }) });
  const codes = Object.keys(REASONS);
  const reasons = row(...codes.map((code, place) => button(REASONS[code], () => give(code), String(place + 1))));
  const leave = () => give(said() ? "other" : null);
  const plain = button("Skip without one of these", leave, "s");
  const node = panel("Why skip it? It goes to somebody else and does not count as a vote.", reasons, label,
    row(plain, button("Back", close, "Escape")));
  const press = (key) => (key === "s" ? leave : codes[key - 1] && (() => give(codes[key - 1])));
  return { node, press, first: reasons.firstChild, confirm: leave };
}

// `set(text)` is told of every change; the note goes with whatever is judged next.
export function notePanel(text, set, close) {
  const [label, words] = field("It goes with your judgement of these answers", text, 3, LONGEST_NOTE);
  words.oninput = () => set(words.value);
  const node = panel("Note", label, row(button("Done", close, "Escape")));
  return { node, press: () => null, first: words, confirm: close };
}

// `save(text)` stores the judgement with the better answer as it should be.
export function rewritePanel(title, before, text, set, save, close) {
  const [label, words] = field("The answer as you would have it", text, 6, LONGEST_REWRITE);
  const told = element("p", "hint");
  told.setAttribute("role", "status");
  words.oninput = () => set(words.value);
  const confirm = () => {
    const now = words.value.trim();
    if (now && now !== before.trim()) return save(now);
    told.textContent = now ? "Nothing is changed yet. Change the text, or go back." : "The text is empty. Write one, or go back.";
    words.focus();
  };
  const done = button("Save judgement and rewrite", confirm, "Control+Enter");
  done.classList.add("primary");
  const node = panel(title, label, told, row(done, button("Back", close, "Escape")));
  return { node, press: () => null, first: words, confirm };
}
