// The wallboard: one page, fed by one board document per second from the stream.

import { AWAY, awayNow, drawBanner, drawScreen } from "./banner.js";
import { clock, disconnect, feed, listen } from "./feed.js";
import { ageSeconds, linkTrouble, rebuildingNow, silenceMs, STALE_AFTER_MS, stateNow, STATES } from "./freshness.js";
import { badge, byId, STATUSES, view, write } from "./page.js";
import { drawQueues, drawSettings, setLayout, startPager } from "./queues.js";
import { rowsOf, summaryOf, withdrawn } from "./rows.js";
import { drawHead } from "./table.js";
import { drawTiles, fitDigits } from "./tiles.js";
import { drawTrend, remember } from "./trend.js";
import { centreTime, number, roughAge } from "./words.js";

function drawMasthead(state, age) {
  write(byId("tenant"), feed.board ? String(feed.board.tenant ?? "") : "");
  write(byId("state-word"), STATES[state].word);
  byId("state-symbol").setAttribute("href", `#symbol-${STATES[state].symbol}`);
  write(byId("age"), age === null ? "no data yet" : state === "quiet" ? `no event for ${roughAge(age)}` : `data ${roughAge(age)} old`);
  const trouble = linkTrouble();
  byId("link").hidden = !trouble || state === "offline";
  write(byId("link"), trouble);
  const told = number(feed.board?.now_ms);
  const now = new Date(told === null ? Date.now() : told + silenceMs());
  write(byId("clock"), centreTime(now, feed.board?.time_zone));
}

// The status of all queues or the selected ones; empty on a board without numbers.
function drawStatus(summary) {
  byId("status").hidden = summary === null;
  if (summary === null) return;
  byId("status").title = summary.reason;
  byId("status-badge").replaceChildren(badge(summary.status));
  write(byId("status-reason"), summary.reason);
}

// Announced only when a status changes, not every second.
let announced = "";
function announce(state, summary) {
  const rebuilding = rebuildingNow() !== null;
  const away = awayNow().map((one) => AWAY[one.what].word);
  const key = `${state} ${rebuilding} ${away} ${summary?.status ?? ""}`;
  if (key === announced) return;
  announced = key;
  const level = summary ? ` ${STATUSES[summary.status].word}: ${summary.reason}.` : "";
  const words = { expired: "No live data.", empty: "Waiting for the first event." }[state] ?? `Data ${STATES[state].word.toLowerCase()}.`;
  write(byId("announcement"), (rebuilding ? "Rebuilding from the log. " : "") + away.map((word) => `${word}. `).join("") + words + level);
  document.title = `${level ? `${STATUSES[summary.status].word} ` : ""}${state === "fresh" ? "" : `${STATES[state].word} `}Pantau`;
}

function render() {
  const state = stateNow();
  const age = ageSeconds();
  document.body.dataset.state = state;
  document.body.dataset.numbers = rebuildingNow()?.incomplete ? "incomplete" : "whole";
  drawMasthead(state, age);
  drawBanner(state, age);
  drawScreen(state);
  if (byId("board").hidden) {
    drawStatus(null);
    return announce(state, null);
  }
  const blank = state === "expired" ? withdrawn : (row) => row;
  const rows = rowsOf(feed.board);
  const summary = blank(summaryOf(feed.board, rows));
  setLayout(rows.length);
  drawStatus(summary);
  drawTiles(summary);
  drawTrend(state);
  drawQueues(rows.map(blank));
  drawSettings(feed.board.settings);
  fitDigits();
  return announce(state, summary);
}

function heard(board) {
  if (board !== null) remember(board);
  render();
}

function tick() {
  if (feed.source !== null && clock() - feed.signAt > STALE_AFTER_MS) disconnect();
  else render();
}

function start() {
  if (view.theme === "light" || view.theme === "dark") document.documentElement.dataset.theme = view.theme;
  if (view.calm) {
    document.body.classList.add("calm");
    write(document.querySelector("#tile-abandoned dt"), "Abandon rate today");
    document.querySelectorAll("[data-raw]").forEach((tile) => tile.remove());
  }
  byId("filter").hidden = view.queues.length === 0;
  write(byId("filter"), view.queues.join(", "));
  startPager(render);
  addEventListener("resize", render);
  drawHead();
  listen(heard);
  render();
  setInterval(tick, 500);
}

start();
