// One line chart: thin axes, direct labels, no legend. Pure: data in, SVG out.
const SVG = "http://www.w3.org/2000/svg";

// What is left of a difference of equals is zero to everyone but the machine.
const settle = (value) => (Math.abs(value) < 1e-5 ? 0 : value);

export const round = (given) => {
  if (given === null || given === undefined || !Number.isFinite(given)) return "–";
  const value = settle(given);
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 1e5)) return value.toExponential(1);
  return Number(value.toPrecision(size >= 100 ? 3 : 2)).toString();
};

function node(name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

function ticks(low, high, count, least = 0) {
  const span = high - low || 1;
  const power = 10 ** Math.floor(Math.log10(span / count));
  const step = Math.max(least, [1, 2, 5, 10].map((m) => m * power).find((s) => span / s <= count) || span);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const found = [];
  for (let t = Math.ceil(low / step - 1e-9) * step; t <= high + step * 1e-6; t += step) {
    found.push([t, (Math.abs(t) < step / 2 ? 0 : t).toFixed(Math.min(digits, 6))]);
  }
  return found;
}

function smooth(points) {
  if (points.length < 24) return points;
  const weight = 2 / (points.length / 12 + 1);
  let mean = points[0][1];
  return points.map(([x, y]) => [x, (mean += weight * (y - mean))]);
}

function spread(labels, gap, low, high) {
  labels.sort((a, b) => a.y - b.y);
  for (let i = 1; i < labels.length; i += 1) labels[i].y = Math.max(labels[i].y, labels[i - 1].y + gap);
  const over = labels.length ? labels[labels.length - 1].y - high : 0;
  if (over > 0) for (const label of labels) label.y = Math.max(low, label.y - over);
  return labels;
}

const path = (points, x, y) => points.map((p, i) => `${i ? "L" : "M"}${x(p[0]).toFixed(1)} ${y(p[1]).toFixed(1)}`).join("");

function scale(lines, panel) {
  const all = lines.flatMap((line) => line.points.map((point) => settle(point[1])));
  if (!all.length) return [0, 1];
  let low = Math.min(...all, panel.zero ? 0 : Infinity);
  let high = Math.max(...all, panel.zero ? 0 : -Infinity);
  if (high - low < 1e-6) {
    // A flat line, or a single point: room around it in its own order of magnitude.
    const half = Math.abs(high) / 2 || 0.5;
    [low, high] = panel.zero && high === 0 ? [0, 1] : [low - half, high + half];
  }
  const pad = (high - low) * 0.06;
  return [panel.zero && low === 0 ? 0 : low - pad, high + pad];
}

function axes(svg, box, x, y, low, high, last, panel) {
  for (const [value, digits] of ticks(low, high, 4)) {
    const text = panel.share ? `${Math.round(100 * value)} %` : digits;
    svg.append(node("line", { x1: box.left, x2: box.right, y1: y(value), y2: y(value), stroke: "var(--hairline)" }));
    svg.append(node("text", { x: box.left - 8, y: y(value) + 4, "text-anchor": "end" }, text));
  }
  for (const [value, text] of ticks(0, last, 4, panel.across ? 0 : 1)) {
    svg.append(node("text", { x: x(value), y: box.bottom + 20, "text-anchor": "middle" }, text));
  }
}

// Where a loss on unseen rows turned: its lowest point, if the line has risen by more than noise since.
export function turning(points) {
  const lowest = points.reduce((best, point) => (point[1] < best[1] ? point : best), points[0]);
  const last = points[points.length - 1];
  return points.length > 2 && last[1] > lowest[1] * 1.02 ? lowest : null;
}

// As run/knee.py: the step that gained most before general knowledge fell by more than three points, for good.
export function knee(retention, gain) {
  if (!retention.length || retention[retention.length - 1][1] >= retention[0][1] - 0.03) return null;
  const gained = new Map(gain);
  const sound = retention.slice(1).filter((point) => point[1] >= retention[0][1] - 0.03);
  return sound.reduce((best, point) =>
    (best === retention[0] || (gained.get(point[0]) || 0) >= (gained.get(best[0]) || 0) ? point : best), retention[0]);
}

// Where a measurement stands: at its step, or at the root of another metric.
function place(panel, columns, at) {
  if (!panel.across) return columns.steps[at];
  const value = (columns.values[panel.across] || [])[at];
  return Number.isFinite(value) ? Math.sqrt(Math.max(0, value)) : NaN;
}

function mark(svg, box, at, colour, words, below = 10) {
  const end = at > (box.left + box.right) / 2;
  svg.append(node("line", { x1: at, x2: at, y1: box.top, y2: box.bottom, stroke: colour, "stroke-dasharray": "2 3" }));
  svg.append(node("text", { x: at + (end ? -6 : 6), y: box.top + below, "text-anchor": end ? "end" : "start" },
    words));
}

// panel: {title, series: [{key, label, colour, dash}]}; columns: {steps, values: {key: [...]}}.
// Returns the newest value of each line: a wide chart labels its lines itself, a narrow one leaves that to its caption.
export function draw(svg, panel, columns, total) {
  const width = Math.max(svg.clientWidth || 320, 200);
  const wide = width >= 420;
  const height = wide ? 190 : 150;
  const lines = panel.series.map((s) => ({
    ...s,
    points: columns.steps.map((step, i) => [place(panel, columns, i), (columns.values[s.key] || [])[i]])
      .filter((p) => Number.isFinite(p[0]) && Number.isFinite(p[1])),
  })).filter((s) => s.points.length);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("height", height);
  svg.replaceChildren();
  const [low, high] = scale(lines, panel);
  const last = panel.across ? Math.max(...lines.flatMap((line) => line.points.map((p) => p[0])), 1)
    : Math.max(total || 0, columns.steps[columns.steps.length - 1] || 1);
  const box = { left: 46, right: width - (wide ? 144 : 12), top: 12, bottom: height - 26 };
  const x = (step) => box.left + (step / last) * (box.right - box.left);
  const y = (value) => box.bottom - ((value - low) / (high - low)) * (box.bottom - box.top);
  axes(svg, box, x, y, low, high, last, panel);
  if (!lines.length) {
    const at = { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 - 8, "text-anchor": "middle" };
    svg.append(node("text", at, "waiting for the first step"));
    return [];
  }
  const labels = [];
  const tell = (value) => (panel.share ? `${Math.round(100 * value)} %` : round(value));
  for (const line of lines) {
    const soft = panel.across ? line.points : smooth(line.points);
    if (soft !== line.points) {
      svg.append(node("path", { d: path(line.points, x, y), fill: "none", stroke: line.colour, "stroke-width": 1, opacity: 0.3 }));
    }
    svg.append(node("path", { d: path(soft, x, y), fill: "none", stroke: line.colour, "stroke-width": 2.25,
      "stroke-linejoin": "round", "stroke-dasharray": line.dash || "none" }));
    const end = soft[soft.length - 1];
    svg.append(node("circle", { cx: x(end[0]), cy: y(end[1]), r: 3.5, fill: line.colour }));
    labels.push({ y: y(end[1]) + 5, at: x(end[0]) + 9, colour: line.colour, text: `${line.label} ${tell(end[1])}` });
  }
  const turned = lines.find((line) => line.key === panel.turn);
  const turn = turned && turning(turned.points);
  if (turn) mark(svg, box, x(turn[0]), turned.colour, "overfits from here");
  const of = (key) => lines.find((line) => line.key === key)?.points || [];
  const bend = panel.knee ? knee(of("retention"), of("gain")) : null;
  if (bend) mark(svg, box, x(bend[0]), lines.find((line) => line.key === "retention").colour, "forgets from here", 48);
  const best = panel.across ? columns.steps.indexOf(columns.peak?.step) : -1;
  if (best >= 0) mark(svg, box, x(place(panel, columns, best)), lines[0].colour, `best at update ${columns.peak.update}`);
  svg.setAttribute("aria-label", `${panel.title}: ${labels.map((label) => label.text).join(", ")}${turn ? `; overfits from step ${turn[0]}` : ""}${bend ? `; forgets from step ${bend[0]}` : ""}${best >= 0 ? `; best at update ${columns.peak.update}` : ""}`);
  if (!wide) return labels;
  for (const label of spread(labels, 18, 14, height - 28)) {
    svg.append(node("text", { x: Math.min(label.at, box.right + 9), y: label.y, class: "end", style: `fill:${label.colour}` }, label.text));
  }
  return [];
}
