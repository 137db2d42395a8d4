-- The events that count, each at its place among those of its contact or agent.

CREATE TABLE event AS
SELECT e.*, coalesce(p.place, row_number() OVER (PARTITION BY e.entity, e.subject ORDER BY at_ms, rank, e.uid)) AS place
FROM in_force e LEFT JOIN placed p USING (entity, subject, uid);
