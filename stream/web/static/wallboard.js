// The wallboard: one page, fed by one board document a second from the stream.
//
// Rules it keeps:
// - No data is a dash: never 0 and never 100 %.
// - The age of the data is always shown. Old numbers are marked, expired numbers are withdrawn.
// - A status is a word and a symbol first, a colour second.
// - A service level of few visits raises no alarm: it is shown muted, with how many they are and its interval.
// - What a queue is called is decided by the server. This page adds only that it hears nothing any more.
// - A ratio is never computed here: for several queues the page names the lowest one instead of guessing a mean.
// - Names come from outside, so all text is set through textContent.

const STREAM = "/api/v1/stream";
const SCHEMA = "pantau.board/1";
const STALE_AFTER_MS = 10_000; // without a message; the age of the data itself is judged by the server
const EXPIRED_AFTER_MS = 300_000;
const RETRY_MS = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];
const RELOAD_AFTER_MS = 60_000; // an unknown schema means that a newer page waits on the server
const PAGE_MS = 10_000;
const MOST_ROWS = 12;
const ROW_REM = [3.05, 3.5]; // the lowest row and the highest; columns grow with it
const MOST_CARDS = 50;
const ROOMY_ROWS = 5;
const ROOMY_ROWS_UNDER_BANNER = 2;
const TOLERANCE = 1e-9; // 0.7 - 0.8 is not quite -0.1
const TREND_POINTS = 1_800;
const TREND_GAP_MS = 5_000;
const CALM_STRETCH = 1.2; // fewer columns, more room for each
const DASH = "–";

// The numbers are right: events come, or heartbeats prove that there are none.
const CURRENT = ["fresh", "quiet"];

const STATUSES = {
  critical: { word: "CRITICAL", symbol: "critical" },
  rebuilding: { word: "REBUILDING", symbol: "wait" },
  stale: { word: "STALE", symbol: "wait" },
  low: { word: "LOW", symbol: "low" },
  ok: { word: "OK", symbol: "ok" },
  few: { word: "FEW", symbol: "few" },
  quiet: { word: "QUIET", symbol: "none" },
  closed: { word: "CLOSED", symbol: "closed" },
};

const STATES = {
  connecting: { word: "CONNECTING", symbol: "wait" },
  offline: { word: "OFFLINE", symbol: "critical" },
  empty: { word: "EMPTY", symbol: "wait" },
  fresh: { word: "FRESH", symbol: "fresh" },
  quiet: { word: "QUIET", symbol: "fresh" },
  stale: { word: "STALE", symbol: "low" },
  expired: { word: "EXPIRED", symbol: "critical" },
};

// What lies between a source and this page, and is away, and what holds partitions up: on the banner, why, and on a
// board without numbers.
const AWAY = {
  store: { word: "STORE AWAY", note: (away) => `Redis has not answered${forHow(away)}.`, screen: "Redis does not answer" },
  worker: { word: "WORKER AWAY", note: (away) => `No sign of life from the worker${places(away)}${forHow(away)}.`, screen: "No worker is running" },
  broker: { word: "KAFKA AWAY", note: (away) => `Kafka has not answered the workers${places(away)}${forHow(away)}.`, screen: "Kafka does not answer" },
  source: { word: "SOURCE SILENT", note: (away) => `Nothing from ${away.sources.join(", ") || "any source"}${forHow(away)}; workers, Kafka and Redis answer.`, screen: "No source has sent anything" },
  halted: { word: "HALTED", note: (held) => `${inParts(held)} most records are refused, or cannot be read${forHow(held)}; nothing is passed over.`, screen: "What is sent is refused" },
  held: { word: "HELD BACK", note: (held) => `${inParts(held)} a transaction has been open in Kafka${forHow(held)}; nothing behind it can be read.`, screen: "A transaction is open in Kafka" },
  store_full: { word: "REDIS FULL", note: () => "Redis has no memory left: nothing new is stored.", screen: "Redis is full" },
  missing: { word: "RECORDS MISSING", note: (held) => `${inParts(held)} records were passed over; they are read again.`, screen: "Records are missing" },
  lagging: { word: "LAGGING", note: (held) => `${inParts(held)} records have been waiting to be read${forHow(held)}${stillToRead()}.`, screen: "Records wait to be read" },
};

function forHow(away) {
  const seconds = number(away.seconds);
  return seconds === null ? "" : ` for ${roughAge(seconds + silenceMs() / 1000)}`;
}

function inParts(held) {
  return `In ${held.partitions} of ${Object.keys(feed.board?.positions ?? {}).length} partitions`;
}

function stillToRead() {
  const behind = number(feed.board?.behind_records);
  return behind ? `, ${count(behind)} of them` : "";
}

function places(away) {
  const all = Object.keys(feed.board?.positions ?? {}).length;
  return away.partitions < all ? ` of ${away.partitions} of ${all} partitions` : "";
}

// Widths are in heights of a row, so that columns stand still while numbers change; the queue's name takes what is left.
// Columns with `raw` are counts of a queue, which the calm board leaves out.
// A card has no groups of columns, so it tells `card` where the label alone says too little.
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

const query = new URLSearchParams(location.search);
const view = {
  calm: query.get("calm") === "1",
  theme: query.get("theme"),
  queues: (query.get("queue") ?? "").split(",").map((name) => name.trim()).filter(Boolean),
};

const feed = { board: null, receivedAt: 0, receivedDate: 0, signAt: 0, source: null, attempts: 0, retryAt: null, fault: "" };
const pages = { index: 0, last: 0, turnAt: PAGE_MS, paused: false };
const trend = [];

const byId = (id) => document.getElementById(id);
const clock = () => performance.now();

// ---------------------------------------------------------------------------------------------- numbers and words

function number(value) {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function count(value) {
  return value === null ? DASH : String(Math.round(value));
}

// A missed goal is never rounded up to look met: 79.6 % against 80 % reads 79 %.
function percent(ratio, goal = null) {
  if (ratio === null) return DASH;
  const exact = ratio * 100;
  const missed = goal !== null && ratio < goal - TOLERANCE && Math.round(exact) >= goal * 100 - TOLERANCE;
  return `${missed ? Math.floor(exact + TOLERANCE) : Math.round(exact)} %`;
}

// Rounded outwards, so that the interval never looks narrower than it is.
function range({ low, high }) {
  if (low === null || high === null) return "";
  return `(${Math.floor(low * 100 + TOLERANCE)}${DASH}${Math.ceil(high * 100 - TOLERANCE)}\u00a0%)`;
}

function few(level) {
  return `few: ${count(level.counted)} ${range(level)}`;
}

function duration(seconds) {
  if (seconds === null) return DASH;
  const whole = Math.max(0, Math.floor(seconds));
  const minutes = Math.floor(whole / 60);
  if (minutes < 100) return `${minutes}:${twoDigits(whole % 60)}`;
  const hours = Math.floor(minutes / 60);
  return hours < 100 ? `${hours}h${twoDigits(minutes % 60)}` : `${Math.floor(hours / 24)}d`;
}

function twoDigits(value) {
  return String(value).padStart(2, "0");
}

function roughAge(seconds) {
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  return seconds < 7200 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}

// ---------------------------------------------------------------------------------------------- from the board to rows

function sum(...values) {
  const known = values.filter((value) => value !== null);
  return known.length ? known.reduce((total, value) => total + value, 0) : null;
}

function largest(...values) {
  const known = values.filter((value) => value !== null);
  return known.length ? Math.max(...known) : null;
}

// A word that this page does not know is from a newer server: then nobody here knows what it is like.
function known(status) {
  return Object.hasOwn(STATUSES, status) ? status : "stale";
}

// What was said last is not said any more.
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
    ghosts: number(now.ghosts),
    residual: number(now.residual),
    available: number(agents.available),
    staffed: staffedOf(agents),
    unknown: number(agents.unknown),
    abandonedToday: number(today.abandoned),
    abandonRateToday: number(today.abandoned_ratio),
  };
}

// Who logged out is not at work, and of who fell silent nobody knows.
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

function rowsOf(board) {
  const queues = Array.isArray(board.queues) ? board.queues : [];
  const rows = queues.map(rowOf);
  const wanted = view.queues.length ? rows.filter((row) => view.queues.includes(row.queue)) : rows;
  return wanted.sort(worstFirst);
}

// Among open queues whose level is of enough visits, if there are any.
function lowestOf(rows) {
  const gap = (row) => (row.level.ratio === null ? Infinity : row.level.ratio - (row.goal ?? 0));
  const sure = rows.filter((row) => row.status !== "closed" && !["few", "quiet", "stale"].includes(row.level.status));
  return (sure.length ? sure : rows).reduce((worst, row) => (gap(row) < gap(worst) ? row : worst));
}

// What the tiles show: all queues, or the chosen ones. Counts add up; ratios do not, so the lowest queue speaks. They
// are called as the worst of them, which comes first.
function summaryOf(board, rows) {
  if (!view.queues.length) return { ...rowOf(board.all ?? {}), lowest: "", highest: "" };
  if (rows.length < 2) return { ...(rows[0] ?? rowOf({})), lowest: "", highest: "" };
  const lowest = lowestOf(rows);
  const highest = rows.reduce((worst, row) => ((row.abandonRateToday ?? -1) > (worst.abandonRateToday ?? -1) ? row : worst));
  const total = (field) => sum(...rows.map((row) => row[field]));
  const targets = new Set(rows.map((row) => row.target));
  return {
    ...lowest,
    status: rows[0].status,
    severity: rows[0].severity,
    reason: `${rows[0].title} (${rows[0].channel}): ${rows[0].reason}`,
    lowest: lowest.title,
    highest: highest.title,
    target: targets.size === 1 ? lowest.target : null,
    waiting: total("waiting"),
    overTarget: total("overTarget"),
    longestWait: largest(...rows.map((row) => row.longestWait)),
    available: total("available"),
    staffed: total("staffed"),
    unknown: total("unknown"),
    scheduled: total("scheduled"),
    ghosts: total("ghosts"),
    abandonedToday: total("abandonedToday"),
    abandonRateToday: highest.abandonRateToday,
  };
}

// Expired numbers are withdrawn: the same row with every number gone.
function withdrawn(row) {
  const kept = ["queue", "title", "channel", "definition", "lowest", "highest", "reason"];
  const blank = Object.fromEntries(Object.keys(row).map((key) => [key, kept.includes(key) ? row[key] : null]));
  return { ...blank, level: NO_LEVEL, interval: NO_LEVEL, today: NO_LEVEL, status: "stale" };
}

// ---------------------------------------------------------------------------------------------- the feed

function connect() {
  feed.retryAt = null;
  feed.signAt = clock();
  feed.source = new EventSource(query.has("queue") ? `${STREAM}?queue=${encodeURIComponent(query.get("queue"))}` : STREAM);
  feed.source.onmessage = receive;
  feed.source.onerror = disconnect;
}

function disconnect() {
  feed.source?.close();
  feed.source = null;
  const pause = RETRY_MS[Math.min(feed.attempts, RETRY_MS.length - 1)] * (0.75 + Math.random() / 2);
  feed.attempts += 1;
  feed.retryAt = clock() + pause;
  setTimeout(connect, pause);
  render();
}

function receive(message) {
  feed.signAt = clock();
  feed.attempts = 0;
  const board = readBoard(message.data);
  if (board === null) return render();
  feed.fault = "";
  feed.board = board;
  feed.receivedAt = clock();
  feed.receivedDate = Date.now();
  remember(board);
  return render();
}

function readBoard(text) {
  try {
    const board = JSON.parse(text);
    if (board?.schema === SCHEMA) return board;
    if (!feed.fault) setTimeout(() => feed.fault && location.reload(), RELOAD_AFTER_MS);
    feed.fault = `this page reads ${SCHEMA} and got ${String(board?.schema)}`;
  } catch {
    feed.fault = "the last message could not be read";
  }
  return null;
}

// Both clocks are asked: one stands still while a screen sleeps, the other may be set back.
function silenceMs() {
  return Math.max(clock() - feed.receivedAt, Date.now() - feed.receivedDate, 0);
}

function ageSeconds() {
  const age = number(feed.board?.age_seconds);
  return age === null ? null : age + silenceMs() / 1000;
}

function stateNow() {
  if (feed.board === null) return feed.attempts ? "offline" : "connecting";
  const silence = silenceMs();
  const told = feed.board.state;
  if (told === "empty") return silence > STALE_AFTER_MS ? "offline" : "empty";
  if (told === "expired" || silence > EXPIRED_AFTER_MS) return "expired";
  return CURRENT.includes(told) && silence <= STALE_AFTER_MS ? told : "stale";
}

function linkTrouble() {
  if (feed.fault) return feed.fault;
  if (feed.retryAt === null) return feed.attempts ? "reconnecting" : "";
  return `connection lost, next try in ${Math.max(1, Math.ceil((feed.retryAt - clock()) / 1000))} s`;
}

function remember(board) {
  if (!CURRENT.includes(board.state)) return;
  const summary = summaryOf(board, rowsOf(board));
  trend.push({ at: clock(), ratio: summary.level.ratio, goal: summary.goal });
  if (trend.length > TREND_POINTS) trend.shift();
}

// ---------------------------------------------------------------------------------------------- drawing

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function symbol(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "symbol");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#symbol-${name}`);
  svg.append(use);
  return svg;
}

function badge(status, word = STATUSES[status].word) {
  return make("span", { class: "badge", "data-status": status }, symbol(STATUSES[status].symbol), make("b", {}, word));
}

function standing(level) {
  return level.status === "few" ? [badge("few", `few: ${count(level.counted)}`), small(range(level))] : [badge(level.status)];
}

function small(text, title = "") {
  return make("small", title ? { title } : {}, text);
}

function of(value, text) {
  return value === null ? "" : small(` / ${text(value)}`);
}

// A smaller second line of a cell; nothing without a text.
function below(text) {
  return text ? [make("small", { class: "below" }, text)] : [];
}

function nameCell(row) {
  const notes = make("span", { class: "notes" });
  if (row.status === "critical") notes.append(make("span", { class: "reason", title: row.reason }, row.reason));
  if (row.residual) notes.append(make("strong", { class: "books", title: books(row) }, `⚠ books off by ${row.residual}`));
  if (row.level.late) notes.append(make("span", { title: "late corrections of the last 30 minutes" }, late(row.level)));
  return [make("span", { class: "title" }, make("span", { class: "queue" }, row.title), " ", make("span", { class: "channel" }, row.channel)), notes];
}

function books(row) {
  return `books off by ${row.residual}: pantau explain ${row.queue}`;
}

function late(level) {
  return level.late ? `${count(level.late)} late` : "";
}

function ghosts(row) {
  return row.ghosts && !view.calm ? `${count(row.ghosts)} ghost${row.ghosts === 1 ? "" : "s"}` : "";
}

function dueLater(row) {
  return row.scheduled ? `+${count(row.scheduled)} due later` : "";
}

// A missed goal is told by a symbol beside the number; a level of few visits never is one.
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
  return [duration(row.longestWait), of(row.target, duration), ...below(ghosts(row))];
}

function agentsCell(row) {
  return [count(row.available), of(row.staffed, count), row.unknown ? make("span", { class: "unknown", title: "unknown" }, ` ? ${count(row.unknown)}`) : ""];
}

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

function drawTiles(summary) {
  drawServiceLevel(summary);
  writeTile("tile-waiting", count(summary.waiting), overTarget(summary.overTarget), [ghosts(summary), dueLater(summary)].filter(Boolean).join(" · "));
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
  drawStretch("level-interval", summary.interval.from === null ? "Interval" : `Interval ${timeOfDay(summary.interval.from, feed.board?.time_zone)}`, summary.interval, summary.goal);
  drawStretch("level-today", "Today", summary.today, summary.goal);
  write(tile.querySelector(".goal"), summary.goal === null ? "" : `goal ${percent(summary.goal)}`);
  write(tile.querySelector(".definition"), [summary.lowest, summary.definition, late(summary.level)].filter(Boolean).join(" · "));
}

function drawStretch(id, label, level, goal) {
  const stretch = byId(id);
  write(stretch.querySelector(".label"), label);
  write(stretch.querySelector(".ratio"), percent(level.ratio, goal));
  stretch.querySelector(".ratio").dataset.status = level.status;
  stretch.querySelector(".standing").replaceChildren(...standing(level));
}

// By the centre's clock, wherever this screen hangs; a zone that the browser does not know is left to it.
const clocks = new Map();

function centreTime(ms, zone) {
  if (!clocks.has(zone)) {
    const shown = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
    let format;
    try {
      format = new Intl.DateTimeFormat("en-GB", { ...shown, timeZone: zone });
    } catch {
      format = new Intl.DateTimeFormat("en-GB", shown);
    }
    clocks.set(zone, format);
  }
  return clocks.get(zone).format(ms);
}

function timeOfDay(ms, zone) {
  return centreTime(ms, zone).slice(0, 5);
}

function drawTrend(state) {
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

function columns() {
  return COLUMNS.filter((column) => !(view.calm && column.raw));
}

function drawHead() {
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

function drawRow(row) {
  const cells = columns().map((column) => {
    const named = column.kind === "name";
    const attributes = { class: column.kind ?? "", "data-label": column.card ?? column.label, role: named ? "rowheader" : "cell", ...(named ? { scope: "row", title: row.queue } : {}) };
    return make(named ? "th" : "td", attributes, ...column.cell(row));
  });
  return make("tr", { role: "row", "data-status": row.status }, ...cells);
}

function drawQueues(rows) {
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
  write(byId("queues-none"), view.queues.length ? `No visit in ${view.queues.join(", ")} yet.` : "No queue has been seen yet.");
}

// Also of queues that are on another page.
function drawBooks(rows) {
  const off = rows.filter((row) => row.residual).map(books);
  byId("books").hidden = off.length === 0;
  write(byId("books"), `⚠ ${off.join("; ")}`);
}

// What is missing from the numbers, and what may be apart: whoever reads them should know.
function drawOdd(hour) {
  const refused = number(hour?.refused) ?? 0;
  const misplaced = number(hour?.misplaced) ?? 0;
  const told = [refused && `${count(refused)} ${refused === 1 ? "record" : "records"} refused`, misplaced && `${count(misplaced)} misplaced`];
  byId("odd").hidden = !refused && !misplaced;
  write(byId("odd"), refused || misplaced ? `⚠ ${told.filter(Boolean).join(", ")} in the last hour` : "");
}

// The exporter's settings file is another than the one that workers follow, or waits for a rebuild.
function drawSettings(settings) {
  const differs = settings?.differs ?? [];
  const waits = settings?.waits ?? [];
  const told = differs.length ? `settings differ: ${differs.join("; ")}` : `settings wait for pantau rebuild: ${waits.join("; ")}`;
  byId("settings").hidden = differs.length + waits.length === 0;
  write(byId("settings"), `⚠ ${told}`);
  byId("settings").title = told;
}

// null on a phone or a small window: there the page scrolls and queues are cards.
function wallLayout() {
  const style = getComputedStyle(document.documentElement);
  return style.getPropertyValue("--wall").trim() === "1" ? parseFloat(style.fontSize) : null;
}

// Few queues leave room for larger tiles, more so without a banner.
function setLayout(rows) {
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

// Digits keep one size on all tiles; a number too long for its tile makes all of them smaller.
let fitted = "";
function fitDigits() {
  const values = [...document.querySelectorAll(".tile .value")];
  const key = [innerWidth, innerHeight, byId("banner").hidden, byId("board").dataset.layout, ...values.map((value) => value.textContent.length)].join();
  if (key === fitted) return;
  fitted = key;
  const tiles = byId("tiles");
  tiles.style.setProperty("--fit", "1");
  const tightest = Math.min(1, ...values.map((value) => value.clientWidth / Math.max(1, value.scrollWidth)));
  tiles.style.setProperty("--fit", String(Math.floor(tightest * 100) / 100));
}

// What is wrong with the data, the worst first: the page hears nothing, they are read again, they are old.
function drawBanner(state, age) {
  const banner = byId("banner");
  const rebuilding = rebuildingNow();
  const away = awayNow();
  const told = away.length && !isScreen(state); // a screen says it by itself
  banner.hidden = rebuilding === null && !told && state !== "stale" && state !== "expired";
  if (banner.hidden) return;
  if (rebuilding !== null) return drawRebuilding(rebuilding, state, age);
  if (away.length) return drawAway(away, state);
  const silent = silenceMs() > STALE_AFTER_MS;
  const since = age === null ? "" : `Last data ${roughAge(age)} ago. `;
  const behind = number(feed.board?.behind_records);
  const reading = behind ? `${count(behind)} records are still to be read` : "the server answers, but no newer events arrive";
  const why = silent ? `no message for ${roughAge(silenceMs() / 1000)}` : reading;
  write(byId("banner-word"), state === "expired" ? "NO LIVE DATA" : `DATA ${count(Math.floor(age ?? silenceMs() / 1000))} s OLD`);
  const note = [why, linkTrouble()].filter(Boolean).join("; ");
  write(byId("banner-note"), (state === "expired" ? since : "") + note.charAt(0).toUpperCase() + note.slice(1) + ".");
}

// null also when the page has heard nothing for long: then nobody knows.
function rebuildingNow() {
  return (silenceMs() <= STALE_AFTER_MS && feed.board?.rebuilding) || null;
}

// What is away, then what holds partitions up. Empty also when the page has heard nothing for long: nobody knows.
function awayNow() {
  if (silenceMs() > STALE_AFTER_MS) return [];
  const all = [...(feed.board?.away ?? []), ...(feed.board?.held_up ?? [])];
  return all.filter((one) => Object.hasOwn(AWAY, one?.what));
}

function drawAway(away, state) {
  const since = Math.min(...away.map((one) => number(one.since_ms) ?? Infinity));
  const still = since === Infinity ? "" : `Waits stand still as of ${centreTime(since, feed.board.time_zone)}.`;
  const rest = { expired: "No numbers meanwhile.", stale: away.some(stopsWaits) ? still : "" }[state] ?? "";
  write(byId("banner-word"), away.map((one) => AWAY[one.what].word).join(", "));
  write(byId("banner-note"), [...away.map((one) => AWAY[one.what].note(one)), rest].filter(Boolean).join(" "));
}

// A silent source that never sent heartbeats may have nothing to say.
function stopsWaits(away) {
  return away.what === "source" ? away.sources.length > 0 : Object.hasOwn(away, "since_ms");
}

// A percentage that is rounded up to 100 would not be believed.
function drawRebuilding(rebuilding, state, age) {
  const done = Math.floor((number(rebuilding.progress_ratio) ?? 0) * 100);
  const shown = rebuilding.incomplete ? "numbers are incomplete" : `numbers are ${roughAge(age ?? 0)} old`;
  const rest = state === "expired" ? "no numbers meanwhile" : shown;
  write(byId("banner-word"), `Rebuilding from the log: ${done} %, ${rest}`);
  write(byId("banner-note"), `${count(number(rebuilding.records_to_go))} records to go.`);
}

// Of queues that are awaited zeros are shown before the first event.
function isScreen(state) {
  return state === "connecting" || state === "offline" || (state === "empty" && !feed.board.queues?.length);
}

function drawScreen(state) {
  const words = {
    connecting: ["Connecting to Pantau", "The board appears with the first message."],
    offline: ["No connection to Pantau", `This page keeps trying: ${linkTrouble() || "no message yet"}.`],
    empty: awayNow().length ? [AWAY[awayNow()[0].what].screen, "The board fills by itself when it is back."] : rebuildingNow() !== null ? ["Rebuilding from the log", "The board fills while the log is read again."] : ["Waiting for the first event", "Pantau is running and connected. The board fills by itself when the first contact comes in."],
  }[isScreen(state) ? state : "board"];
  byId("screen").hidden = words === undefined;
  byId("board").hidden = words !== undefined;
  if (words === undefined) return;
  write(byId("screen-word"), words[0]);
  write(byId("screen-note"), words[1]);
}

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

// What all queues, or the chosen ones, are called; nothing on a board without numbers.
function drawStatus(summary) {
  byId("status").hidden = summary === null;
  if (summary === null) return;
  byId("status").title = summary.reason;
  byId("status-badge").replaceChildren(badge(summary.status));
  write(byId("status-reason"), summary.reason);
}

// Spoken only when a word changes, not with every second or every number.
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

// ---------------------------------------------------------------------------------------------- start

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
  byId("page-back").addEventListener("click", () => { turnPage(-1); render(); });
  byId("page-next").addEventListener("click", () => { turnPage(1); render(); });
  byId("page-pause").addEventListener("click", () => {
    pages.paused = !pages.paused;
    byId("page-pause").setAttribute("aria-pressed", String(pages.paused));
    write(byId("page-pause"), pages.paused ? "Resume" : "Pause");
    render();
  });
  addEventListener("resize", render);
  drawHead();
  connect();
  render();
  setInterval(tick, 500);
}

start();
