// The columns of the table of queues.

import { badge, below, byId, make, small, STATUSES, symbol, view } from "./page.js";
import { dueLater, late, stuck, unreconciled } from "./rows.js";
import { count, duration, few, percent } from "./words.js";

const CALM_STRETCH = 1.2; // fewer columns, more room for each

// Widths are in row heights, so that columns do not move while numbers change; the name of the queue gets the rest.
// The calm board leaves out columns with `raw`.
// Cards have no column groups, so they use `card` where the label is too short.
const LEVEL = "Service level";
const NOW = "Now";
const COLUMNS = [
  { group: "", label: "Queue", kind: "name", cell: nameCell },
  { group: "", label: "Status", kind: "status", width: 3.75, cell: (row) => [badge(row.status)] },
  { group: LEVEL, label: "30m", card: "SL 30m", kind: "strong", width: 3.3, cell: (row) => levelCell(row, row.level) },
  { group: LEVEL, label: "Interval", card: "SL interval", width: 3.3, cell: (row) => levelCell(row, row.interval) },
  { group: LEVEL, label: "Today", card: "SL today", width: 3.3, cell: (row) => levelCell(row, row.today) },
  { group: LEVEL, label: "Goal", width: 1.75, cell: (row) => [percent(row.goal)] },
  { group: NOW, label: "Waiting ▲ over", kind: "strong", width: 3, raw: true, cell: waitingCell },
  { group: NOW, label: "Longest / target", kind: "strong", width: 3.4, cell: longestCell },
  { group: "Abandoned", label: "today", card: "Abandoned today", width: 2.35, raw: true, cell: (row) => [count(row.abandonedToday)] },
  { group: "Agents available", label: "of staffed", card: "Agents available", kind: "strong", width: 3.3, cell: agentsCell },
];

function columns() {
  return COLUMNS.filter((column) => !(view.calm && column.raw));
}

export function drawHead() {
  const groups = make("tr", { class: "groups", role: "row" });
  const labels = make("tr", { role: "row" });
  for (const column of columns()) {
    const before = groups.lastElementChild;
    if (column.group && before?.textContent === column.group) before.colSpan += 1;
    else groups.append(make(column.group ? "th" : "td", column.group ? { scope: "colgroup", role: "columnheader" } : { role: "cell" }, column.group));
    labels.append(make("th", { scope: "col", role: "columnheader", class: column.kind ?? "" }, column.label));
  }
  byId("queues-head").replaceChildren(groups, labels);
  byId("queues-columns").replaceChildren(...columns().map(drawColumn));
}

function drawColumn(column) {
  const col = make("col", {});
  if (column.width) col.style.width = `calc(var(--row) * ${column.width * (view.calm ? CALM_STRETCH : 1)}rem)`;
  return col;
}

export function drawRow(row) {
  const cells = columns().map((column) => {
    const named = column.kind === "name";
    const attributes = { class: column.kind ?? "", "data-label": column.card ?? column.label, role: named ? "rowheader" : "cell", ...(named ? { scope: "row", title: row.queue } : {}) };
    return make(named ? "th" : "td", attributes, ...column.cell(row));
  });
  return make("tr", { role: "row", "data-status": row.status }, ...cells);
}

function nameCell(row) {
  const notes = make("span", { class: "notes" });
  if (row.status === "critical") notes.append(make("span", { class: "reason", title: row.reason }, row.reason));
  if (row.difference) notes.append(make("strong", { class: "alarm", title: unreconciled(row) }, `⚠ does not reconcile, off by ${row.difference}`));
  if (row.level.late) notes.append(make("span", { title: "late corrections of the last 30 minutes" }, late(row.level)));
  return [make("span", { class: "title" }, make("span", { class: "queue" }, row.title), " ", make("span", { class: "channel" }, row.channel)), notes];
}

// A symbol marks a missed goal; a level of few visits never gets one.
function levelCell(row, level) {
  const missed = level.status === "low" || level.status === "critical";
  const mark = missed ? [make("span", { class: "mark", "data-status": level.status, title: STATUSES[level.status].word }, symbol(STATUSES[level.status].symbol)), " "] : [];
  const value = make("span", { class: "ratio", "data-status": level.status }, ...mark, percent(level.ratio, row.goal));
  return [value, ...below(level.status === "few" ? few(level) : "")];
}

function waitingCell(row) {
  return [count(row.waiting), row.overTarget ? small(` ▲ ${count(row.overTarget)}`, "past target") : "", ...below(dueLater(row))];
}

function longestCell(row) {
  return [duration(row.longestWait), of(row.target, duration), ...below(stuck(row))];
}

function agentsCell(row) {
  return [count(row.available), of(row.staffed, count), row.unknown ? make("span", { class: "unknown", title: "unknown" }, ` ? ${count(row.unknown)}`) : ""];
}

function of(value, text) {
  return value === null ? "" : small(` / ${text(value)}`);
}
