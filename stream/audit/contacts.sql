-- Figures of queues: every (queue, channel), all of them together, and each contact once.
-- Definitions: docs/definitions.md; docs/adr/0007 and 0015 (service level); docs/adr/0009 (percentiles).

-- As what a visit that has left stands to a target.
CREATE MACRO standing(gone_as, wait_ms, target_ms, short_ms) AS CASE
    WHEN gone_as = 'error' THEN 'error'
    WHEN gone_as = 'abandoned' AND short_ms > 0 AND wait_ms <= short_ms THEN 'short'
    WHEN wait_ms <= target_ms THEN gone_as || '_in'
    ELSE 'late_' || gone_as END;
CREATE MACRO counts(stands, rule, flowed_out, callback) AS CASE stands
    WHEN 'answered_in' THEN 1 WHEN 'late' THEN 1 WHEN 'late_answered' THEN 1
    WHEN 'short' THEN (rule IN ('count_abandons', 'credit_short', 'credit_in_target'))::INTEGER
    WHEN 'abandoned_in'
        THEN (rule IN ('count_abandons', 'drop_short', 'credit_short', 'credit_in_target'))::INTEGER
    WHEN 'late_abandoned' THEN (rule <> 'answered_only')::INTEGER
    WHEN 'flowed_out_in' THEN (flowed_out <> 'exclude')::INTEGER
    WHEN 'late_flowed_out' THEN (flowed_out <> 'exclude')::INTEGER
    WHEN 'callback_in' THEN (callback <> 'exclude')::INTEGER
    WHEN 'late_callback' THEN (callback <> 'exclude')::INTEGER
    ELSE 0 END;
CREATE MACRO met(stands, rule, flowed_out, callback) AS CASE stands
    WHEN 'answered_in' THEN 1
    WHEN 'short' THEN (rule IN ('credit_short', 'credit_in_target'))::INTEGER
    WHEN 'abandoned_in' THEN (rule = 'credit_in_target')::INTEGER
    WHEN 'flowed_out_in' THEN (flowed_out = 'met_in_target')::INTEGER
    WHEN 'callback_in' THEN (callback = 'met_in_target')::INTEGER
    ELSE 0 END;
CREATE MACRO age_seconds(now_ms, since_ms) AS
    if(since_ms IS NULL, NULL, greatest(0, now_ms - since_ms) / 1000.0::DOUBLE);
CREATE MACRO ratio(part, whole) AS if(whole > 0, part::DOUBLE / whole::DOUBLE, NULL);

-- Each visit beside the promise it began to wait under (`own_`), which it is read by (or left under, if it was over
-- before it began to wait, as a callback that is given up before it is due), and the one in force now,
-- which says how visits count and reads all of them by each of several targets. The wait ends at
-- `exit_ms`: where the own promise says so and it was not before the queue entry, when the agent accepted.
CREATE TABLE judged AS
SELECT v.*, own.target_ms AS own_target_ms, own.short_ms AS own_short_ms,
    now.* EXCLUDE (queue, channel, clock_stop), v.begun_ms + own.target_ms AS at_target_ms,
    if(own.clock_stop = 'accepted' AND v.accepted_ms BETWEEN v.queued_ms AND v.gone_ms, v.accepted_ms, v.gone_ms)
        AS exit_ms,
    if(exit_ms IS NULL, NULL, greatest(0, exit_ms - v.begun_ms)) AS wait_ms
FROM visit v
JOIN promise own ON own.queue = v.queue AND own.channel = v.channel
    AND if(v.gone_ms IS NULL, v.begun_ms, least(v.begun_ms, greatest(v.gone_ms, v.queued_ms)))
        BETWEEN own.from_ms AND own.until_ms - 1
JOIN promise_now now ON now.queue = v.queue AND now.channel = v.channel
WHERE v.queued_ms IS NOT NULL;

-- Each attempt to call back belongs to the queue that the contact entered last before it.
CREATE TABLE attempt AS
WITH entry AS (
    SELECT subject, at_ms, rank, a, b, place FROM event WHERE type IN ('visit.queued', 'callback.attempted'))
SELECT subject, at_ms,
    last_value(if(rank = 1, a, NULL) IGNORE NULLS) OVER before AS queue,
    last_value(if(rank = 1, b, NULL) IGNORE NULLS) OVER before AS channel, rank
FROM entry
WINDOW before AS (PARTITION BY subject ORDER BY place ROWS UNBOUNDED PRECEDING);

-- What the customer of an answered callback had waited since the entry that led to it, in this contact or another.
CREATE TABLE kept_promise AS
SELECT v.subject, v.queue, v.channel, v.exit_ms,
    greatest(0, v.exit_ms - coalesce(max_by(asked.queued_ms, (asked.queued_ms, asked.number)), v.asked_ms)) AS waited_ms
FROM judged v LEFT JOIN visit asked ON asked.subject = v.subject AND asked.reason = 'callback'
    AND asked.queued_ms <= v.queued_ms
WHERE v.channel = 'callback' AND v.outcome = 'answered'
GROUP BY v.subject, v.number, v.queue, v.channel, v.queued_ms, v.exit_ms, v.asked_ms
HAVING count(asked.queued_ms) > 0 OR v.asked_ms IS NOT NULL;

-- What is counted, where and when. `is_open`: known only by the clock, so it counts before now and not at it.
CREATE TABLE booking AS
WITH gone AS (
    SELECT *, standing(gone_as, wait_ms, own_target_ms, own_short_ms) AS stands FROM judged WHERE outcome IS NOT NULL),
level AS (
    SELECT subject, queue, channel, rule, flowed_out, callback, '' AS label, false AS is_open,
        CASE WHEN booked = 'offered' THEN queued_ms WHEN booked = 'exited' OR wait_ms <= own_target_ms THEN exit_ms
            ELSE at_target_ms END AS at_ms,
        if(booked = 'decided' AND wait_ms > own_target_ms, 'late', stands) AS stands
    FROM gone
    UNION ALL
    SELECT subject, queue, channel, rule, flowed_out, callback, '', true, at_target_ms, 'late'
    FROM judged WHERE outcome IS NULL AND booked = 'decided'
    UNION ALL
    SELECT subject, queue, channel, rule, flowed_out, callback, label, false,
        CASE WHEN booked = 'offered' THEN queued_ms WHEN booked = 'exited' OR wait_ms <= t.target_ms THEN exit_ms
            ELSE begun_ms + t.target_ms END,
        if(booked = 'decided' AND wait_ms > t.target_ms, 'late', standing(gone_as, wait_ms, t.target_ms, short_ms))
    FROM gone JOIN row_target t USING (queue, channel)
    UNION ALL
    SELECT subject, queue, channel, rule, flowed_out, callback, label, true, begun_ms + t.target_ms, 'late'
    FROM judged JOIN row_target t USING (queue, channel) WHERE outcome IS NULL AND booked = 'decided')
SELECT subject, queue, channel, queued_ms AS at_ms, 'offered' AS name, 1::HUGEINT AS amount, is_first, false AS is_open
FROM judged
UNION ALL SELECT subject, queue, channel, exit_ms, outcome, 1, is_first, false FROM gone
UNION ALL SELECT subject, queue, channel, exit_ms, 'answered_in_target', 1, is_first, false FROM gone
    WHERE stands = 'answered_in'
UNION ALL SELECT subject, queue, channel, exit_ms, 'short_abandoned', 1, is_first, false FROM gone
    WHERE stands = 'short'
UNION ALL SELECT subject, queue, channel, exit_ms, 'callbacks', 1, is_first, false FROM gone WHERE gone_as = 'callback'
UNION ALL SELECT subject, queue, channel, exit_ms, 'waited_ms', wait_ms, is_first, false FROM gone
    WHERE outcome = 'answered'
UNION ALL SELECT subject, queue, channel, exit_ms, unnest(['once_counts', 'once_met']),
    unnest([counts(s, d.rule, d.flowed_out, d.callback), met(s, d.rule, d.flowed_out, d.callback)]), is_first, false
    FROM (SELECT g.subject, g.queue, g.channel, g.exit_ms, g.is_first, d,
        standing(g.gone_as, g.wait_ms, d.target_ms, d.short_ms) AS s
        FROM gone g, (SELECT d.* FROM definition d, moment_now WHERE d.queue = '' AND d.channel = ''
            ORDER BY d.from_ms <= now_ms DESC, if(d.from_ms <= now_ms, -d.from_ms, d.from_ms) LIMIT 1) d
        WHERE g.is_first)
UNION ALL SELECT subject, queue, channel, exit_ms, unnest([r || '.counts', r || '.met']),
    unnest([counts(stands, r, 'exclude', 'exclude'), met(stands, r, 'exclude', 'exclude')]), is_first, false
    FROM gone, (VALUES ('count_abandons'), ('drop_short'), ('drop_in_target'), ('credit_short'),
        ('credit_in_target'), ('answered_only')) rules(r)
UNION ALL SELECT subject, queue, channel, exit_ms, unnest(['left.counts' || label, 'left.met' || label]),
    unnest([counts(s, rule, flowed_out, callback), met(s, rule, flowed_out, callback)]), NULL, false
    FROM (SELECT g.*, t.label, standing(gone_as, wait_ms, t.target_ms, short_ms) AS s
        FROM gone g JOIN row_target t USING (queue, channel))
UNION ALL SELECT subject, queue, channel, at_ms, unnest(['counts' || label, 'met' || label]),
    unnest([counts(stands, rule, flowed_out, callback), met(stands, rule, flowed_out, callback)]), NULL, is_open
    FROM level
UNION ALL SELECT subject, queue, channel, wrapped_up_ms,
    unnest(['handled', 'talk_ms', 'hold_ms', 'acw_ms']),
    unnest([1, leg_ms - held_ms, held_ms, greatest(0, wrapped_up_ms - talked_until_ms)]), NULL, false
    FROM (SELECT *, coalesce(ended_ms, wrapped_up_ms) AS talked_until_ms,
        greatest(0, talked_until_ms - connected_ms) AS leg_ms, least(hold_ms, leg_ms) AS held_ms
        FROM leg WHERE queued_ms IS NOT NULL AND wrapped_up_ms IS NOT NULL)
UNION ALL SELECT subject, queue, channel, ended_ms, 'transferred', 1, NULL, false FROM leg
    WHERE queued_ms IS NOT NULL AND transfer <> ''
UNION ALL SELECT subject, a, b, at_ms, 'blocked', 1, NULL, false FROM event WHERE type = 'visit.blocked'
UNION ALL SELECT subject, queue, channel, at_ms, 'attempts', 1, NULL, false FROM attempt
    WHERE rank = 14 AND queue IS NOT NULL
UNION ALL SELECT subject, queue, channel, exit_ms, unnest(['promised', 'promised_ms']), unnest([1, waited_ms]),
    NULL, false FROM kept_promise;

-- The rows that each line of the board sums, with its interval.
CREATE TABLE line AS
SELECT 'queue' AS scope, queue, channel, queue AS of_queue, channel AS of_channel, "window", to_ms, low_ms, high_ms
FROM row_span
UNION ALL
SELECT 'all', '', '', r.queue, r.channel, "window", to_ms, low_ms, high_ms FROM board_row r, centre_span
UNION ALL
SELECT scope, if(scope = 'queue', r.queue, ''), if(scope = 'queue', r.channel, ''), r.queue, r.channel, 'totals',
    9000000000000000, -9000000000000000, 9000000000000000
FROM board_row r, (VALUES ('queue'), ('all')) scopes(scope);

CREATE TABLE shown_line AS
SELECT DISTINCT scope, queue, channel, "window" FROM line
UNION SELECT 'all', '', '', "window" FROM centre_span
UNION SELECT 'all', '', '', 'totals';

CREATE TABLE summed AS
SELECT l.scope, l.queue, l.channel, l."window", b.name, sum(b.amount) AS amount,
    coalesce(sum(b.amount) FILTER (b.is_first), 0) AS once
FROM booking b JOIN line l ON l.of_queue = b.queue AND l.of_channel = b.channel
    AND b.at_ms >= l.low_ms AND b.at_ms < if(b.is_open, l.to_ms, l.high_ms)
GROUP BY ALL;

CREATE TABLE sheet AS
SELECT l.scope, l.queue, l.channel, l."window",
    coalesce(map_from_entries(list((s.name, s.amount)) FILTER (s.name IS NOT NULL)), MAP {}) AS amounts,
    coalesce(map_from_entries(list((s.name, s.once)) FILTER (s.name IS NOT NULL)), MAP {}) AS once
FROM shown_line l LEFT JOIN summed s USING (scope, queue, channel, "window")
GROUP BY ALL;
CREATE MACRO amount(amounts, name) AS coalesce(amounts[name], 0);

INSERT INTO figure
SELECT scope, queue, channel, "window", name, amount(amounts, name)
FROM sheet, (VALUES ('offered'), ('answered'), ('answered_in_target'), ('abandoned'), ('short_abandoned'),
    ('left'), ('handled'), ('blocked'), ('transferred'), ('callbacks'), ('attempts')) names(name);

INSERT INTO figure
SELECT scope, queue, channel, "window", unnest([
    worth('asa_seconds', ratio(amount(amounts, 'waited_ms'), 1000 * amount(amounts, 'answered'))),
    worth('aht_seconds', ratio(amount(amounts, 'talk_ms') + amount(amounts, 'hold_ms') + amount(amounts, 'acw_ms'),
        1000 * amount(amounts, 'handled'))),
    worth('promised_wait_seconds', ratio(amount(amounts, 'promised_ms'), 1000 * amount(amounts, 'promised')))
    ], recursive := true)
FROM sheet;

INSERT INTO figure
SELECT scope, queue, channel, 'totals', 'service_level.' || r,
    ratio(amount(amounts, r || '.met'), amount(amounts, r || '.counts'))
FROM sheet, (VALUES ('count_abandons'), ('drop_short'), ('drop_in_target'), ('credit_short'),
    ('credit_in_target'), ('answered_only')) rules(r)
WHERE "window" = 'totals';

-- Of windows also: the service level, how far it can be trusted (Wilson), and the parts of the handle time.
INSERT INTO figure
WITH level AS (
    SELECT s.*, amount(amounts, 'met') AS good, amount(amounts, 'counts') AS n,
        amount(amounts, 'abandoned') - amount(amounts, 'short_abandoned') AS stayed,
        1.959963984540054::DOUBLE * 1.959963984540054 / n AS spread, good::DOUBLE / n AS share,
        sqrt(share * (1 - share) * spread + spread * spread / 4) AS half,
        coalesce(p.min_contacts, (SELECT CAST(value AS BIGINT) FROM setting WHERE name = 'min_contacts')) AS least,
        coalesce(p.goal_millionths,
            (SELECT CAST(value AS BIGINT) FROM setting WHERE name = 'goal_millionths')) AS goal
    FROM sheet s LEFT JOIN promise_now p USING (queue, channel) WHERE "window" <> 'totals')
SELECT scope, queue, channel, "window", unnest([
    worth('service_level_ratio', ratio(good, n)),
    worth('service_level_counted', n),
    worth('enough', (n >= least)::INTEGER),
    worth('misses_left', if(n > 0, good * 1000000 // goal - n, NULL)),
    worth('service_level_low_ratio', if(n > 0, greatest(0, (share + spread / 2 - half) / (1 + spread)), NULL)),
    worth('service_level_high_ratio', if(n > 0, least(1, (share + spread / 2 + half) / (1 + spread)), NULL)),
    worth('abandoned_ratio', ratio(stayed, amount(amounts, 'answered') + stayed)),
    worth('talk_seconds', ratio(amount(amounts, 'talk_ms'), 1000 * amount(amounts, 'handled'))),
    worth('hold_seconds', ratio(amount(amounts, 'hold_ms'), 1000 * amount(amounts, 'handled'))),
    worth('acw_seconds', ratio(amount(amounts, 'acw_ms'), 1000 * amount(amounts, 'handled')))
    ], recursive := true)
FROM level;

INSERT INTO figure
SELECT 'queue', queue, channel, "window", 'service_level_by_target.' || label,
    ratio(amount(amounts, 'met' || label), amount(amounts, 'counts' || label))
FROM sheet JOIN row_target USING (queue, channel) WHERE scope = 'queue' AND "window" <> 'totals'
UNION ALL
SELECT 'queue', queue, channel, "window", 'service_level_by_target.' || label,
    ratio(amount(amounts, 'left.met' || label), amount(amounts, 'left.counts' || label))
FROM sheet JOIN row_target USING (queue, channel) WHERE scope = 'queue' AND "window" = 'totals';

-- Each contact once, by its first visit; by exits, and all by the default.
INSERT INTO figure
SELECT 'contacts', '', '', "window", unnest(['offered', 'answered', 'abandoned', 'left', 'service_level_ratio']),
    unnest([amount(once, 'offered'), amount(once, 'answered'), amount(once, 'abandoned'), amount(once, 'left'),
        ratio(amount(once, 'once_met'), amount(once, 'once_counts'))])
FROM sheet WHERE scope = 'all';

-- Percentiles of the waits of the answered, by nearest rank. A wait stands for the middle of its bucket: 64
-- buckets to each power of two, up to 127 ms each its own.
CREATE MACRO at_rank(sorted_ms, percent) AS sorted_ms[(len(sorted_ms) * percent + 99) // 100] / 1000.0::DOUBLE;
INSERT INTO figure
WITH wait AS (
    SELECT subject, queue, channel, exit_ms, greatest(0, length(bin(wait_ms)) - 7) AS shift, wait_ms
    FROM judged WHERE outcome = 'answered'),
middle AS (
    SELECT l.scope, l.queue, l.channel, l."window",
        (w.wait_ms >> w.shift << w.shift) + ((1::BIGINT << w.shift) >> 1) AS middle_ms
    FROM wait w JOIN line l ON l.of_queue = w.queue AND l.of_channel = w.channel
        AND w.exit_ms >= l.low_ms AND w.exit_ms < l.high_ms
    WHERE l."window" <> 'totals'),
sorted AS (
    SELECT scope, queue, channel, "window", list(middle_ms ORDER BY middle_ms) AS waits FROM middle GROUP BY ALL)
SELECT l.scope, l.queue, l.channel, l."window", unnest([
    worth('wait_p50_seconds', at_rank(waits, 50)),
    worth('wait_p90_seconds', at_rank(waits, 90)),
    worth('wait_p95_seconds', at_rank(waits, 95))
    ], recursive := true)
FROM shown_line l LEFT JOIN sorted s USING (scope, queue, channel, "window")
WHERE l."window" <> 'totals';

INSERT INTO figure
SELECT 'queue', queue, channel, "window", unnest(['from_ms', 'to_ms']), unnest([from_ms, to_ms]) FROM row_span
UNION ALL SELECT 'all', '', '', "window", unnest(['from_ms', 'to_ms']), unnest([from_ms, to_ms]) FROM centre_span;

-- What is true now. Whoever is in one state for longer than the channel allows is stuck.
CREATE TABLE present AS
SELECT v.subject, v.queue, v.channel, v.outcome IS NULL AS waits,
    if(v.outcome IS NULL, v.begun_ms, v.talks_since_ms) AS since_ms,
    coalesce(g.after_ms, 0) > 0 AND since_ms < now_ms - g.after_ms AS is_stuck,
    v.outcome IS NULL AND v.channel = 'callback' AND v.begun_ms > now_ms AS is_scheduled,
    v.at_target_ms < now_ms AS is_over
FROM judged v LEFT JOIN stuck g USING (channel), moment_now
WHERE v.outcome IS NULL OR v.talks_since_ms IS NOT NULL;

INSERT INTO figure
WITH line AS (
    SELECT 'queue' AS scope, queue, channel, queue AS of_queue, channel AS of_channel FROM board_row
    UNION ALL SELECT 'all', '', '', queue, channel FROM board_row
    UNION ALL SELECT 'all', '', '', NULL, NULL),
counted AS (
    SELECT l.scope, l.queue, l.channel,
        count(*) FILTER (waits AND NOT is_stuck AND NOT is_scheduled) AS waiting,
        count(*) FILTER (waits AND NOT is_stuck AND NOT is_scheduled AND is_over) AS over,
        min(since_ms) FILTER (waits AND NOT is_stuck AND NOT is_scheduled) AS oldest_ms,
        count(*) FILTER (NOT waits AND NOT is_stuck) AS active,
        min(since_ms) FILTER (NOT waits AND NOT is_stuck) AS longest_ms,
        sum(greatest(0, now_ms - since_ms)) FILTER (NOT waits AND NOT is_stuck) AS talked_ms,
        count(*) FILTER (waits AND is_scheduled) AS scheduled, count(*) FILTER (is_stuck) AS stuck,
        count(*) FILTER (waits) AS open, any_value(now_ms) AS now_ms
    FROM line l LEFT JOIN present p ON p.queue = l.of_queue AND p.channel = l.of_channel, moment_now
    GROUP BY ALL)
SELECT c.scope, c.queue, c.channel, 'now', unnest([
    worth('waiting', waiting),
    worth('waiting_over_target', over),
    worth('longest_wait_seconds', age_seconds(now_ms, oldest_ms)),
    worth('active', active),
    worth('longest_talk_seconds', age_seconds(now_ms, longest_ms)),
    worth('mean_talk_seconds', ratio(talked_ms, 1000 * active)),
    worth('scheduled', scheduled),
    worth('stuck', stuck),
    worth('reconciliation_difference', amount(amounts, 'offered') - amount(amounts, 'answered') - amount(amounts, 'abandoned')
        - amount(amounts, 'left') - open)
    ], recursive := true)
FROM counted c JOIN sheet s ON s.scope = c.scope AND s.queue = c.queue AND s.channel = c.channel
    AND s."window" = 'totals';

-- How far the log has been read: the newest event, and the share of partitions that reach a window's end, by
-- their newest event or a heartbeat that was put into them behind it.
CREATE TABLE watermark AS SELECT topic, partition, max(at_ms) AS at_ms FROM accepted WHERE "offset" >= 0 GROUP BY ALL;

INSERT INTO figure
SELECT 'board', '', '', '', unnest(['watermark_ms', 'age_seconds']),
    unnest([max(at_ms), age_seconds(any_value(now_ms), max(at_ms))])
FROM watermark, moment_now;

CREATE TABLE read_until AS
SELECT w.topic, w.partition, greatest(any_value(w.at_ms), max(h.at_ms)) AS at_ms
FROM watermark w LEFT JOIN beat h USING (topic, partition)
GROUP BY ALL;

INSERT INTO figure
SELECT scope, queue, channel, "window", 'completeness_ratio',
    (SELECT ratio(count(*) FILTER (w.at_ms >= if(has_passed, to_ms, now_ms - 60000)), count(*)) FROM read_until w)
FROM (SELECT 'queue' AS scope, queue, channel, "window", has_passed, to_ms FROM row_span
    UNION ALL SELECT 'all', '', '', "window", has_passed, to_ms FROM centre_span), moment_now;
