-- Visits: one contact's stay in one queue, and the leg that followed. Definition: docs/adr/0016.

-- What becomes of a visit, in the order in which it is read.
CREATE TABLE step AS
SELECT subject, at_ms, rank, number, a, b, c,
    row_number() OVER (PARTITION BY subject ORDER BY at_ms, rank, uid) AS place
FROM event WHERE entity = 'contact' AND rank IN (1, 4, 5, 6, 7, 8, 9, 10);

-- Contacts of several visits in which some step names none have to be read step by step.
CREATE TABLE story AS
SELECT subject, list({'at_ms': at_ms, 'rank': rank, 'number': number, 'agent': a} ORDER BY place) AS steps
FROM step GROUP BY subject
HAVING min(number) = 0 AND (max(number) > 0 OR count(*) FILTER (rank = 1) > 1);

-- One step is taken in each round. An entry to a queue while the visit before it is not left is put off, as
-- long as the instant lasts: what else happens in it belongs to the visit before.
CREATE TABLE taken AS
WITH RECURSIVE reading AS (
    SELECT subject, 1::BIGINT AS next, []::BIGINT[] AS put_off, NULL::BIGINT AS current, false AS has_queued,
        []::STRUCT(number BIGINT, outcome INTEGER, agent VARCHAR, is_wrapped_up BOOLEAN)[] AS visits,
        NULL::BIGINT AS took, NULL::BIGINT AS number
    FROM story
    UNION ALL
    SELECT subject, next + if(from_put_off, 0, 1),
        CASE WHEN from_put_off THEN put_off[2:] WHEN put_off_now THEN list_append(put_off, next)
            ELSE put_off END,
        if(t.rank < 7, its_number, current), has_queued OR coalesce(t.rank = 1, false),
        CASE WHEN took_now IS NULL THEN visits ELSE list_transform(
            if(len(list_filter(visits, lambda v: v.number = its_number)) > 0, visits, list_append(visits,
                {'number': its_number, 'outcome': 0, 'agent': '', 'is_wrapped_up': false})),
            lambda v: if(v.number <> its_number, v, {
                'number': v.number,
                'outcome': if(v.outcome = 0 AND t.rank IN (4, 5, 6), t.rank, v.outcome),
                'agent': if(v.outcome = 0 AND t.rank = 4, t.agent, v.agent),
                'is_wrapped_up': v.is_wrapped_up OR t.rank = 10})) END,
        took_now, its_number
    FROM (
        SELECT *, CASE WHEN t IS NULL THEN NULL WHEN t.number > 0 THEN t.number
            WHEN t.rank = 1 THEN coalesce(current, 1) + if(has_queued, 1, 0)
            WHEN t.rank >= 7 THEN coalesce(list_filter(visits, lambda v: v.outcome = 4
                AND NOT v.is_wrapped_up AND (t.agent = '' OR t.agent = v.agent))[-1].number, current, 1)
            ELSE coalesce(current, 1) END AS its_number
        FROM (
            SELECT *, steps[took_now] AS t FROM (
                SELECT *, CASE WHEN from_put_off THEN put_off[1] WHEN NOT put_off_now THEN next END AS took_now
                FROM (
                    SELECT *, NOT from_put_off AND f.rank = 1 AND f.number = 0 AND has_queued AND NOT is_left
                        AS put_off_now
                    FROM (
                        SELECT *, len(put_off) > 0 AND (f IS NULL OR f.at_ms > steps[put_off[1]].at_ms
                            OR is_left) AS from_put_off
                        FROM (
                            SELECT r.*, s.steps, if(r.next <= len(s.steps), s.steps[r.next], NULL) AS f,
                                coalesce(list_filter(r.visits, lambda v: v.number = r.current)[1].outcome > 0,
                                    false) AS is_left
                            FROM reading r JOIN story s USING (subject)
                            WHERE r.next <= len(s.steps) OR len(r.put_off) > 0))))))
)
SELECT subject, took AS place, number FROM reading WHERE took IS NOT NULL;

CREATE TABLE placed AS
SELECT s.* EXCLUDE (number), coalesce(t.number, if(s.number = 0, 1, s.number)) AS number
FROM step s LEFT JOIN taken t USING (subject, place);

-- Holds last from the first word of one to the first word of its end; none begins after the talk has ended.
CREATE TABLE hold AS
WITH talk AS (
    SELECT subject, number, place, at_ms, rank = 7 AS is_held,
        min(place) FILTER (rank = 9) OVER (PARTITION BY subject, number) AS end_place
    FROM placed WHERE rank IN (7, 8, 9)),
turn AS (
    SELECT *, lag(is_held, 1, false) OVER visit AS was_held FROM talk
    WHERE end_place IS NULL OR place <= end_place WINDOW visit AS (PARTITION BY subject, number ORDER BY place)),
stretch AS (
    SELECT *, lead(at_ms) OVER (PARTITION BY subject, number ORDER BY place) AS until_ms
    FROM turn WHERE is_held <> was_held)
SELECT subject, number, sum(until_ms - at_ms)::BIGINT AS hold_ms,
    max(at_ms) FILTER (until_ms IS NULL) AS open_since_ms
FROM stretch WHERE is_held GROUP BY ALL;

CREATE TABLE told_visit AS
SELECT subject, number,
    min_by(a, place) FILTER (rank = 1) AS queue, min_by(b, place) FILTER (rank = 1) AS channel,
    min_by(at_ms, place) FILTER (rank = 1) AS queued_ms,
    min_by(if(b = 'callback', c, ''), place) FILTER (rank = 1) AS due,
    min_by(rank, place) FILTER (rank IN (4, 5, 6)) AS exit_rank,
    min_by(at_ms, place) FILTER (rank IN (4, 5, 6)) AS exit_ms,
    min_by(a, place) FILTER (rank IN (4, 5, 6)) AS exit_a,
    min_by(b, place) FILTER (rank IN (4, 5, 6)) AS exit_b, min_by(c, place) FILTER (rank IN (4, 5, 6)) AS exit_c,
    min_by(at_ms, place) FILTER (rank = 9) AS ended_ms, min_by(b, place) FILTER (rank = 9) AS transfer,
    min_by(at_ms, place) FILTER (rank = 10) AS wrapped_up_ms
FROM placed GROUP BY subject, number;

CREATE TABLE contact_end AS
SELECT subject, at_ms FROM event WHERE entity = 'contact' AND type = 'contact.ended' GROUP BY ALL;

-- The end of a contact ends what is open: who waits has abandoned, who talks has ended the leg.
-- `gone_ms`: it was answered or left; an agent may have `accepted_ms` before.
CREATE TABLE visit AS
WITH begun AS (
    SELECT * EXCLUDE (due), coalesce(greatest(queued_ms, try_cast(due AS BIGINT)), -1) AS begun_ms
    FROM told_visit),
ending AS (
    SELECT b.*, h.hold_ms, h.open_since_ms, e.at_ms AS end_ms,
        b.queued_ms IS NOT NULL AND exit_rank IS NULL AS waits,
        coalesce(exit_rank = 4, false) AND ended_ms IS NULL AS talks
    FROM begun b LEFT JOIN hold h USING (subject, number)
    ASOF LEFT JOIN contact_end e ON e.subject = b.subject AND e.at_ms >= b.begun_ms),
closed AS (
    SELECT *, CASE WHEN talks AND end_ms IS NOT NULL
        THEN least(greatest(end_ms, exit_ms), coalesce(wrapped_up_ms, greatest(end_ms, exit_ms))) END
        AS closed_ms
    FROM ending),
whole AS (
    SELECT subject, number, queue, channel, queued_ms, begun_ms,
        CASE WHEN waits AND end_ms IS NOT NULL THEN 'abandoned'
            ELSE CASE exit_rank WHEN 4 THEN 'answered' WHEN 5 THEN 'abandoned' WHEN 6 THEN 'left' END END
            AS outcome,
        if(waits, end_ms, exit_ms) AS gone_ms, if(exit_rank = 4, try_cast(exit_b AS BIGINT), NULL) AS accepted_ms,
        if(exit_rank = 6, exit_a, '') AS reason, if(exit_rank = 4, exit_a, '') AS agent,
        if(exit_rank = 4, exit_c, '') AS team, coalesce(ended_ms, closed_ms) AS ended_ms,
        coalesce(transfer, '') AS transfer, wrapped_up_ms,
        coalesce(hold_ms, 0) + coalesce(greatest(0, closed_ms - open_since_ms), 0) AS hold_ms
    FROM closed)
SELECT *, CASE WHEN outcome = 'left' THEN if(reason IN ('callback', 'error'), reason, 'flowed_out')
        ELSE outcome END AS gone_as,
    queued_ms IS NOT NULL AND row_number() OVER (
        PARTITION BY subject, queued_ms IS NOT NULL ORDER BY queued_ms, number) = 1 AS is_first
FROM whole;
