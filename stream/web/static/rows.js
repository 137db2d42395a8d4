// Converts the board to rows: the values of each queue, and of all or the selected queues together.
//
// - The server decides the status of a queue. This page adds only that it hears nothing any more.
// - The page never computes a ratio: for several queues it names the lowest one instead of guessing a mean.

import { silenceMs, STALE_AFTER_MS } from "./freshness.js";
import { STATUSES, view } from "./page.js";
import { count, DASH, number } from "./words.js";

function sum(...values) {
  const known = values.filter((value) => value !== null);
  return known.length ? known.reduce((total, value) => total + value, 0) : null;
}

function largest(...values) {
  const known = values.filter((value) => value !== null);
  return known.length ? Math.max(...known) : null;
}

// An unknown status comes from a newer server, and is shown as stale.
function known(status) {
  return Object.hasOwn(STATUSES, status) ? status : "stale";
}

// The last status no longer holds once the page hears nothing.
function statusOf(told) {
  const unheard = silenceMs() > STALE_AFTER_MS;
  if (unheard) return { status: "stale", severity: 0, reason: "this page hears nothing" };
  return { status: known(told?.name), severity: number(told?.severity) ?? 0, reason: String(told?.reason ?? "") };
}

const NO_LEVEL = { ratio: null, counted: null, low: null, high: null, late: null, from: null, status: "stale" };

function levelOf(window) {
  return {
    ratio: number(window?.service_level_ratio),
    counted: number(window?.service_level_counted),
    low: number(window?.service_level_low_ratio),
    high: number(window?.service_level_high_ratio),
    late: number(window?.late_corrections),
    from: number(window?.from_ms),
    status: known(window?.service_level_status),
  };
}

function rowOf(queue) {
  const now = queue.now ?? {};
  const agents = now.agents ?? {};
  const today = queue.windows?.today ?? {};
  return {
    queue: String(queue.queue ?? DASH),
    title: String(queue.display_name || (queue.queue ?? DASH)),
    channel: String(queue.channel ?? DASH),
    definition: String(queue.definition ?? ""),
    ...statusOf(queue.status),
    goal: number(queue.goal_ratio),
    level: levelOf(queue.windows?.["30m"]),
    interval: levelOf(queue.windows?.interval_30m),
    today: levelOf(today),
    target: number(queue.target_seconds),
    waiting: number(now.waiting),
    overTarget: number(now.waiting_over_target),
    longestWait: number(now.longest_wait_seconds),
    scheduled: number(now.scheduled),
    stuck: number(now.stuck),
    difference: number(now.reconciliation_difference),
    available: number(agents.available),
    staffed: staffedOf(agents),
    unknown: number(agents.unknown),
    abandonedToday: number(today.abandoned),
    abandonRateToday: number(today.abandoned_ratio),
  };
}

// Agents who logged out are not at work, and the state of silent agents is unknown.
function staffedOf(agents) {
  const states = Object.keys(agents).filter((state) => state !== "logged_out" && state !== "unknown");
  return sum(...states.map((state) => number(agents[state])));
}

function worstFirst(one, other) {
  return (
    other.severity - one.severity ||
    (other.longestWait ?? -1) - (one.longestWait ?? -1) ||
    one.queue.localeCompare(other.queue) ||
    one.channel.localeCompare(other.channel)
  );
}

export function rowsOf(board) {
  const queues = Array.isArray(board.queues) ? board.queues : [];
  const rows = queues.map(rowOf);
  const wanted = view.queues.length ? rows.filter((row) => view.queues.includes(row.queue)) : rows;
  return wanted.sort(worstFirst);
}

// The lowest among open queues with enough visits, if there are any.
function lowestOf(rows) {
  const gap = (row) => (row.level.ratio === null ? Infinity : row.level.ratio - (row.goal ?? 0));
  const sure = rows.filter((row) => row.status !== "closed" && !["few", "quiet", "stale"].includes(row.level.status));
  return (sure.length ? sure : rows).reduce((worst, row) => (gap(row) < gap(worst) ? row : worst));
}

// A value that all rows share; otherwise `none`, because one value would seem to apply to all.
function alike(rows, field, none) {
  return new Set(rows.map((row) => row[field])).size === 1 ? rows[0][field] : none;
}

// The values of the tiles: of all queues or of the selected ones. Counts add up; ratios do not, so the lowest queue is
// shown. The status is that of the worst queue, which comes first.
export function summaryOf(board, rows) {
  if (!view.queues.length) {
    const all = rowOf(board.all ?? {});
    const shared = rows.length ? { target: alike(rows, "target", null), definition: alike(rows, "definition", "") } : {};
    return { ...all, ...shared, lowest: "", highest: "" };
  }
  if (rows.length < 2) return { ...(rows[0] ?? rowOf({})), lowest: "", highest: "" };
  const lowest = lowestOf(rows);
  const highest = rows.reduce((worst, row) => ((row.abandonRateToday ?? -1) > (worst.abandonRateToday ?? -1) ? row : worst));
  const total = (field) => sum(...rows.map((row) => row[field]));
  return {
    ...lowest,
    status: rows[0].status,
    severity: rows[0].severity,
    reason: `${rows[0].title} (${rows[0].channel}): ${rows[0].reason}`,
    lowest: lowest.title,
    highest: highest.title,
    target: alike(rows, "target", null),
    waiting: total("waiting"),
    overTarget: total("overTarget"),
    longestWait: largest(...rows.map((row) => row.longestWait)),
    available: total("available"),
    staffed: total("staffed"),
    unknown: total("unknown"),
    scheduled: total("scheduled"),
    stuck: total("stuck"),
    abandonedToday: total("abandonedToday"),
    abandonRateToday: highest.abandonRateToday,
  };
}

// Expired numbers are withdrawn: the same row without numbers.
export function withdrawn(row) {
  const kept = ["queue", "title", "channel", "definition", "lowest", "highest", "reason"];
  const blank = Object.fromEntries(Object.keys(row).map((key) => [key, kept.includes(key) ? row[key] : null]));
  return { ...blank, level: NO_LEVEL, interval: NO_LEVEL, today: NO_LEVEL, status: "stale" };
}

export function unreconciled(row) {
  return `does not reconcile, off by ${row.difference}: pantau explain ${row.queue}`;
}

export function late(level) {
  return level.late ? `${count(level.late)} late` : "";
}

export function stuck(row) {
  return row.stuck && !view.calm ? `${count(row.stuck)} stuck` : "";
}

export function dueLater(row) {
  return row.scheduled ? `+${count(row.scheduled)} due later` : "";
}
