// The tiles: all queues or the selected ones, in large digits.
//
// - A service level of few visits raises no alarm: it is muted, with the number of visits and its confidence interval.

import { feed } from "./feed.js";
import { badge, byId, make, small, view, write } from "./page.js";
import { dueLater, late, stuck } from "./rows.js";
import { count, DASH, duration, percent, range, timeOfDay } from "./words.js";

// Units are set smaller than digits, so a number can be as large as the tile allows.
function writeValue(element, text) {
  if (element.textContent === text) return;
  const parts = text.match(/[\d:]+|[^\d:]+/g) ?? [];
  element.replaceChildren(...parts.map((part) => make("span", { class: /\d/.test(part) || part === DASH ? "digits" : "unit" }, part)));
}

function writeTile(id, value, note, fine = "") {
  const tile = byId(id);
  if (tile === null) return;
  writeValue(tile.querySelector(".value"), value);
  write(tile.querySelector(".note"), note);
  write(tile.querySelector(".fine"), fine);
}

export function drawTiles(summary) {
  drawServiceLevel(summary);
  writeTile("tile-waiting", count(summary.waiting), overTarget(summary.overTarget), [stuck(summary), dueLater(summary)].filter(Boolean).join(" · "));
  writeTile("tile-longest-wait", duration(summary.longestWait), summary.target === null ? "" : `target ${duration(summary.target)}`);
  const unknown = summary.unknown ? `? ${count(summary.unknown)} unknown` : "";
  writeTile("tile-available", count(summary.available), summary.staffed === null ? "" : `of ${count(summary.staffed)} staffed`, [unknown, summary.lowest && "counted once per queue"].filter(Boolean).join(" · "));
  const rate = percent(summary.abandonRateToday);
  const whose = summary.highest && `highest: ${summary.highest}`;
  if (view.calm) writeTile("tile-abandoned", rate, "", whose);
  else writeTile("tile-abandoned", count(summary.abandonedToday), `abandon rate ${rate}`, whose);
}

function overTarget(visits) {
  if (visits === null) return "";
  return visits ? `▲ ${count(visits)} past target` : "none past target";
}

function drawServiceLevel(summary) {
  const tile = byId("tile-service-level");
  tile.dataset.status = summary.status === "closed" ? "closed" : summary.level.status;
  write(tile.querySelector("dt"), summary.lowest ? "Lowest SL 30m" : "Service level 30m");
  writeValue(tile.querySelector(".value"), percent(summary.level.ratio, summary.goal));
  tile.querySelector(".standing").replaceChildren(...(summary.status === "closed" ? [badge("closed")] : standing(summary.level)));
  drawInterval("level-interval", summary.interval.from === null ? "Interval" : `Interval ${timeOfDay(summary.interval.from, feed.board?.time_zone)}`, summary.interval, summary.goal);
  drawInterval("level-today", "Today", summary.today, summary.goal);
  write(tile.querySelector(".goal"), summary.goal === null ? "" : `goal ${percent(summary.goal)}`);
  write(tile.querySelector(".definition"), [summary.lowest, summary.definition, late(summary.level)].filter(Boolean).join(" · "));
}

function drawInterval(id, label, level, goal) {
  const interval = byId(id);
  write(interval.querySelector(".label"), label);
  write(interval.querySelector(".ratio"), percent(level.ratio, goal));
  interval.querySelector(".ratio").dataset.status = level.status;
  interval.querySelector(".standing").replaceChildren(...standing(level));
}

function standing(level) {
  return level.status === "few" ? [badge("few", `few: ${count(level.counted)}`), small(range(level))] : [badge(level.status)];
}

// Digits have one size on all tiles; a number too long for its tile makes all of them smaller.
let fitted = "";
export function fitDigits() {
  const values = [...document.querySelectorAll(".tile .value")];
  const key = [innerWidth, innerHeight, byId("banner").hidden, byId("board").dataset.layout, ...values.map((value) => value.textContent.length)].join();
  if (key === fitted) return;
  fitted = key;
  const tiles = byId("tiles");
  tiles.style.setProperty("--fit", "1");
  const tightest = Math.min(1, ...values.map((value) => value.clientWidth / Math.max(1, value.scrollWidth)));
  tiles.style.setProperty("--fit", String(Math.floor(tightest * 100) / 100));
}
