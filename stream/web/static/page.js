// The page: its query parameters, its elements, and the symbols and words of a status.
//
// - A status is a word and a symbol first, a colour second.
// - Names come from sources, so all text is set through textContent.

export const query = new URLSearchParams(location.search);

export const view = {
  calm: query.get("calm") === "1",
  theme: query.get("theme"),
  queues: (query.get("queue") ?? "").split(",").map((name) => name.trim()).filter(Boolean),
};

export const STATUSES = {
  critical: { word: "CRITICAL", symbol: "critical" },
  rebuilding: { word: "REBUILDING", symbol: "wait" },
  stale: { word: "STALE", symbol: "wait" },
  low: { word: "LOW", symbol: "low" },
  ok: { word: "OK", symbol: "ok" },
  few: { word: "FEW", symbol: "few" },
  quiet: { word: "QUIET", symbol: "none" },
  closed: { word: "CLOSED", symbol: "closed" },
};

export const byId = (id) => document.getElementById(id);

export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export function small(text, title = "") {
  return make("small", title ? { title } : {}, text);
}

// A smaller second line of a cell; nothing without text.
export function below(text) {
  return text ? [make("small", { class: "below" }, text)] : [];
}

export function symbol(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "symbol");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#symbol-${name}`);
  svg.append(use);
  return svg;
}

export function badge(status, word = STATUSES[status].word) {
  return make("span", { class: "badge", "data-status": status }, symbol(STATUSES[status].symbol), make("b", {}, word));
}
