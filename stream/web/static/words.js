// Formats numbers, durations and times of day.
//
// - No data is a dash: never 0 and never 100 %.

export const DASH = "–";
const TOLERANCE = 1e-9; // 0.7 - 0.8 is not quite -0.1

export function number(value) {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

export function count(value) {
  return value === null ? DASH : String(Math.round(value));
}

// A missed goal never looks met by rounding: 79.6 % against 80 % shows 79 %.
export function percent(ratio, goal = null) {
  if (ratio === null) return DASH;
  const exact = ratio * 100;
  const missed = goal !== null && ratio < goal - TOLERANCE && Math.round(exact) >= goal * 100 - TOLERANCE;
  return `${missed ? Math.floor(exact + TOLERANCE) : Math.round(exact)} %`;
}

// Rounded outwards, so that the interval never looks narrower than it is.
export function range({ low, high }) {
  if (low === null || high === null) return "";
  return `(${Math.floor(low * 100 + TOLERANCE)}${DASH}${Math.ceil(high * 100 - TOLERANCE)}\u00a0%)`;
}

export function few(level) {
  return `few: ${count(level.counted)} ${range(level)}`;
}

export function duration(seconds) {
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

export function roughAge(seconds) {
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  return seconds < 7200 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}

// In the time zone of the centre; a zone that the browser does not know falls back to its own.
const clocks = new Map();

export function centreTime(ms, zone) {
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

export function timeOfDay(ms, zone) {
  return centreTime(ms, zone).slice(0, 5);
}
