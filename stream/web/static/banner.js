// The problems of the data, on a banner over the board, or on a screen in its place if there is no board.

import { feed } from "./feed.js";
import { linkTrouble, rebuildingNow, silenceMs, STALE_AFTER_MS } from "./freshness.js";
import { byId, write } from "./page.js";
import { centreTime, count, number, roughAge } from "./words.js";

// Links that are away, and reasons that hold partitions up: on the banner, in reasons, and on a board without numbers.
export const AWAY = {
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

// Links that are away, then held partitions. Also empty when the page has heard nothing for long: then it is unknown.
export function awayNow() {
  if (silenceMs() > STALE_AFTER_MS) return [];
  const all = [...(feed.board?.away ?? []), ...(feed.board?.held_up ?? [])];
  return all.filter((one) => Object.hasOwn(AWAY, one?.what));
}

// A silent source that never sent heartbeats may have nothing to send.
function stopsWaits(away) {
  return away.what === "source" ? away.sources.length > 0 : Object.hasOwn(away, "since_ms");
}

// The problems of the data, the worst first: the page hears nothing, the data is rebuilt, the data is old.
export function drawBanner(state, age) {
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

function drawAway(away, state) {
  const since = Math.min(...away.map((one) => number(one.since_ms) ?? Infinity));
  const still = since === Infinity ? "" : `Waits stand still as of ${centreTime(since, feed.board.time_zone)}.`;
  const rest = { expired: "No numbers meanwhile.", stale: away.some(stopsWaits) ? still : "" }[state] ?? "";
  write(byId("banner-word"), away.map((one) => AWAY[one.what].word).join(", "));
  write(byId("banner-note"), [...away.map((one) => AWAY[one.what].note(one)), rest].filter(Boolean).join(" "));
}

// Never round a percentage up to 100.
function drawRebuilding(rebuilding, state, age) {
  const done = Math.floor((number(rebuilding.progress_ratio) ?? 0) * 100);
  const shown = rebuilding.incomplete ? "numbers are incomplete" : `numbers are ${roughAge(age ?? 0)} old`;
  const rest = state === "expired" ? "no numbers meanwhile" : shown;
  write(byId("banner-word"), `Rebuilding from the log: ${done} %, ${rest}`);
  write(byId("banner-note"), `${count(number(rebuilding.records_to_go))} records to go.`);
}

// Awaited queues show zeros before the first event.
function isScreen(state) {
  return state === "connecting" || state === "offline" || (state === "empty" && !feed.board.queues?.length);
}

export function drawScreen(state) {
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
