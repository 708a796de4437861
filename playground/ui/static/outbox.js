// Votes on their way: each is kept in this browser until its receipt comes back, across reloads.
import { drop, fleeting, names, read, write } from "./kept.js";
import { post, uuid } from "./rest.js";

// One entry a vote: two open pages then never write over each other.
const PREFIX = "playground-vote-";
const PATIENCE = 15_000;
// Worth another try: nothing was decided about the vote.
const PASSING = new Set([401, 408, 425, 429]);

let turn = 0;
let sending = null;

export const passing = (problem) => !problem.status || problem.status >= 500 || PASSING.has(problem.status);

export function add(assignment, judgement) {
  const vote = { assignment, key: uuid(), ...judgement };
  turn += 1;
  write(PREFIX + vote.key, JSON.stringify({ at: [Date.now(), turn], vote }));
}

// Those without a receipt, in the order they were given.
export function waiting() {
  return names(PREFIX)
    .map((name) => JSON.parse(read(name)))
    .filter(Boolean)
    .sort((one, other) => one.at[0] - other.at[0] || one.at[1] - other.at[1])
    .map((entry) => entry.vote);
}

// Sends all that wait, one after the other; the key makes a repeat harmless. Resolves to what became of the last
// one, {receipt, status} or {refused}, with the reasons of all `refusals`; null where none waited. Rejects where the app does not answer.
export function flush() {
  sending ??= send().finally(() => { sending = null; });
  return sending;
}

async function send() {
  let last = null;
  const refusals = [];
  for (let [vote] = waiting(); vote; [vote] = waiting()) {
    try {
      last = await post("votes", vote, { signal: AbortSignal.timeout(PATIENCE) });
    } catch (problem) {
      if (passing(problem)) throw problem;
      last = { refused: problem.message };
      refusals.push(problem.message);
    }
    drop(PREFIX + vote.key);
  }
  return last && { ...last, refusals };
}

addEventListener("beforeunload", (event) => fleeting(PREFIX) && event.preventDefault());
