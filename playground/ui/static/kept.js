// What the browser keeps for us beyond a reload. Where it keeps nothing (a frame without storage, a full
// disk), the page itself does, as long as it is open.
const memory = new Map();

function stored(act, otherwise) {
  try {
    return act(localStorage);
  } catch {
    return otherwise;
  }
}

export const read = (name) => memory.get(name) ?? stored((kept) => kept.getItem(name), null);

export function write(name, text) {
  const safe = stored((kept) => (kept.setItem(name, text), true), false);
  safe ? memory.delete(name) : memory.set(name, text);
}

export function drop(name) {
  memory.delete(name);
  stored((kept) => kept.removeItem(name));
}

export function names(prefix) {
  const all = new Set([...memory.keys(), ...stored((kept) => Object.keys(kept), [])]);
  return [...all].filter((name) => name.startsWith(prefix));
}

// Whether something is lost when the page is closed now.
export const fleeting = (prefix) => [...memory.keys()].some((name) => name.startsWith(prefix));
