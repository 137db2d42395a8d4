-- The figures of messages, from the accepted events: each reply looks back at what was before it.
--
-- Reads event, visit, stretch, board_row, setting and moment_now; fills figure and not_audited. A contact is
-- cut into lives: one is over when the contact has ended or its last open queue was abandoned, and the next
-- begins with a start, a queue entry or a message of the customer after that.

CREATE TABLE talk_point AS
WITH written AS (SELECT DISTINCT subject FROM event WHERE type = 'message.sent'),
happened AS (
    SELECT subject, at_ms, rank, uid, 0 AS visit,
        CASE type WHEN 'contact.started' THEN 'started' WHEN 'contact.ended' THEN 'ended' ELSE b END AS what,
        '' AS queue, '' AS channel
    FROM event WHERE type IN ('contact.started', 'contact.ended', 'message.sent')
    UNION ALL
    SELECT subject, queued_ms, 1, '', number, 'queued', queue, channel FROM visit WHERE queued_ms IS NOT NULL
    UNION ALL
    SELECT subject, greatest(queued_ms, exit_ms), CASE outcome WHEN 'abandoned' THEN 5 ELSE 6 END, '', number,
           CASE outcome WHEN 'abandoned' THEN 'gave_up' ELSE 'let_go' END, queue, channel
    FROM visit WHERE queued_ms IS NOT NULL AND outcome IN ('abandoned', 'left')
    UNION ALL
    SELECT subject, greatest(queued_ms, coalesce(ended_ms, wrapped_up_ms)), 9, '', number, 'let_go', queue, channel
    FROM visit
    WHERE queued_ms IS NOT NULL AND outcome = 'answered' AND coalesce(ended_ms, wrapped_up_ms) IS NOT NULL
),
placed AS (
    SELECT *, row_number() OVER (PARTITION BY subject ORDER BY at_ms, rank, uid, visit) AS place
    FROM happened JOIN written USING (subject)
)
-- `entered`, `gone`: where the visit of a point began and ended.
SELECT *,
       CASE WHEN visit > 0 THEN min(place) OVER of_visit END AS entered,
       CASE WHEN visit > 0 THEN max(place) FILTER (WHERE what <> 'queued') OVER of_visit END AS gone
FROM placed
WINDOW of_visit AS (PARTITION BY subject, visit);

-- Where a life that began at a place is over, and where the contact is then opened again.

CREATE TABLE talk_end AS
-- Who gave up ends a life unless it began after that entry, or another visit that began in it was still held.
SELECT g.subject, g.place, g.entered AS latest, coalesce(max(o.place), 0) AS not_before
FROM talk_point g
LEFT JOIN talk_point o
    ON o.subject = g.subject AND o.what = 'queued' AND o.visit <> g.visit AND o.place < g.place
   AND (o.gone IS NULL OR o.gone > g.place)
WHERE g.what = 'gave_up' GROUP BY ALL
UNION ALL
SELECT subject, place, place, 0 FROM talk_point WHERE what = 'ended';

CREATE TABLE talk_life AS
WITH RECURSIVE
opening AS (
    SELECT subject, 1 AS low FROM talk_point GROUP BY subject
    UNION SELECT subject, place FROM talk_point WHERE what IN ('started', 'queued', 'customer')
),
reach AS (
    SELECT subject, low, min(place) AS over
    FROM opening JOIN talk_end USING (subject) WHERE not_before < low AND low <= latest GROUP BY ALL
),
following AS (
    SELECT r.subject, r.low, over, min(o.low) AS high
    FROM reach r LEFT JOIN opening o ON o.subject = r.subject AND o.low > over AND o.low > 1 GROUP BY ALL
),
life AS (
    SELECT subject, 1 AS low FROM talk_point GROUP BY subject
    UNION ALL
    SELECT subject, high FROM life JOIN following USING (subject, low) WHERE high IS NOT NULL
)
SELECT subject, low, over, high FROM life LEFT JOIN following USING (subject, low);

-- Every point of every life, with what ran before it. `turn`: since a person's last message; `held`: how many
-- visits that began in this life are with people; `unheld`: a bot that wrote while none was.

CREATE TABLE talk_step AS
WITH lived AS (
    SELECT p.*, l.low, l.over, l.high FROM talk_point p ASOF JOIN talk_life l
        ON p.subject = l.subject AND p.place >= l.low
),
run AS (
    SELECT *,
           coalesce(sum(CASE WHEN what = 'queued' THEN 1 WHEN what IN ('let_go', 'gave_up') AND entered >= low THEN -1
                             ELSE 0 END) OVER before, 0) AS held,
           coalesce(count(*) FILTER (WHERE what = 'agent') OVER before, 0) AS turn,
           coalesce(count(*) FILTER (WHERE what IN ('agent', 'queued')) OVER before, 0) AS stint,
           coalesce(count(*) FILTER (WHERE what IN ('agent', 'bot')) OVER before, 0) AS word
    FROM lived
    WINDOW before AS (PARTITION BY subject, low ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
bots AS (SELECT *, what = 'bot' AND held = 0 AS unheld FROM run)
SELECT *,
       what = 'queued' AND coalesce(bool_or(unheld) OVER (
           PARTITION BY subject, low, stint ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
       ), false) AS hand_off
FROM bots;

-- Since when a person was waited for in each turn: a message that no bot has answered, or else a hand-off
-- after one that a bot has; and since when the first answer of a life was.

CREATE TABLE talk_turn AS
WITH marked AS (
    SELECT subject, low, turn,
           min(place) FILTER (WHERE what = 'customer') AS asked,
           coalesce(max(place) FILTER (WHERE unheld), 0) AS bot,
           max(at_ms) FILTER (WHERE hand_off) AS handed_ms,
           min(at_ms) FILTER (WHERE what = 'customer' OR (turn = 0 AND what IN ('started', 'queued'))) AS began_ms,
           max(place) FILTER (WHERE what = 'agent') AS answer
    FROM talk_step GROUP BY ALL
),
waited AS (
    SELECT m.subject, m.low, m.turn, min(at_ms) AS next_ms
    FROM marked m JOIN talk_step s ON s.subject = m.subject AND s.low = m.low AND s.turn = m.turn
    WHERE s.place > bot AND (what = 'customer' OR (hand_off AND s.place > asked)) GROUP BY ALL
)
SELECT *, coalesce(handed_ms, began_ms) AS first_ms,
       asked IS NOT NULL AND turn = min(turn) FILTER (WHERE asked IS NOT NULL) OVER (PARTITION BY subject, low) AS is_first
FROM marked LEFT JOIN waited USING (subject, low, turn);

-- Where each place of a contact is booked: the visit entered last, before any the first to be entered in its life.

CREATE TABLE talk_queue AS
SELECT subject, low, place, what, at_ms, turn, word,
       coalesce(last_value(entry IGNORE NULLS) OVER until, first_value(entry IGNORE NULLS) OVER after) AS queue
FROM (SELECT *, CASE WHEN what = 'queued' THEN struct_pack(queue := queue, channel := channel) END AS entry
      FROM talk_step)
WINDOW until AS (PARTITION BY subject ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
       after AS (PARTITION BY subject, low ORDER BY place ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING);

CREATE TABLE reply AS
WITH any_since AS (
    SELECT subject, low, word, min(at_ms) AS any_ms FROM talk_step WHERE what = 'customer' GROUP BY ALL
)
SELECT subject, queue.queue AS queue, queue.channel AS channel, at_ms,
       CASE WHEN what = 'agent' AND is_first THEN at_ms - first_ms END AS first_wait_ms,
       CASE WHEN what = 'agent' THEN at_ms - next_ms END AS wait_ms,
       at_ms - any_ms AS any_wait_ms
FROM talk_queue LEFT JOIN talk_turn USING (subject, low, turn) LEFT JOIN any_since USING (subject, low, word)
WHERE what IN ('agent', 'bot') AND queue IS NOT NULL;

CREATE TABLE unanswered AS
WITH last AS (SELECT * FROM talk_queue QUALIFY row_number() OVER (PARTITION BY subject ORDER BY place DESC) = 1)
SELECT last.subject, queue.queue AS queue, queue.channel AS channel, next_ms AS since_ms
FROM last JOIN talk_life l USING (subject, low)
JOIN talk_turn t ON t.subject = last.subject AND t.low = last.low
    AND t.turn = last.turn + CAST(what = 'agent' AS INTEGER)
WHERE l.over IS NULL AND next_ms IS NOT NULL AND queue IS NOT NULL;

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
SELECT scope, queue, channel, "window",
    unnest(['first_response_seconds', 'response_seconds', 'response_with_bots_seconds',
        'first_response_p90_seconds']),
    unnest([ratio(first_ms, 1000 * first_n), ratio(ms, 1000 * n), ratio(any_ms, 1000 * any_n),
        ((p90_ms >> shift << shift) + ((1::BIGINT << shift) >> 1)) / 1000.0::DOUBLE])
FROM summed;

INSERT INTO figure
WITH line AS (
    SELECT 'queue' AS scope, queue, channel, since_ms FROM board_row LEFT JOIN unanswered USING (queue, channel)
    UNION ALL SELECT 'all', '', '', since_ms FROM unanswered
    UNION ALL SELECT 'all', '', '', NULL),
counted AS (
    SELECT scope, queue, channel, count(since_ms) AS n, min(since_ms) AS oldest_ms FROM line GROUP BY ALL)
SELECT scope, queue, channel, 'now', unnest(['unanswered', 'oldest_unanswered_seconds']),
    unnest([n, age_seconds(now_ms, oldest_ms)])
FROM counted, moment_now;
