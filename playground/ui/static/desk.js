// The items of one campaign as one annotator gets them: the one in hand, those fetched ahead, the last taken back.
import { waiting } from "./outbox.js";
import { passing, post, uuid } from "./rest.js";

const MOST_HELD = 8;
const PATIENCE = 15_000;

export class Desk {
  // `depth` items are fetched ahead, and kept from everybody else.
  constructor(campaign, depth) {
    this.campaign = campaign;
    this.depth = depth;
    this.item = null;
    this.ahead = [];
  }

  post(path, body) {
    return post(`campaigns/${this.campaign}/${path}`, body, { signal: AbortSignal.timeout(PATIENCE) });
  }

  // What the server would have judged first; null when nothing is left.
  async first() {
    const item = await this.post("next", { besides: [] });
    this.ahead = [];
    this.item = item;
  }

  // The item in hand is judged: the next is taken from those fetched ahead, null where none is.
  async turn() {
    this.item = null;
    if (!this.ahead.length) await this.filling;
    this.item = this.ahead.shift() ?? null;
  }

  // While one item is read, the next ones are fetched: a vote is answered at once, and a short gap in the
  // connection is not noticed.
  prefetch() {
    this.filling ??= this.fill().catch(() => null).finally(() => { this.filling = null; });
  }

  // What is on its way to the server is still open there: it must not come back.
  held() {
    return [...new Set([this.item, ...this.ahead, ...waiting()].filter(Boolean).map((one) => one.assignment))];
  }

  async fill() {
    const { ahead } = this;
    while (ahead.length < this.depth && this.held().length <= MOST_HELD) {
      const found = await this.post("next", { besides: this.held() });
      if (!found || this.ahead !== ahead || this.held().includes(found.assignment)) return;
      ahead.push(found);
    }
  }

  // The key is kept until the server has answered: pressed again after a lost answer, it is the same undo.
  async takeBack() {
    this.undoKey ??= uuid();
    try {
      await this.post("undo", { key: this.undoKey });
    } catch (problem) {
      if (!passing(problem)) this.undoKey = null;
      throw problem;
    }
    this.undoKey = null;
  }
}
