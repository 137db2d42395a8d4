-- Windows, and what each queue promises. Definitions: docs/adr/0013 (clocks), docs/adr/0015 (promises).

CREATE TABLE board_row AS
SELECT queue, channel FROM visit WHERE queued_ms IS NOT NULL
UNION SELECT a, b FROM event WHERE type = 'visit.blocked'
UNION SELECT queue, channel FROM shown_queue;

-- The clock of each row: its own, or else the clock of the centre.
CREATE TABLE row_clock AS
SELECT r.queue, r.channel, coalesce(own.zone, centre.zone) AS zone,
    coalesce(own.day_start, centre.day_start) AS day_start
FROM board_row r LEFT JOIN clock own ON own.queue = r.queue AND own.channel = r.channel AND own.queue <> ''
CROSS JOIN (SELECT zone, day_start FROM clock WHERE queue = '' AND channel = '') centre;

CREATE TABLE clock_now AS
SELECT DISTINCT zone, day_start FROM (FROM row_clock UNION ALL FROM clock WHERE queue = '' AND channel = '');

-- Every minute of the last 28 hours as each clock shows it: the longest day has 26.
CREATE TABLE minute AS
SELECT zone, day_start, at_ms, local_s - at_ms // 1000 AS offset_s, local_s,
    (local_s - day_start * 60) // 86400 AS business_day
FROM (
    SELECT c.zone, c.day_start, g.at_ms,
        epoch_ms(timezone(c.zone, to_timestamp(g.at_ms // 1000))) // 1000 AS local_s
    FROM clock_now c, moment_now n,
        LATERAL (SELECT unnest(generate_series(n.now_ms // 60000 * 60000 - 28 * 3600000, n.now_ms, 60000))) g(at_ms));

-- A day begins when the clock first shows its beginning: what comes twice begins the first time.
CREATE TABLE today AS
SELECT zone, day_start, min(at_ms) AS from_ms
FROM minute JOIN (SELECT zone, day_start, max(business_day) AS business_day FROM minute GROUP BY ALL)
    USING (zone, day_start, business_day)
GROUP BY ALL;

-- An interval is a quarter or half of an hour by the clock, at one offset: it is cut where the clock jumps.
CREATE TABLE quarter AS
SELECT zone, day_start, length_s, offset_s, local_s // length_s AS nth, min(at_ms) AS from_ms
FROM minute, (VALUES (900), (1800)) lengths(length_s) GROUP BY ALL;

CREATE TABLE interval_now AS
WITH ordered AS (
    SELECT zone, day_start, length_s, from_ms, lag(from_ms) OVER length AS before_ms,
        row_number() OVER (PARTITION BY zone, day_start, length_s ORDER BY from_ms DESC) AS back
    FROM quarter WINDOW length AS (PARTITION BY zone, day_start, length_s ORDER BY from_ms))
SELECT zone, day_start, length_s, from_ms, before_ms FROM ordered WHERE back = 1;

-- What each window covers: from `low_ms` up to and without `high_ms`, whole panes of 10 s or of a minute.
CREATE TABLE clock_span AS
WITH covered AS (
    SELECT zone, day_start, "window", now_ms // 10000 * 10000 - minutes * 60000 AS from_ms, now_ms AS to_ms,
        10000 AS pane_ms, false AS has_passed
    FROM clock_now, moment_now, (VALUES ('1m', 1), ('5m', 5), ('15m', 15), ('30m', 30), ('60m', 60))
        rolling("window", minutes)
    UNION ALL
    SELECT zone, day_start, 'today', from_ms, now_ms, 60000, false FROM today, moment_now
    UNION ALL
    SELECT zone, day_start, 'interval_' || length_s // 60 || 'm', from_ms, now_ms, 60000, false
    FROM interval_now, moment_now
    UNION ALL
    SELECT zone, day_start, 'interval_' || length_s // 60 || 'm_last', before_ms, from_ms, 60000, true
    FROM interval_now)
SELECT zone, day_start, "window", from_ms, to_ms, has_passed, from_ms // pane_ms * pane_ms AS low_ms,
    if(has_passed, (to_ms - 1) // pane_ms * pane_ms, to_ms // pane_ms * pane_ms) + pane_ms AS high_ms
FROM covered;

-- The clock of the centre applies to all rows together and to teams; each row has its own.
CREATE TABLE centre_span AS
SELECT s.* EXCLUDE (zone, day_start) FROM clock_span s
JOIN clock c USING (zone, day_start) WHERE c.queue = '' AND c.channel = '';
CREATE TABLE row_span AS
SELECT r.queue, r.channel, s.* EXCLUDE (zone, day_start) FROM row_clock r JOIN clock_span s USING (zone, day_start);

-- The first of the four places where a promise may stand that has one.
CREATE TABLE promised_at AS
WITH place AS (
    SELECT r.queue, r.channel, p.at_queue, p.at_channel, p.preference
    FROM board_row r, LATERAL (VALUES (r.queue, r.channel, 1), (r.queue, '', 2), ('', r.channel, 3), ('', '', 4))
        p(at_queue, at_channel, preference))
SELECT queue, channel, at_queue, at_channel FROM place
WHERE EXISTS (SELECT 1 FROM definition d WHERE d.queue = at_queue AND d.channel = at_channel)
QUALIFY row_number() OVER (PARTITION BY queue, channel ORDER BY preference) = 1;

-- From when to when each promise was in force; the first one always was.
CREATE TABLE promise AS
SELECT p.queue, p.channel,
    if(row_number() OVER step = 1, -9000000000000000, d.from_ms) AS from_ms,
    lead(d.from_ms, 1, 9000000000000000) OVER step AS until_ms,
    d.target_ms, d.short_ms, d.rule, d.flowed_out, d.callback, d.clock_stop, d.min_contacts,
    d.goal_millionths,
    if(d.rule = 'answered_only' AND d.attribution = 'decided', 'exited', d.attribution) AS booked
FROM promised_at p JOIN definition d ON d.queue = at_queue AND d.channel = at_channel
WINDOW step AS (PARTITION BY p.queue, p.channel ORDER BY d.from_ms);

CREATE TABLE promise_now AS
SELECT p.* EXCLUDE (from_ms, until_ms) FROM promise p, moment_now WHERE now_ms >= from_ms AND now_ms < until_ms;
CREATE TABLE row_target AS
SELECT p.queue, p.channel, t.target_ms, t.label
FROM promised_at p JOIN target t ON t.queue = at_queue AND t.channel = at_channel;
