-- The records that [limits] refused, and why: recomputed from names, or read from dead letters.

CREATE TABLE refused AS
SELECT topic, partition, "offset", min(kind) AS kind, false AS from_dead_letters
FROM naming n JOIN crowded USING (topic, partition)
WHERE NOT EXISTS (FROM let_in l
    WHERE (l.topic, l.partition, l.name) = (n.topic, n.partition, n.kind || chr(9) || n.name))
GROUP BY topic, partition, "offset";

-- How many contacts were open is taken from the dead letters: counting them would need a recomputation for each
-- record. A dead letter that follows fewer contacts than the limit is not believed. Of names, only where the log has lost those
-- that came first.
INSERT INTO refused
WITH first AS (
    SELECT topic, partition, subject, min("offset") AS "offset" FROM decoded d
    WHERE entity = 'contact' AND NOT EXISTS (FROM refused r
        WHERE (r.topic, r.partition, r."offset") = (d.topic, d.partition, d."offset"))
        AND NOT EXISTS (FROM letter l WHERE (l.topic, l.partition, l."offset") = (d.topic, d.partition, d."offset"))
    GROUP BY ALL),
numbered AS (
    SELECT *, row_number() OVER (PARTITION BY topic, partition ORDER BY "offset") AS contacts FROM first),
believed AS (
    SELECT l.topic, l.partition, l."offset", l.kind
    FROM letter l ASOF LEFT JOIN numbered n
        ON n.topic = l.topic AND n.partition = l.partition AND n."offset" < l."offset"
    WHERE NOT (SELECT is_whole FROM log_begins)
        OR l.kind = 'open_contacts' AND n.contacts >= (SELECT most FROM bound WHERE kind = 'open_contacts'))
SELECT topic, partition, "offset", min(kind), true FROM believed
JOIN decoded USING (topic, partition, "offset") ANTI JOIN refused USING (topic, partition, "offset") GROUP BY ALL;
