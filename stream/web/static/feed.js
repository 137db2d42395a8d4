// The feed: one board document per second from the stream, with growing pauses while the server is unreachable.

import { query } from "./page.js";

const STREAM = "/api/v1/stream";
const SCHEMA = "pantau.board/1";
const RETRY_MS = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];
const RELOAD_AFTER_MS = 60_000; // an unknown schema means that a newer page waits on the server

export const feed = { board: null, receivedAt: 0, receivedDate: 0, signAt: 0, source: null, attempts: 0, retryAt: null, fault: "" };
let tell = () => {};

export const clock = () => performance.now();

// `heard` is called with each board, and with null when only the connection changed.
export function listen(heard) {
  tell = heard;
  connect();
}

function connect() {
  feed.retryAt = null;
  feed.signAt = clock();
  feed.source = new EventSource(query.has("queue") ? `${STREAM}?queue=${encodeURIComponent(query.get("queue"))}` : STREAM);
  feed.source.onmessage = receive;
  feed.source.onerror = disconnect;
}

export function disconnect() {
  feed.source?.close();
  feed.source = null;
  const pause = RETRY_MS[Math.min(feed.attempts, RETRY_MS.length - 1)] * (0.75 + Math.random() / 2);
  feed.attempts += 1;
  feed.retryAt = clock() + pause;
  setTimeout(connect, pause);
  tell(null);
}

function receive(message) {
  feed.signAt = clock();
  feed.attempts = 0;
  const board = readBoard(message.data);
  if (board === null) return tell(null);
  feed.fault = "";
  feed.board = board;
  feed.receivedAt = clock();
  feed.receivedDate = Date.now();
  return tell(board);
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
