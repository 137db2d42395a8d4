// The service level since this page was opened, as a line on its tile.

import { clock } from "./feed.js";
import { CURRENT } from "./freshness.js";
import { write } from "./page.js";
import { rowsOf, summaryOf } from "./rows.js";
import { percent, roughAge } from "./words.js";

const TREND_POINTS = 1_800;
const TREND_GAP_MS = 5_000;
const trend = [];

export function remember(board) {
  if (!CURRENT.includes(board.state)) return;
  const summary = summaryOf(board, rowsOf(board));
  trend.push({ at: clock(), ratio: summary.level.ratio, goal: summary.goal });
  if (trend.length > TREND_POINTS) trend.shift();
}

export function drawTrend(state) {
  const box = document.querySelector(".trend");
  const ratios = trend.map((point) => point.ratio).filter((ratio) => ratio !== null);
  box.hidden = ratios.length < 2 || state === "expired";
  if (box.hidden) return;
  const start = trend[0].at;
  const end = trend[trend.length - 1].at;
  const goal = trend[trend.length - 1].goal;
  const low = Math.max(0, Math.min(...ratios, goal ?? 1) - 0.05);
  const high = Math.min(1, Math.max(...ratios, goal ?? 0, low + 0.15) + 0.05);
  const x = (at) => (96 * (at - start)) / Math.max(end - start, 1) + 2;
  const y = (ratio) => 28 - (26 * (ratio - low)) / (high - low);
  const last = trend[trend.length - 1];
  box.querySelector(".trend-line").setAttribute("d", trendPath(x, y));
  box.querySelector(".trend-goal").setAttribute("d", goal === null ? "" : `M0 ${y(goal)}H100`);
  box.querySelector(".trend-end").setAttribute("d", last.ratio === null ? "" : `M${x(last.at)} ${y(last.ratio)}h0.01`);
  const span = `last ${roughAge((end - start) / 1000)}`;
  write(box.querySelector(".trend-span"), span);
  box.querySelector("svg").setAttribute("aria-label", `Service level, ${span}: ${percent(Math.min(...ratios))} to ${percent(Math.max(...ratios))}`);
}

function trendPath(x, y) {
  let path = "";
  let before = null;
  for (const point of trend) {
    const joined = before !== null && before.ratio !== null && point.at - before.at < TREND_GAP_MS;
    if (point.ratio !== null) path += `${joined ? "L" : "M"}${x(point.at).toFixed(2)} ${y(point.ratio).toFixed(2)}`;
    before = point;
  }
  return path;
}
