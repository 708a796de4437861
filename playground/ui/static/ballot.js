// What a judging card is drawn of: two answers to choose from, buttons with their keys, the switch of the keys.
import { element } from "./rest.js";

export function button(word, act, key = "") {
  const made = element("button");
  if (key) {
    const sign = element("kbd", "", key === "Enter" ? "↵" : key);
    sign.setAttribute("aria-hidden", "true");
    made.append(sign);
    made.setAttribute("aria-keyshortcuts", key);
  }
  made.append(key && word ? ` ${word}` : word);
  // The second click of a double click was meant for what stood here before.
  made.onclick = (event) => event.detail > 1 || act();
  return made;
}

export function row(...buttons) {
  const made = element("div", "more");
  made.append(...buttons);
  return made;
}

export function pair(texts, choose) {
  const made = element("div", "pair");
  texts.forEach((text, place) => {
    const answer = button("", () => choose(place ? "second" : "first"), String(place + 1));
    answer.prepend(element("span", "unseen", `Answer ${place + 1} is better:`), element("span", "text", text));
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
