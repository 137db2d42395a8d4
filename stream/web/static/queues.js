// The queues, worst first: as many as fit, in pages that turn automatically, and notes on their numbers.

import { clock, feed } from "./feed.js";
import { byId, view, write } from "./page.js";
import { unreconciled } from "./rows.js";
import { drawRow } from "./table.js";
import { count, DASH, number } from "./words.js";

const PAGE_MS = 10_000;
const MOST_ROWS = 12;
const ROW_REM = [3.05, 3.5]; // the lowest row and the highest; columns grow with it
const MOST_CARDS = 50;
const ROOMY_ROWS = 5;
const ROOMY_ROWS_UNDER_BANNER = 2;

const pages = { index: 0, last: 0, turnAt: PAGE_MS, paused: false };

export function drawQueues(rows) {
  const size = rowsThatFit(rows.length);
  pages.last = Math.max(0, Math.ceil(rows.length / size) - 1);
  pages.index = Math.min(pages.index, pages.last);
  if (!pages.paused && clock() >= pages.turnAt) turnPage(1);
  const from = pages.index * size;
  const shown = rows.slice(from, from + size);
  byId("queues-body").replaceChildren(...shown.map(drawRow));
  drawBooks(rows);
  drawOdd(feed.board.last_hour);
  write(byId("queues-range"), rows.length > size ? `${from + 1}${DASH}${from + shown.length} of ${rows.length}` : "");
  byId("pager").hidden = pages.last === 0 || wallLayout() === null;
  byId("queues-none").hidden = rows.length > 0;
  write(byId("queues-none"), view.queues.length ? `No visit in ${view.queues.join(", ")} yet.` : "No queue yet.");
}

// Includes queues on other pages.
function drawBooks(rows) {
  const off = rows.filter((row) => row.difference).map(unreconciled);
  byId("unreconciled").hidden = off.length === 0;
  write(byId("unreconciled"), `⚠ ${off.join("; ")}`);
}

// Notes on numbers that are missing or may be wrong.
function drawOdd(hour) {
  const refused = number(hour?.refused) ?? 0;
  const misplaced = number(hour?.misplaced) ?? 0;
  const told = [refused && `${count(refused)} ${refused === 1 ? "record" : "records"} refused`, misplaced && `${count(misplaced)} misplaced`];
  byId("odd").hidden = !refused && !misplaced;
  write(byId("odd"), refused || misplaced ? `⚠ ${told.filter(Boolean).join(", ")} in the last hour` : "");
}

// The exporter's settings file differs from the rulebook, or waits for a rebuild.
export function drawSettings(settings) {
  const differs = settings?.differs ?? [];
  const waits = settings?.waits ?? [];
  const told = differs.length ? `settings differ: ${differs.join("; ")}` : `settings wait for pantau rebuild: ${waits.join("; ")}`;
  byId("settings").hidden = differs.length + waits.length === 0;
  write(byId("settings"), `⚠ ${told}`);
  byId("settings").title = told;
}

// null on a phone or in a small window, where the page scrolls and queues are cards.
function wallLayout() {
  const style = getComputedStyle(document.documentElement);
  return style.getPropertyValue("--wall").trim() === "1" ? parseFloat(style.fontSize) : null;
}

// A few queues leave room for larger tiles, especially without a banner.
export function setLayout(rows) {
  const board = byId("board");
  const roomy = rows <= (byId("banner").hidden ? ROOMY_ROWS : ROOMY_ROWS_UNDER_BANNER);
  board.dataset.layout = roomy ? "roomy" : "dense";
  board.style.setProperty("--rows", String(Math.max(1, rows)));
}

function rowsThatFit(total) {
  const rem = wallLayout();
  if (rem === null) return MOST_CARDS;
  const board = byId("board");
  const roomy = board.dataset.layout === "roomy";
  const body = byId("queues-body").getBoundingClientRect().top;
  const room = (byId("queues").getBoundingClientRect().bottom - body) / rem;
  const [lowest, highest] = ROW_REM;
  const row = roomy ? highest : Math.min(highest, Math.max(lowest, room / Math.max(1, total)));
  board.style.setProperty("--row", (Math.floor(row * 1000) / 1000).toFixed(3));
  return roomy ? Math.max(1, total) : Math.min(MOST_ROWS, Math.max(1, Math.floor(room / row + 0.03)));
}

function turnPage(step) {
  const total = pages.last + 1;
  pages.index = (pages.index + step + total) % total;
  pages.turnAt = clock() + PAGE_MS;
}

export function startPager(redraw) {
  const turn = (step) => () => { turnPage(step); redraw(); };
  byId("page-back").addEventListener("click", turn(-1));
  byId("page-next").addEventListener("click", turn(1));
  byId("page-pause").addEventListener("click", () => {
    pages.paused = !pages.paused;
    byId("page-pause").setAttribute("aria-pressed", String(pages.paused));
    write(byId("page-pause"), pages.paused ? "Resume" : "Pause");
    redraw();
  });
}
