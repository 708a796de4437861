// How fast somebody judges: the middle of their last times; and how long without a break. Longer than a break
// allows is no time spent on an answer.
const BREAK = 120_000;
const KEPT = 20;
const LEAST = 3;
const LONG = 25 * 60_000;

export class Pace {
  times = [];

  begin() {
    const now = Date.now();
    if (!this.rested || now - this.last > BREAK) this.rested = now;
    this.since = this.last = now;
  }

  // Minutes without a break, once they are many; 0 before.
  get stretch() {
    const spent = this.rested ? Date.now() - this.rested : 0;
    return spent < LONG ? 0 : Math.round(spent / 60_000);
  }

  end() {
    this.last = Date.now();
    const spent = this.last - this.since;
    if (spent < BREAK) this.times = [...this.times, spent].slice(-KEPT);
  }

  // "6 s each", empty before it can be told.
  get text() {
    if (this.times.length < LEAST) return "";
    const middle = [...this.times].sort((a, b) => a - b)[this.times.length >> 1];
    return `${Math.max(1, Math.round(middle / 1000))} s each`;
  }
}
