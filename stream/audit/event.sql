-- The events that count: in time, within limits, without duplicates, corrected and retracted.
-- Definitions: docs/adr/0011 (what is refused for its time), docs/adr/0016.

-- In time: not further behind the newest event before it in its partition than is kept (docs/adr/0011). What was
-- refused as too many is as if it had never come (docs/adr/0022).
CREATE TABLE timely AS
WITH marked AS (
    SELECT *, max(at_ms) FILTER ("offset" >= 0) OVER (PARTITION BY topic, partition ORDER BY "offset"
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS newest_ms
    FROM decoded ANTI JOIN refused USING (topic, partition, "offset"))
SELECT * EXCLUDE (newest_ms) FROM marked
WHERE at_ms >= coalesce(newest_ms, 0) - (
    SELECT CAST(value AS BIGINT) FROM setting
    WHERE name = CASE marked.entity WHEN 'contact' THEN 'contacts_ms' ELSE 'agents_ms' END);

-- Of one contact, no more identities than [limits] has, the first to come: docs/adr/0022.
INSERT INTO refused
WITH first AS (
    SELECT topic, partition, subject, uid, min("offset") AS "offset" FROM timely WHERE entity = 'contact' GROUP BY ALL),
numbered AS (
    SELECT *, row_number() OVER (PARTITION BY topic, partition, subject ORDER BY "offset") AS nth FROM first)
SELECT DISTINCT topic, partition, t."offset", 'contact_facts', false
FROM numbered n JOIN bound b ON b.kind = 'contact_facts' AND nth > b.most
JOIN timely t USING (topic, partition, subject, uid);

CREATE TABLE accepted AS
SELECT * FROM timely ANTI JOIN (FROM refused WHERE kind = 'contact_facts') USING (topic, partition, "offset");

-- Of duplicates, which share an identity, the greater content counts. A heartbeat has no content: it says only that
-- its source is alive, so nothing retracts it and nothing is corrected to it (docs/adr/0014).
CREATE TABLE fact AS
SELECT * FROM accepted WHERE type <> 'agent.heartbeat'
QUALIFY row_number() OVER (PARTITION BY entity, subject, uid
    ORDER BY at_ms DESC, rank DESC, number DESC, a DESC, b DESC, c DESC, sequence DESC, "offset") = 1;

-- The latest correction or retraction of an event counts, whether the event itself ever came or not.
CREATE TABLE in_force AS
WITH remark AS (
    SELECT * FROM fact WHERE type LIKE 'event.%'
    QUALIFY row_number() OVER (PARTITION BY entity, subject, a
        ORDER BY at_ms DESC, sequence DESC, rank DESC, number DESC, a DESC, b DESC, c DESC, uid DESC) = 1)
SELECT topic, partition, "offset", source, id, type, at_ms, received_ms, subject,
    rank, entity, uid, number, a, b, c, sequence
FROM fact f
WHERE type NOT LIKE 'event.%' AND NOT EXISTS (
    SELECT 1 FROM remark r WHERE r.entity = f.entity AND r.subject = f.subject AND r.a = f.uid)
UNION ALL
SELECT topic, partition, "offset", source, substr(a, strpos(a, chr(9)) + 1), other_type, other_at_ms,
    received_ms, subject, other_rank, entity, a, other_number, other_a, other_b, other_c, other_sequence
FROM remark WHERE type = 'event.corrected';

-- The subjects whose events the grammar puts in order (docs/adr/0027): events of one instant, or of several sources
-- within a second. `ordering.py` fills `placed`.
CREATE VIEW unordered AS
WITH near AS (
    SELECT entity, subject, at_ms - lag(at_ms) OVER by_subject AS gap_ms, source <> lag(source) OVER by_subject AS is_another
    FROM in_force WINDOW by_subject AS (PARTITION BY entity, subject ORDER BY at_ms))
SELECT DISTINCT entity, subject FROM near WHERE gap_ms = 0 OR gap_ms < 1000 AND is_another;

CREATE TABLE placed (entity VARCHAR, subject VARCHAR, uid VARCHAR, place BIGINT);
