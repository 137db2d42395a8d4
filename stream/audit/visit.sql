-- Visits: one contact's stay in one queue, and the legs that followed. Definition: docs/adr/0016, docs/adr/0027.

-- What becomes of a visit, in the order in which it is read.
CREATE TABLE step AS
SELECT subject, at_ms, rank, number, a, b, c, source, place
FROM event WHERE entity = 'contact' AND rank IN (1, 4, 5, 6, 7, 8, 9, 10);

-- Contacts of several visits in which some step names none, or of several answers, have to be read step by step.
CREATE TABLE story AS
SELECT subject, list({'at_ms': at_ms, 'rank': rank, 'number': number, 'agent': a, 'queue': a, 'channel': b,
    'due_ms': if(rank = 1 AND b = 'callback', coalesce(try_cast(c AS BIGINT), -1), -1), 'source': source, 'place': place}
    ORDER BY place) AS steps
FROM (SELECT * FROM step UNION ALL
    SELECT subject, at_ms, rank, 0, a, b, c, source, place FROM event WHERE entity = 'contact' AND rank = 11)
GROUP BY subject
HAVING min(number) FILTER (rank < 11) = 0 AND (max(number) > 0 OR count(*) FILTER (rank = 1) > 1)
    OR count(*) FILTER (rank = 4) > 1;

-- One step is taken in each round. `at`: its visit, among `visits`; `leg`: 0 is the leg of whoever answered, NULL where
-- the step is of none. An entry to its queue while it waits repeats a visit, as does another source within a second. Of the
-- legs of one agent the first ends first; an event of an agent on no leg is left out.
CREATE TABLE taken AS
WITH RECURSIVE reading AS (
    SELECT subject, 1::BIGINT AS next, NULL::BIGINT AS current,
        []::STRUCT(number BIGINT, queue VARCHAR, channel VARCHAR, entry_ms BIGINT, entry_source VARCHAR, due_ms BIGINT,
            outcome INTEGER, exit_ms BIGINT, exit_source VARCHAR, is_closed BOOLEAN)[] AS visits,
        []::STRUCT(number BIGINT, leg BIGINT, agent VARCHAR, talked BOOLEAN, ended BOOLEAN, wrapped BOOLEAN)[] AS legs,
        NULL::BIGINT AS took, NULL::BIGINT AS number, NULL::BIGINT AS leg
    FROM story
    UNION ALL
    SELECT subject, next + 1,
        if(t.rank < 7 AND NOT is_told_again, its_number, current),
        CASE WHEN t.rank = 11 THEN list_transform(visits,
                lambda v: struct_update(v, is_closed := v.is_closed OR t.at_ms >= v.due_ms))
            ELSE list_transform(known_visits, lambda v: CASE
                WHEN v.number <> its_number OR is_told_again THEN v
                WHEN t.rank = 1 AND v.entry_ms IS NULL THEN struct_update(v, queue := t.queue, channel := t.channel,
                    entry_ms := t.at_ms, entry_source := t.source, due_ms := t.due_ms)
                WHEN t.rank IN (4, 5, 6) AND v.outcome = 0 THEN struct_update(v, outcome := t.rank::INTEGER,
                    exit_ms := t.at_ms, exit_source := t.source)
                ELSE v END) END,
        CASE WHEN t.rank = 4 AND NOT is_told_again THEN CASE
                WHEN its_outcome = 0 THEN list_transform(known_legs, lambda l: if(l.number = its_number AND l.leg = 0,
                    struct_update(l, agent := t.agent, talked := true), l))
                WHEN its_outcome = 4 AND joins THEN list_append(known_legs, {'number': its_number, 'leg': its_leg,
                    'agent': t.agent, 'talked': true, 'ended': false, 'wrapped': false})
                ELSE known_legs END
            WHEN t.rank IN (9, 10) AND its_leg IS NOT NULL THEN list_transform(known_legs, lambda l: if(
                l.number = its_number AND l.leg = its_leg,
                struct_update(l, ended := l.ended OR t.rank = 9, wrapped := l.wrapped OR t.rank = 10), l))
            ELSE known_legs END,
        t.place, if(t.rank = 11 OR is_told_again, NULL, its_number), its_leg
    FROM (
        SELECT *, CASE WHEN t.rank = 4 THEN if(joins,
                    1 + list_max(list_transform(list_filter(known_legs, lambda l: l.number = its_number), lambda l: l.leg)), 0)
                WHEN t.rank BETWEEN 7 AND 10 THEN CASE WHEN own IS NOT NULL THEN own.leg
                    WHEN its_outcome = 4 AND t.agent <> '' AND its_agent NOT IN ('', t.agent) THEN NULL ELSE 0 END
                ELSE 0 END AS its_leg
        FROM (
            SELECT *, coalesce(list_filter(visits, lambda v: v.number = its_number)[1].outcome, 0) AS its_outcome,
                coalesce(list_filter(legs, lambda l: l.number = its_number AND l.leg = 0)[1].agent, '') AS its_agent,
                t.rank = 4 AND coalesce(list_filter(visits, lambda v: v.number = its_number)[1].outcome, 0) = 4
                    AND t.agent <> '' AND len(list_filter(legs, lambda l: l.number = its_number AND l.talked
                        AND NOT l.ended AND NOT l.wrapped AND l.agent = t.agent)) = 0 AS joins,
                if(t.rank = 11 OR len(list_filter(visits, lambda v: v.number = its_number)) > 0, visits,
                    list_append(visits, {'number': its_number, 'queue': NULL, 'channel': NULL, 'entry_ms': NULL,
                        'entry_source': NULL, 'due_ms': -1, 'outcome': 0, 'exit_ms': NULL, 'exit_source': NULL,
                        'is_closed': false})) AS known_visits,
                if(t.rank = 11 OR len(list_filter(legs, lambda l: l.number = its_number)) > 0, legs,
                    list_append(legs, {'number': its_number, 'leg': 0, 'agent': '', 'talked': false, 'ended': false,
                        'wrapped': false})) AS known_legs
            FROM (
                SELECT *, CASE WHEN t.rank = 11 THEN NULL WHEN own IS NOT NULL THEN own.number WHEN t.number > 0 THEN t.number
                        WHEN current IS NULL THEN 1
                        WHEN t.rank = 1 AND now.entry_ms IS NOT NULL AND NOT is_retold THEN current + 1
                        ELSE current END AS its_number,
                    t.rank IN (4, 5, 6) AND t.number = 0 AND coalesce(now.entry_ms IS NOT NULL AND now.outcome = 0
                        AND before.exit_ms IS NOT NULL AND before.outcome = t.rank AND t.at_ms - before.exit_ms < 1000
                        AND before.exit_source <> t.source, false) AS is_told_again
                FROM (
                    SELECT *, coalesce(now.queue = t.queue AND now.channel = t.channel AND (
                            now.outcome = 0 AND NOT now.is_closed
                            OR t.at_ms - now.entry_ms < 1000 AND now.entry_source <> t.source), false) AS is_retold,
                        CASE WHEN t.rank BETWEEN 7 AND 10 THEN if(t.agent <> '', picked[1], picked[-1]) END AS own
                    FROM (
                        SELECT *, CASE WHEN len(theirs) = 0 AND t.agent <> '' THEN list_filter(on_leg, lambda l: l.agent = '')
                            WHEN t.rank = 10 THEN if(len(list_filter(theirs, lambda l: l.ended)) > 0,
                                list_filter(theirs, lambda l: l.ended)[-1:], theirs)
                            WHEN t.agent <> '' AND len(list_filter(theirs, lambda l: NOT l.ended)) > 0
                                THEN list_filter(theirs, lambda l: NOT l.ended)
                            ELSE theirs END AS picked
                        FROM (
                            SELECT *, list_filter(on_leg, lambda l: t.agent = '' OR l.agent = t.agent) AS theirs
                            FROM (
                                SELECT r.*, s.steps[r.next] AS t,
                                    list_filter(r.visits, lambda v: v.number = r.current)[1] AS now,
                                    list_filter(r.visits, lambda v: v.number <> r.current)[-1] AS before,
                                    list_sort(list_transform(list_filter(r.legs, lambda l: l.talked AND NOT l.wrapped
                                            AND (s.steps[r.next].number = 0 OR l.number = s.steps[r.next].number)),
                                        lambda l: {'nth': list_position(list_transform(r.visits, lambda v: v.number), l.number),
                                            'leg': l.leg, 'number': l.number, 'agent': l.agent, 'ended': l.ended})) AS on_leg
                                FROM reading r JOIN story s USING (subject) WHERE r.next <= len(s.steps)))))))))
SELECT subject, took AS place, number, leg FROM reading WHERE number IS NOT NULL;

-- All other steps name their visit or belong to the only one; and nobody joined the agent who answered.
CREATE TABLE placed_step AS
WITH lone AS (
    SELECT s.* EXCLUDE (number), if(s.number = 0, 1, s.number) AS number FROM step s ANTI JOIN story USING (subject)),
answer AS (
    SELECT subject, number, min(place) AS answered, min_by(rank, place) AS exit_rank, min_by(a, place) AS agent
    FROM lone WHERE rank IN (4, 5, 6) GROUP BY ALL)
SELECT l.* , if(rank >= 7 AND a <> '' AND answered < place AND exit_rank = 4 AND agent NOT IN ('', a), NULL, 0) AS leg
FROM lone l LEFT JOIN answer USING (subject, number)
UNION ALL BY NAME
SELECT s.* EXCLUDE (number), t.number, t.leg FROM step s JOIN taken t USING (subject, place);

CREATE TABLE told_visit AS
SELECT subject, number, min(place) AS first_place,
    min_by(a, place) FILTER (rank = 1) AS queue, min_by(b, place) FILTER (rank = 1) AS channel,
    min_by(at_ms, place) FILTER (rank = 1) AS queued_ms, min(place) FILTER (rank = 1) AS entry_place,
    min_by(if(b = 'callback', c, ''), place) FILTER (rank = 1) AS due,
    min_by(rank, place) FILTER (rank IN (4, 5, 6)) AS exit_rank,
    min_by(at_ms, place) FILTER (rank IN (4, 5, 6)) AS exit_ms, min(place) FILTER (rank IN (4, 5, 6)) AS exit_place,
    min_by(a, place) FILTER (rank IN (4, 5, 6)) AS exit_a, min_by(b, place) FILTER (rank IN (4, 5, 6)) AS exit_b
FROM placed_step GROUP BY subject, number;

-- Who answered, and who joined: `leg` 0 is the former's.
CREATE TABLE told_leg AS
SELECT subject, number, leg,
    min_by(a, place) FILTER (rank = 4) AS agent, min_by(c, place) FILTER (rank = 4) AS team,
    min_by(at_ms, place) FILTER (rank = 4) AS connected_ms, min(place) FILTER (rank = 4) AS begun_place,
    min_by(at_ms, place) FILTER (rank = 9) AS ended_ms, coalesce(min_by(b, place) FILTER (rank = 9), '') AS transfer,
    min_by(at_ms, place) FILTER (rank = 10) AS wrapped_up_ms, min(place) FILTER (rank IN (9, 10)) AS over_place
FROM placed_step WHERE leg IS NOT NULL AND rank IN (4, 9, 10)
GROUP BY ALL;

-- Holds last from the first word of one to the first word of its end; none begins before the answer, nor after the
-- talk has ended.
CREATE TABLE hold AS
WITH talk AS (
    SELECT subject, number, leg, place, at_ms, rank = 7 AS is_held,
        min(place) FILTER (rank = 9) OVER (PARTITION BY subject, number, leg) AS end_place
    FROM placed_step WHERE rank IN (7, 8, 9) AND leg IS NOT NULL),
turn AS (
    SELECT *, lag(is_held, 1, false) OVER own AS was_held FROM talk
    WHERE end_place IS NULL OR place <= end_place WINDOW own AS (PARTITION BY subject, number, leg ORDER BY place)),
held_interval AS (
    SELECT *, lead(at_ms) OVER (PARTITION BY subject, number, leg ORDER BY place) AS until_ms,
        lead(place) OVER (PARTITION BY subject, number, leg ORDER BY place) AS until_place
    FROM turn WHERE is_held <> was_held)
SELECT s.subject, s.number, s.leg,
    sum(greatest(0, until_ms - greatest(at_ms, connected_ms))) FILTER (until_place > begun_place)::BIGINT AS hold_ms,
    max(greatest(at_ms, connected_ms)) FILTER (until_ms IS NULL) AS open_since_ms
FROM held_interval s JOIN told_leg l USING (subject, number, leg) WHERE is_held AND connected_ms IS NOT NULL GROUP BY ALL;

CREATE TABLE contact_end AS
SELECT subject, at_ms, place FROM event WHERE entity = 'contact' AND type = 'contact.ended';

-- A contact that goes on in another one, and a callback whose wait began in another.
CREATE TABLE link AS
SELECT subject, b AS relation, at_ms, place, try_cast(c AS BIGINT) AS asked_ms
FROM event WHERE entity = 'contact' AND type = 'contact.linked';

-- The end of a contact ends what is open: who waits has abandoned, who talks has ended the leg.
-- `gone_ms`: it was answered or left; an agent may have `accepted_ms` before.
CREATE TABLE closed_visit AS
WITH begun AS (
    SELECT * EXCLUDE (due), coalesce(greatest(queued_ms, try_cast(due AS BIGINT)), -1) AS begun_ms,
        coalesce(try_cast(due AS BIGINT), -1) AS due_ms
    FROM told_visit),
ending AS (
    SELECT b.subject, b.number, min_by(e.at_ms, e.place) AS end_ms, min(e.place) AS end_place
    FROM begun b JOIN contact_end e ON e.subject = b.subject AND e.place > b.first_place AND e.at_ms >= b.due_ms
    GROUP BY ALL)
SELECT subject, number, queue, channel, queued_ms, begun_ms, entry_place, end_ms, end_place,
    queued_ms IS NOT NULL AND exit_rank IS NULL AND end_ms IS NOT NULL AS gives_up,
    CASE WHEN gives_up THEN 'abandoned'
        ELSE CASE exit_rank WHEN 4 THEN 'answered' WHEN 5 THEN 'abandoned' WHEN 6 THEN 'left' END END AS outcome,
    if(gives_up, greatest(end_ms, queued_ms), exit_ms) AS gone_ms, if(gives_up, end_place, exit_place) AS gone_place,
    if(exit_rank = 4, try_cast(exit_b AS BIGINT), NULL) AS accepted_ms, if(exit_rank = 6, exit_a, '') AS reason
FROM begun LEFT JOIN ending USING (subject, number);

-- Each agent's part in a visit that was answered, up to its own end or that of the contact.
CREATE TABLE leg AS
WITH closed AS (
    SELECT l.*, v.queue, v.channel, v.queued_ms, h.hold_ms AS held_ms, h.open_since_ms, v.end_place,
        if(l.ended_ms IS NULL AND v.end_ms IS NOT NULL,
            least(greatest(v.end_ms, connected_ms), coalesce(wrapped_up_ms, greatest(v.end_ms, connected_ms))), NULL)
            AS closed_ms
    FROM told_leg l JOIN closed_visit v USING (subject, number) LEFT JOIN hold h USING (subject, number, leg)
    WHERE v.outcome = 'answered' AND connected_ms IS NOT NULL)
SELECT subject, number, leg, queue, channel, queued_ms, agent, team, transfer, connected_ms,
    coalesce(ended_ms, closed_ms) AS ended_ms, wrapped_up_ms,
    coalesce(held_ms, 0) + coalesce(greatest(0, closed_ms - open_since_ms), 0) AS hold_ms,
    coalesce(over_place, if(closed_ms IS NULL, NULL, end_place)) AS let_go_place,
    if(let_go_place IS NULL, NULL, greatest(connected_ms, coalesce(ended_ms, closed_ms, wrapped_up_ms))) AS over_ms,
    if(let_go_place IS NULL, NULL, greatest(begun_place, let_go_place)) AS over_place
FROM closed;

CREATE TABLE visit AS
WITH linked AS (
    SELECT v.*, c.place AS consult_place, c.relation AS consult, m.at_ms AS merged_ms, m.place AS merged_place,
        k.asked_ms, coalesce(outcome = 'abandoned' AND c.relation IS NOT NULL, false) AS went_on,
        m.at_ms IS NOT NULL AND (outcome IS NULL AND queued_ms <= m.at_ms
            OR coalesce(outcome = 'abandoned' AND gone_ms >= m.at_ms, false)) AND NOT went_on AS was_merged
    FROM closed_visit v
    LEFT JOIN (SELECT subject, min_by(relation, place) AS relation, min(place) AS place FROM link
        WHERE relation IN ('consult', 'transfer') GROUP BY subject) c USING (subject)
    LEFT JOIN (SELECT subject, min_by(at_ms, place) AS at_ms, min(place) AS place FROM link
        WHERE relation = 'merged' GROUP BY subject) m USING (subject)
    LEFT JOIN (SELECT subject, max_by(asked_ms, place) AS asked_ms FROM link
        WHERE relation = 'callback' AND asked_ms IS NOT NULL GROUP BY subject) k USING (subject)),
whole AS (
    SELECT subject, number, queue, channel, queued_ms, begun_ms, entry_place, asked_ms,
        if(went_on OR was_merged, 'left', outcome) AS outcome,
        if(was_merged AND outcome IS NULL, greatest(merged_ms, queued_ms), gone_ms) AS gone_ms, accepted_ms,
        CASE WHEN went_on THEN consult WHEN was_merged THEN 'merged' ELSE reason END AS reason,
        if(was_merged AND outcome IS NULL, merged_place, gone_place) AS gone_place
    FROM linked),
talk AS (
    SELECT subject, number, bool_and(over_ms IS NOT NULL) AS is_over, max(over_ms) AS over_ms,
        max(over_place) AS over_place, min_by(connected_ms, leg) FILTER (over_ms IS NULL) AS talks_since_ms,
        any_value(team) FILTER (leg = 0) AS team
    FROM leg GROUP BY ALL)
SELECT w.*, CASE WHEN outcome = 'left' THEN if(reason IN ('callback', 'error'), reason, 'flowed_out')
        ELSE outcome END AS gone_as,
    coalesce(t.team, '') AS team, if(outcome = 'answered', t.talks_since_ms, NULL) AS talks_since_ms,
    CASE WHEN outcome <> 'answered' THEN gone_ms WHEN t.is_over THEN t.over_ms END AS over_ms,
    CASE WHEN outcome <> 'answered' THEN gone_place WHEN t.is_over THEN t.over_place END AS over_place,
    queued_ms IS NOT NULL AND row_number() OVER (
        PARTITION BY subject, queued_ms IS NOT NULL ORDER BY queued_ms, number) = 1 AS is_first
FROM whole w LEFT JOIN talk t USING (subject, number);
