// How fast somebody judges: the middle of their last times. Longer than a break allows is no time spent on an answer.
const BREAK = 120_000;
const KEPT = 20;
const LEAST = 3;

export class Pace {
  times = [];

  begin() {
    this.since = Date.now();
  }

  end() {
    const spent = Date.now() - this.since;
    if (spent < BREAK) this.times = [...this.times, spent].slice(-KEPT);
  }

  // "6 s each", empty before it can be told.
  get text() {
    if (this.times.length < LEAST) return "";
    const middle = [...this.times].sort((a, b) => a - b)[this.times.length >> 1];
    return `${Math.max(1, Math.round(middle / 1000))} s each`;
  }
}
