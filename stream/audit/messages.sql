-- Figures of messages: each reply looks back at what was before it. Definitions: docs/definitions.md (replies
-- to messages); docs/adr/0016 (what ends a contact).

-- What happens in a conversation, in order. Of a visit: its entry, and the end of the visit or its leg.
CREATE TABLE talk_point AS
WITH happened AS (
    SELECT subject, at_ms, place AS at_place, 0 AS nth, rank, NULL AS visit, '' AS queue, '' AS channel,
        CASE type WHEN 'message.sent' THEN b WHEN 'contact.linked' THEN 'ended' ELSE split_part(type, '.', 2) END AS what
    FROM event WHERE type IN ('contact.started', 'contact.ended', 'message.sent')
        OR type = 'contact.linked' AND b = 'merged'
    UNION ALL SELECT subject, queued_ms, entry_place, 1, 1, number, queue, channel, 'queued'
    FROM visit WHERE queued_ms IS NOT NULL
    UNION ALL SELECT v.subject, v.over_ms,
        greatest(v.over_place, coalesce(max(e.entry_place), 0)), 2,
        CASE v.outcome WHEN 'abandoned' THEN 5 WHEN 'left' THEN 6 ELSE 9 END, v.number, '', '',
        if(v.outcome = 'abandoned', 'gave_up', 'let_go')
    FROM (SELECT * REPLACE (greatest(queued_ms, over_ms) AS over_ms) FROM visit
        WHERE queued_ms IS NOT NULL AND over_ms IS NOT NULL) v
    LEFT JOIN visit e ON e.subject = v.subject AND e.queued_ms = v.over_ms
    GROUP BY v.subject, v.number, v.over_ms, v.over_place, v.outcome),
placed AS (
    SELECT *, row_number() OVER (PARTITION BY subject ORDER BY at_ms, at_place, nth, rank, visit) AS place
    FROM happened WHERE subject IN (SELECT subject FROM event WHERE type = 'message.sent'))
SELECT * EXCLUDE (at_place, nth), if(visit IS NULL, NULL, min(place) FILTER (what = 'queued') OVER own) AS entered,
    if(visit IS NULL, NULL, max(place) FILTER (what <> 'queued') OVER own) AS gone
FROM placed WINDOW own AS (PARTITION BY subject, visit);

-- What ends a life of a contact that began after `not_before`, up to `latest`: its end; or the last who held it
-- gave up, where that visit and no other that is still held began in this life.
CREATE TABLE talk_end AS
SELECT subject, place, 0 AS not_before, place AS latest FROM talk_point WHERE what = 'ended'
UNION ALL
SELECT g.subject, g.place, coalesce(max(o.place), 0), g.entered
FROM talk_point g LEFT JOIN talk_point o ON o.subject = g.subject AND o.what = 'queued' AND o.visit <> g.visit
    AND o.place < g.place AND (o.gone IS NULL OR o.gone > g.place)
WHERE g.what = 'gave_up' GROUP BY g.subject, g.place, g.entered;

-- The lives of a contact: from `low` on, over at `over`, opened again at `high`, where the next one begins.
CREATE TABLE talk_life AS
WITH RECURSIVE opening AS (
    SELECT subject, 1 AS low FROM talk_point
    UNION SELECT subject, place FROM talk_point WHERE what IN ('started', 'queued', 'customer')),
reach AS (
    SELECT subject, low, min(place) AS over
    FROM opening JOIN talk_end USING (subject) WHERE not_before < low AND low <= latest GROUP BY ALL),
following AS (
    SELECT r.subject, r.low, over, min(o.low) AS high
    FROM reach r LEFT JOIN opening o ON o.subject = r.subject AND o.low > over GROUP BY ALL),
life AS (
    SELECT DISTINCT subject, 1 AS low FROM talk_point
    UNION ALL SELECT subject, high FROM life JOIN following USING (subject, low) WHERE high IS NOT NULL)
SELECT subject, low, over, high FROM life LEFT JOIN following USING (subject, low);

-- `turn`, `word`: how often a person, or anybody, has replied in this life. An entry to a queue is a hand-off if
-- a bot wrote before it while no visit that began in this life was held, with no person or entry between.
CREATE TABLE talk_step AS
WITH run AS (
    SELECT p.* EXCLUDE (rank, gone), low,
        sum(CASE WHEN what = 'queued' THEN 1 WHEN what IN ('let_go', 'gave_up') AND entered >= low THEN -1 ELSE 0 END)
            OVER before AS held,
        count(*) FILTER (what = 'agent') OVER before AS turn,
        count(*) FILTER (what IN ('agent', 'bot')) OVER before AS word,
        count(*) FILTER (what IN ('agent', 'queued')) OVER before AS stint
    FROM talk_point p ASOF JOIN talk_life l ON p.subject = l.subject AND p.place >= l.low
    WINDOW before AS (PARTITION BY p.subject, low ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)),
bots AS (SELECT *, what = 'bot' AND coalesce(held, 0) = 0 AS is_unheld FROM run)
SELECT *, what = 'queued' AND coalesce(bool_or(is_unheld) OVER stint, false) AS is_hand_off
FROM bots
WINDOW stint AS (
    PARTITION BY subject, low, stint ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING);

-- Since when a person is waited for in a turn: the first message that no unheld bot has answered, or a hand-off
-- of who had asked; and since when for the first time: the latest hand-off, else the beginning of the life, or
-- in a later turn, after an unasked message of a person, what the customer writes.
CREATE TABLE talk_turn AS
WITH marked AS (
    SELECT subject, low, turn, min(place) FILTER (what = 'customer') AS asked,
        coalesce(max(place) FILTER (is_unheld), 0) AS bot, max(at_ms) FILTER (is_hand_off) AS handed_ms,
        min(at_ms) FILTER (what = 'customer' OR turn = 0 AND what IN ('started', 'queued')) AS began_ms
    FROM talk_step GROUP BY ALL),
waited AS (
    SELECT subject, low, turn, min(at_ms) AS next_ms
    FROM marked JOIN talk_step USING (subject, low, turn)
    WHERE place > bot AND (what = 'customer' OR is_hand_off AND place > asked) GROUP BY ALL)
SELECT subject, low, turn, next_ms, if(
    turn = min(turn) FILTER (asked IS NOT NULL) OVER (PARTITION BY subject, low),
    coalesce(handed_ms, began_ms), NULL) AS first_ms
FROM marked LEFT JOIN waited USING (subject, low, turn);

-- What happens is booked on the queue entered last, or before any on the first to be entered in that life.
CREATE TABLE talk_queue AS
SELECT * EXCLUDE (queue, channel, entry), coalesce(last_value(entry IGNORE NULLS) OVER until,
    first_value(entry IGNORE NULLS) OVER after) AS booked
FROM (SELECT *, if(what = 'queued', {'queue': queue, 'channel': channel}, NULL) AS entry FROM talk_step)
WINDOW until AS (PARTITION BY subject ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
    after AS (PARTITION BY subject, low ORDER BY place ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING);

-- The ms that each message has let the customer wait: for the first time, for a person, for anybody.
CREATE TABLE reply AS
WITH asked AS (
    SELECT subject, low, word, min(at_ms) AS any_ms FROM talk_step WHERE what = 'customer' GROUP BY ALL)
SELECT subject, booked.queue AS queue, booked.channel AS channel, at_ms,
    if(what = 'agent', at_ms - first_ms, NULL) AS first_wait_ms, if(what = 'agent', at_ms - next_ms, NULL) AS wait_ms,
    at_ms - any_ms AS any_wait_ms
FROM talk_queue LEFT JOIN talk_turn USING (subject, low, turn) LEFT JOIN asked USING (subject, low, word)
WHERE what IN ('agent', 'bot') AND booked IS NOT NULL;

-- Who waits for a person to write, in a contact that is not over.
CREATE TABLE unanswered AS
WITH last AS (
    SELECT *, turn + if(what = 'agent', 1, 0) AS turn_now FROM talk_queue
    QUALIFY row_number() OVER (PARTITION BY subject ORDER BY place DESC) = 1)
SELECT subject, booked.queue AS queue, booked.channel AS channel, t.next_ms AS since_ms
FROM last JOIN talk_life USING (subject, low) JOIN talk_turn t USING (subject, low)
WHERE t.turn = turn_now AND over IS NULL AND t.next_ms IS NOT NULL AND booked IS NOT NULL;

-- The figures. A first response stands for the middle of its bucket, see contacts.sql (docs/adr/0009).
INSERT INTO figure
WITH seen AS (
    SELECT 'queue' AS scope, w.queue, w.channel, w."window", first_wait_ms, wait_ms, any_wait_ms
    FROM row_span w LEFT JOIN reply r
        ON r.queue = w.queue AND r.channel = w.channel AND at_ms >= low_ms AND at_ms < high_ms
    UNION ALL
    SELECT 'all', '', '', w."window", first_wait_ms, wait_ms, any_wait_ms
    FROM centre_span w LEFT JOIN reply ON at_ms >= low_ms AND at_ms < high_ms),
summed AS (
    SELECT scope, queue, channel, "window",
        sum(first_wait_ms) AS first_ms, count(first_wait_ms) AS first_n, sum(wait_ms) AS ms, count(wait_ms) AS n,
        sum(any_wait_ms) AS any_ms, count(any_wait_ms) AS any_n,
        (list(first_wait_ms ORDER BY first_wait_ms) FILTER (first_wait_ms IS NOT NULL))[
            (count(first_wait_ms) * 90 + 99) // 100] AS p90_ms,
        greatest(0, length(bin(p90_ms)) - 7) AS shift
    FROM seen GROUP BY ALL)
SELECT scope, queue, channel, "window", unnest([
    worth('first_response_seconds', ratio(first_ms, 1000 * first_n)),
    worth('response_seconds', ratio(ms, 1000 * n)),
    worth('response_with_bots_seconds', ratio(any_ms, 1000 * any_n)),
    worth('first_response_p90_seconds', ((p90_ms >> shift << shift) + ((1::BIGINT << shift) >> 1)) / 1000.0::DOUBLE)
    ], recursive := true)
FROM summed;

INSERT INTO figure
WITH line AS (
    SELECT 'queue' AS scope, queue, channel, since_ms FROM board_row LEFT JOIN unanswered USING (queue, channel)
    UNION ALL SELECT 'all', '', '', since_ms FROM unanswered
    UNION ALL SELECT 'all', '', '', NULL),
counted AS (
    SELECT scope, queue, channel, count(since_ms) AS n, min(since_ms) AS oldest_ms FROM line GROUP BY ALL)
SELECT scope, queue, channel, 'now', unnest([
    worth('unanswered', n),
    worth('oldest_unanswered_seconds', age_seconds(now_ms, oldest_ms))
    ], recursive := true)
FROM counted, moment_now;
