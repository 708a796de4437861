// Votes on their way: each is kept in this browser until its receipt comes back, across reloads.
import { drop, fleeting, names, read, write } from "./kept.js";
import { ask, passing, post, uuid } from "./rest.js";

// One entry a vote: two open pages then never write over each other.
const PREFIX = "playground-vote-";
const PATIENCE = 15_000;

let turn = 0;
let sending = null;
// Why votes were refused of which nobody has been told yet.
let refusals = [];
// Who judges in this browser now, as far as the app has said.
let me = null;

// `by` is whom the item was lent to: people may take turns at one browser.
export function add({ assignment, annotator: by }, judgement) {
  const vote = { assignment, key: uuid(), ...judgement };
  turn += 1;
  me = by;
  write(PREFIX + vote.key, JSON.stringify({ at: [Date.now(), turn], by, vote }));
}

// Those without a receipt, in the order they were given.
function entries() {
  return names(PREFIX)
    .map((name) => JSON.parse(read(name)))
    .filter(Boolean)
    .sort((one, other) => one.at[0] - other.at[0] || one.at[1] - other.at[1]);
}

// A browser's own name that another has replaced comes back no more: who waited for it would wait for ever.
const nameless = (name) => name.startsWith("browser-");
const own = ({ by }) => !by || !me || by === me || (nameless(by) && nameless(me));

export const waiting = () => entries().filter(own).map((entry) => entry.vote);

// How many wait until somebody else is here again.
export const others = () => entries().filter((entry) => !own(entry)).length;

// Sends all of one's own that wait, one after the other; the key makes a repeat harmless. Resolves to what became of
// the last one, {receipt, status} or {refused}, with the reasons of all `refusals`, those told of by no answer before
// among them; null where none waited. Rejects where the app does not answer.
export function flush() {
  sending ??= send().finally(() => { sending = null; });
  return sending;
}

async function send() {
  let last = null;
  if (!me && entries().length) await whoami();
  for (let [entry] = entries().filter(own); entry; [entry] = entries().filter(own)) {
    const { vote } = entry;
    try {
      last = await post("votes", vote, { signal: AbortSignal.timeout(PATIENCE) });
      if (!last?.receipt) throw new Error("The app does not answer.");
    } catch (problem) {
      if (passing(problem)) throw problem;
      // Somebody else may have signed in meanwhile: the vote is not refused, it waits for its giver.
      if (problem.status === 403) await whoami();
      if (!own(entry)) continue;
      last = { refused: problem.message };
      refusals.push(problem.message);
    }
    drop(PREFIX + vote.key);
  }
  const told = refusals;
  refusals = [];
  return last || told.length ? { ...(last ?? { refused: told.at(-1) }), refusals: told } : null;
}

async function whoami() {
  me = (await ask("me", { signal: AbortSignal.timeout(PATIENCE) })).name;
}

addEventListener("beforeunload", (event) => fleeting(PREFIX) && event.preventDefault());
