-- Late corrections, at most: facts more than a minute behind the newest event before them in their partition. A
-- worker measures from where its batch began, which is never newer, and the log does not tell how batches were cut.

CREATE TABLE late AS
WITH marked AS (
    SELECT *, max(at_ms) OVER (PARTITION BY topic, partition ORDER BY "offset"
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS newest_ms
    FROM accepted WHERE "offset" >= 0),
told_first AS (
    FROM marked WHERE entity = 'contact'
    QUALIFY row_number() OVER (PARTITION BY topic, partition, subject, uid, at_ms, rank, number, a, b, c
        ORDER BY "offset") = 1)
SELECT subject, at_ms FROM told_first WHERE at_ms < newest_ms - 60000;

-- It counts for the queue that the contact entered first, as known then: for any that was ever named.
CREATE TABLE late_in AS
WITH named AS (
    SELECT subject, a AS queue, b AS channel FROM accepted WHERE type IN ('visit.queued', 'visit.blocked')
    UNION SELECT subject, other_a, other_b FROM accepted WHERE other_type IN ('visit.queued', 'visit.blocked'))
SELECT queue, channel, at_ms FROM late JOIN named USING (subject)
UNION ALL SELECT '', '', at_ms FROM late SEMI JOIN named USING (subject);

INSERT INTO figure
SELECT scope, s.queue, s.channel, "window", 'late_corrections', count(l.at_ms)
FROM (SELECT 'queue' AS scope, queue, channel, "window", low_ms, high_ms FROM row_span
    UNION ALL SELECT 'all', '', '', "window", low_ms, high_ms FROM centre_span) s
LEFT JOIN late_in l ON l.queue = s.queue AND l.channel = s.channel AND l.at_ms >= low_ms AND l.at_ms < high_ms
GROUP BY ALL;
