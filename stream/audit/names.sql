-- What [limits] refuses, by names: docs/adr/0022. Who comes first is let in, so the order of a partition decides;
-- `limits.py` goes through it where a partition tells more names than it may hold.

-- Every name that an event would give cells of its own. What a correction says instead names what it would.
CREATE VIEW naming AS
WITH said AS (
    SELECT topic, partition, "offset", type, a, b, c, subject FROM decoded
    UNION ALL
    SELECT topic, partition, "offset", other_type, other_a, other_b, other_c, '' FROM decoded
    WHERE type = 'event.corrected'),
by_agent AS (
    SELECT * FROM said WHERE type IN ('offer.made', 'offer.declined', 'visit.answered') OR type LIKE 'leg.%'),
named AS (
    SELECT topic, partition, "offset", 'queues' AS kind, a || chr(9) || b AS name FROM said
    WHERE type IN ('visit.queued', 'visit.blocked')
    UNION ALL SELECT topic, partition, "offset", 'teams', c FROM by_agent
    UNION ALL SELECT topic, partition, "offset", 'agents', a FROM by_agent
    WHERE EXISTS (SELECT 1 FROM setting WHERE name = 'by_agent' AND value = 'true')
    UNION ALL SELECT topic, partition, "offset", unnest(['teams', 'reasons', 'agents']),
        unnest([b, split_part(c, chr(9), 1), subject])
    FROM said WHERE type = 'agent.state'
    UNION ALL SELECT topic, partition, "offset", 'teams', split_part(c, chr(9), 1) FROM said
    WHERE type = 'schedule.published')
SELECT * FROM named n
WHERE name <> '' AND NOT EXISTS (SELECT 1 FROM always_let_in a WHERE (a.kind, a.name) = (n.kind, n.name));

CREATE TABLE crowded AS
SELECT DISTINCT topic, partition FROM (
    SELECT topic, partition, kind, any_value(most) AS most, count(DISTINCT name) AS names
    FROM naming JOIN bound USING (kind) GROUP BY ALL), log_begins
WHERE names > most AND is_whole;

-- The names that crowded partitions received in one record, in the order in which each set came first.
CREATE TABLE named_together AS
SELECT topic, partition, min("offset") AS first, names FROM (
    SELECT topic, partition, "offset", list_sort(list(kind || chr(9) || name)) AS names
    FROM naming JOIN crowded USING (topic, partition) GROUP BY ALL)
GROUP BY ALL;
