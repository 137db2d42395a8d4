// The age of the data, and the resulting state of the whole board.
//
// - The age is always shown. Old numbers are marked, expired numbers are withdrawn.

import { clock, feed } from "./feed.js";
import { number } from "./words.js";

export const STALE_AFTER_MS = 10_000; // without a message; the age of the data itself is judged by the server
const EXPIRED_AFTER_MS = 300_000;

// The numbers are right: events arrive, or heartbeats prove that there are none.
export const CURRENT = ["fresh", "quiet"];

export const STATES = {
  connecting: { word: "CONNECTING", symbol: "wait" },
  offline: { word: "OFFLINE", symbol: "critical" },
  empty: { word: "EMPTY", symbol: "wait" },
  fresh: { word: "FRESH", symbol: "fresh" },
  quiet: { word: "QUIET", symbol: "fresh" },
  stale: { word: "STALE", symbol: "low" },
  expired: { word: "EXPIRED", symbol: "critical" },
};

// Uses both clocks: one stops while the screen sleeps, the other may be set back.
export function silenceMs() {
  return Math.max(clock() - feed.receivedAt, Date.now() - feed.receivedDate, 0);
}

export function ageSeconds() {
  const age = number(feed.board?.age_seconds);
  return age === null ? null : age + silenceMs() / 1000;
}

export function stateNow() {
  if (feed.board === null) return feed.attempts ? "offline" : "connecting";
  const silence = silenceMs();
  const told = feed.board.state;
  if (told === "empty") return silence > STALE_AFTER_MS ? "offline" : "empty";
  if (told === "expired" || silence > EXPIRED_AFTER_MS) return "expired";
  return CURRENT.includes(told) && silence <= STALE_AFTER_MS ? told : "stale";
}

// Also null when the page has heard nothing for long: then it is unknown.
export function rebuildingNow() {
  return (silenceMs() <= STALE_AFTER_MS && feed.board?.rebuilding) || null;
}

export function linkTrouble() {
  if (feed.fault) return feed.fault;
  if (feed.retryAt === null) return feed.attempts ? "reconnecting" : "";
  return `connection lost, next try in ${Math.max(1, Math.ceil((feed.retryAt - clock()) / 1000))} s`;
}
