// What a judging card is drawn of: two answers to choose from, buttons with their keys, the switch of the keys.
import { element } from "./rest.js";

const SIGNS = { Enter: "↵", Escape: "Esc", "Control+Enter": "Ctrl ↵" };
// How much better one of two answers is, as it lies on the screen: keys 1 to 6 from the left.
const LEVELS = [["far better", 3], ["better", 2], ["slightly better", 1]];

export function button(word, act, key = "") {
  const made = element("button");
  if (key) {
    const sign = element("kbd", "", SIGNS[key] || key);
    sign.setAttribute("aria-hidden", "true");
    made.append(sign);
    made.setAttribute("aria-keyshortcuts", key);
  }
  made.append(key && word ? ` ${word}` : word);
  // The second click of a double click was meant for what stood here before.
  made.onclick = (event) => event.detail > 1 || act();
  return made;
}

export function link(words, to) {
  const made = element("a", "", words);
  made.href = to;
  return made;
}

export function row(...buttons) {
  const made = element("div", "more");
  made.append(...buttons);
  return made;
}

// What the digits say of two answers: a choice, and how much better where that is asked.
export const digits = (strength) => Object.fromEntries((strength
  ? [...LEVELS.map(([, level]) => ["first", level]), ...LEVELS.toReversed().map(([, level]) => ["second", level])]
  : [["first"], ["second"]]).map((said, place) => [place + 1, said]));

export function pair(texts, choose, strength) {
  const made = element("div", "pair");
  if (strength) return graded(made, texts, choose);
  texts.forEach((text, place) => {
    const answer = button("", () => choose(place ? "second" : "first"), String(place + 1));
    answer.prepend(element("span", "unseen", `Answer ${place + 1} is better:`), element("span", "text", text));
    made.append(answer);
  });
  return made;
}

function graded(made, texts, choose) {
  made.classList.add("graded");
  texts.forEach((text, place) => {
    const answer = element("div", "answered");
    const levels = row(...(place ? LEVELS.toReversed() : LEVELS).map(([words, level], at) => {
      const one = button(words, () => choose(place ? "second" : "first", level), String(3 * place + at + 1));
      one.setAttribute("aria-label", `Answer ${place + 1} is ${words}`);
      return one;
    }));
    const said = element("p", "text", text);
    said.prepend(element("span", "unseen", `Answer ${place + 1}:`));
    answer.append(said, levels);
    made.append(answer);
  });
  return made;
}

// A check box with what it says; `set(on)` is told of every change.
export function toggle(words, on, set) {
  const label = element("label");
  const box = element("input");
  box.type = "checkbox";
  box.checked = on;
  box.onchange = () => set(box.checked);
  label.append(box, words);
  return label;
}
