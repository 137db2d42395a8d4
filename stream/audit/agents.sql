-- Figures of agents: teams, sites, all of them, and those who serve a queue. Each state of each agent is a
-- span of its own, cut at every edge. Definitions: docs/definitions.md; docs/adr/0014 (silence).

CREATE TABLE agent_rule AS
SELECT now_ms, (SELECT CAST(value AS BIGINT) FROM setting WHERE name = 'stale_after_ms') AS stale_after_ms,
    (SELECT CAST(value AS BIGINT) FROM setting WHERE name = 'grace_ms') AS grace_ms
FROM moment_now;

-- The states of every agent in order.
CREATE TABLE agent_state AS
SELECT subject AS agent, row_number() OVER by_agent AS nth, at_ms AS from_ms, lead(at_ms) OVER by_agent AS next_ms,
    a AS state, coalesce(nullif(b, ''), 'unassigned') AS team, split_part(c, chr(9), 1) AS reason,
    number AS capacity, list_distinct(string_split(split_part(c, chr(9) || chr(9), 1), chr(9))[2:]) AS queues,
    list_filter(string_split(split_part(c, chr(9) || chr(9), 2), chr(9)), lambda slot: slot <> '') AS slots
FROM event WHERE type = 'agent.state'
WINDOW by_agent AS (PARTITION BY subject ORDER BY place);

-- Who has sent a heartbeat since the login is unknown once the last sign of life, to the minute, is stale.
CREATE TABLE agent_now AS
WITH login AS (
    SELECT agent, coalesce(max(nth) FILTER (state = 'logged_out'), 0) AS logged_out FROM agent_state GROUP BY agent),
session AS (
    SELECT agent, min(from_ms) // 60000 * 60000 AS began_ms
    FROM agent_state JOIN login USING (agent) WHERE nth > logged_out GROUP BY agent),
heard AS (
    SELECT subject AS agent, max(at_ms) // 60000 * 60000 AS heard_ms
    FROM accepted WHERE type = 'agent.heartbeat' GROUP BY subject)
SELECT s.*, if(heard_ms >= began_ms, greatest(heard_ms, from_ms // 60000 * 60000) + stale_after_ms, NULL) AS silent_ms,
    coalesce(silent_ms < now_ms, false) AS is_unknown, if(is_unknown, 'unknown', state) AS shown
FROM agent_state s LEFT JOIN session USING (agent) LEFT JOIN heard USING (agent), agent_rule
WHERE next_ms IS NULL;

CREATE TABLE agent_span AS
SELECT agent, s.team, s.state, s.reason, s.capacity, s.slots, s.from_ms,
    coalesce(s.next_ms, if(n.is_unknown, n.silent_ms, now_ms)) AS to_ms
FROM agent_state s JOIN agent_now n USING (agent), agent_rule
UNION ALL SELECT agent, team, 'unknown', '', 0, [], silent_ms, now_ms FROM agent_now, agent_rule WHERE is_unknown;

-- The schedule in force: for each interval the latest publication, and of its shifts the last one.
CREATE TABLE publication AS
SELECT subject AS agent, row_number() OVER (PARTITION BY subject ORDER BY place) AS version,
    CAST(a AS BIGINT) AS from_ms, CAST(b AS BIGINT) AS to_ms, split_part(c, chr(9), 1) AS team,
    string_split(c, chr(9))[2:] AS shifts
FROM event WHERE type = 'schedule.published';

CREATE TABLE shift AS
SELECT agent, version, place, CAST(words[1] AS BIGINT) AS from_ms, CAST(words[2] AS BIGINT) AS to_ms,
    words[3] AS activity
FROM (SELECT agent, version, generate_subscripts(shifts, 1) AS place, string_split(unnest(shifts), ' ') AS words
    FROM publication);

-- Neighbours that say the same are one segment: between them is no edge, and no grace.
CREATE TABLE segment AS
WITH mark AS (
    SELECT agent, unnest([from_ms, to_ms]) AS at_ms FROM publication
    UNION SELECT agent, unnest([from_ms, to_ms]) FROM shift),
piece AS (
    SELECT agent, at_ms AS from_ms, lead(at_ms) OVER (PARTITION BY agent ORDER BY at_ms) AS to_ms FROM mark),
covered AS (
    SELECT agent, i.from_ms, i.to_ms, max(version) AS version, arg_max(p.team, version) AS team
    FROM piece i JOIN publication p USING (agent)
    WHERE p.from_ms <= i.from_ms AND i.from_ms < p.to_ms GROUP BY ALL),
planned AS (
    SELECT c.agent, c.from_ms, c.to_ms, c.team, coalesce(arg_max(activity, place), '') AS activity
    FROM covered c LEFT JOIN shift s
        ON s.agent = c.agent AND s.version = c.version AND s.from_ms <= c.from_ms AND c.from_ms < s.to_ms
    GROUP BY ALL),
edge AS (
    SELECT *, (from_ms, activity, team) IS DISTINCT FROM (lag(to_ms) OVER one, lag(activity) OVER one,
        lag(team) OVER one) AS begins
    FROM planned WINDOW one AS (PARTITION BY agent ORDER BY from_ms)),
joined AS (
    SELECT *, count(*) FILTER (begins) OVER (PARTITION BY agent ORDER BY from_ms) AS island FROM edge)
SELECT agent, min(from_ms) AS from_ms, max(to_ms) AS to_ms, any_value(activity) AS activity, any_value(team) AS team
FROM joined GROUP BY agent, island;

-- Right after an edge of the schedule every state adheres, up to `graced_ms`.
CREATE TABLE attended AS
SELECT agent, coalesce(nullif(p.team, ''), s.team) AS team, s.state NOT IN ('not_ready', 'logged_out') AS is_productive,
    p.activity, greatest(p.from_ms, s.from_ms) AS from_ms, least(p.to_ms, s.to_ms) AS to_ms,
    least(p.to_ms, s.to_ms, p.from_ms + grace_ms) AS graced_ms
FROM agent_span s JOIN segment p USING (agent), agent_rule
WHERE s.state <> 'unknown' AND greatest(p.from_ms, s.from_ms) < least(p.to_ms, s.to_ms);

-- All time by the team and by what it counts as; a slot or a leg counts beside the state, `reason` its channel.
CREATE TABLE staff_time AS
SELECT team, state AS what, reason, 1 AS weight, from_ms, to_ms FROM agent_span WHERE state <> 'logged_out'
UNION ALL SELECT team, 'capacity', '', capacity, from_ms, to_ms
FROM agent_span WHERE state IN ('available', 'ringing', 'talking', 'hold', 'wrapup')
UNION ALL SELECT team, 'slot', split_part(slot, ' ', 1), CAST(split_part(slot, ' ', 2) AS BIGINT), from_ms, to_ms
FROM (SELECT *, unnest(slots) AS slot FROM agent_span)
WHERE state IN ('available', 'ringing', 'talking', 'hold', 'wrapup')
UNION ALL SELECT team, 'leg', channel, 1, connected_ms, coalesce(over_ms, greatest(connected_ms, now_ms))
FROM leg, moment_now WHERE queued_ms IS NOT NULL AND team <> ''
UNION ALL SELECT team, 'produced', '', 1, from_ms, to_ms FROM attended WHERE is_productive
UNION ALL SELECT team, 'scheduled', '', 1, from_ms, to_ms FROM attended WHERE activity <> ''
UNION ALL SELECT team, 'scheduled_productive', '', 1, from_ms, to_ms FROM attended WHERE activity = 'productive'
UNION ALL SELECT team, 'adherent', '', 1, from_ms, if(is_productive = (activity = 'productive'), to_ms, graced_ms)
FROM attended WHERE activity <> '';

-- An offer counts for the team it was made to, and rings until its agent declines it or is offered anew, or until
-- somebody answers or the customer is gone. One that ends by an abandon or because another agent answered is nobody's
-- miss; a later decline of it counts for nothing.
CREATE TABLE staff_offer AS
WITH made AS (
    SELECT subject, a AS agent, coalesce(nullif(c, ''), 'unassigned') AS team, at_ms, place FROM event WHERE type = 'offer.made'),
declined AS (
    SELECT subject, a AS agent, coalesce(nullif(c, ''), 'unassigned') AS team, at_ms, place
    FROM event WHERE type = 'offer.declined'),
gone AS (
    SELECT subject, type, a AS agent, at_ms, place FROM event
    WHERE type IN ('visit.answered', 'visit.abandoned', 'visit.left', 'contact.ended')),
ended AS (
    SELECT m.*, g.type, g.agent AS by_agent, g.at_ms AS gone_ms, g.place AS gone_place,
        NOT EXISTS (FROM made o WHERE o.subject = m.subject AND o.agent = m.agent AND o.place > m.place AND o.place < g.place)
        AND NOT EXISTS (FROM declined d
            WHERE d.subject = m.subject AND d.agent = m.agent AND d.place > m.place AND d.place < g.place) AS still_rang
    FROM made m ASOF JOIN gone g ON g.subject = m.subject AND g.place > m.place),
lost AS (
    SELECT * FROM ended WHERE still_rang AND type = 'visit.answered' AND by_agent NOT IN ('', agent)),
in_vain AS (
    FROM lost UNION ALL FROM ended WHERE still_rang AND type IN ('visit.abandoned', 'contact.ended'))
SELECT team, 'made' AS what, at_ms FROM made
UNION ALL SELECT team, 'declined', at_ms FROM declined d
WHERE NOT EXISTS (FROM in_vain l WHERE l.subject = d.subject AND l.agent = d.agent AND l.gone_place < d.place
    AND NOT EXISTS (FROM made m
        WHERE m.subject = d.subject AND m.agent = d.agent AND m.place > l.place AND m.place < d.place))
UNION ALL SELECT team, 'lost', gone_ms FROM lost
UNION ALL SELECT team, 'abandoned', gone_ms FROM ended
WHERE still_rang AND type IN ('visit.abandoned', 'contact.ended')
UNION ALL SELECT team, 'answered', gone_ms FROM visit
WHERE outcome = 'answered' AND team <> '' AND subject IN (FROM made SELECT subject UNION FROM declined SELECT subject);

-- What each line of the board adds up: every team, every site, and all, even where there is no team.
CREATE TABLE staff_team AS
WITH known AS (
    SELECT team FROM shown_team UNION SELECT team FROM agent_now UNION SELECT team FROM staff_offer
    UNION SELECT team FROM staff_time, moment_now WHERE from_ms < to_ms OR to_ms = now_ms
    UNION SELECT p.team FROM segment p JOIN agent_now n USING (agent) WHERE p.team <> '' AND p.to_ms > n.from_ms)
SELECT unnest(['team', 'site', 'staff']) AS scope, unnest([k.team, coalesce(t.site, ''), '']) AS name, k.team
FROM known k LEFT JOIN team t USING (team);

CREATE TABLE staff_line AS
SELECT DISTINCT scope, name, "window"
FROM (SELECT scope, name FROM staff_team UNION SELECT 'staff', ''), centre_span;

CREATE TABLE staff_spent AS
SELECT scope, name, "window", what, reason,
    sum(weight * greatest(0, least(t.to_ms, w.to_ms) - greatest(t.from_ms, w.low_ms)))::BIGINT AS ms
FROM staff_time t JOIN staff_team USING (team), centre_span w GROUP BY ALL;

CREATE TABLE staff_sheet AS
WITH spent AS (
    SELECT scope, name, "window", sum(ms) FILTER (what IN ('talking', 'hold', 'wrapup')) AS busy,
        sum(ms) FILTER (what IN ('talking', 'hold')) AS talking, sum(ms) FILTER (what = 'available') AS available,
        sum(ms) FILTER (what IN ('available', 'ringing', 'talking', 'hold', 'wrapup', 'busy_other', 'not_ready'))
            AS logged_in,
        sum(ms) FILTER (what IN ('not_ready', 'busy_other')
            AND reason IN (SELECT reason FROM productive_reason)) AS useful,
        sum(ms) FILTER (what = 'capacity') AS capacity, sum(ms) FILTER (what = 'leg') AS leg,
        sum(ms) FILTER (what = 'scheduled') AS scheduled, sum(ms) FILTER (what = 'adherent') AS adherent,
        sum(ms) FILTER (what = 'scheduled_productive') AS planned, sum(ms) FILTER (what = 'produced') AS produced
    FROM staff_spent GROUP BY ALL),
offer AS (
    SELECT scope, name, "window", count(*) FILTER (what = 'made') AS made,
        count(*) FILTER (what = 'answered') AS answered, count(*) FILTER (what = 'declined') AS declined,
        count(*) FILTER (what = 'abandoned') AS abandoned, count(*) FILTER (what = 'lost') AS lost
    FROM staff_offer JOIN staff_team USING (team) JOIN centre_span ON at_ms >= low_ms AND at_ms < high_ms
    GROUP BY ALL)
SELECT scope, name, "window", coalesce(COLUMNS(* EXCLUDE (scope, name, "window")), 0)
FROM staff_line LEFT JOIN spent USING (scope, name, "window") LEFT JOIN offer USING (scope, name, "window");

-- Time talked without a leg: no answer named the team, so nothing is known of contacts at once.
INSERT INTO figure
SELECT scope, name, '', "window", unnest([
    worth('occupancy_ratio', ratio(busy, busy + available)),
    worth('occupancy_slot_ratio', if(leg > 0 OR talking = 0, ratio(leg, capacity), NULL)),
    worth('concurrency_ratio', if(leg > 0, ratio(leg, talking), NULL)),
    worth('utilisation_ratio', ratio(busy + useful, logged_in)),
    worth('adherence_ratio', ratio(adherent, scheduled)),
    worth('conformance_ratio', ratio(produced, planned)),
    worth('offers_made', made),
    worth('offers_answered', answered),
    worth('offers_declined', declined),
    worth('offers_abandoned', abandoned),
    worth('offers_lost', lost),
    worth('offers_answered_ratio', ratio(answered, made - abandoned - lost))
    ], recursive := true)
FROM staff_sheet;

INSERT INTO figure
SELECT t.scope, t.name, '', t."window", 'occupancy_slot_by_channel.' || t.reason,
    if(s.leg > 0 OR s.talking = 0, ratio(coalesce(l.ms, 0), t.ms), NULL)
FROM staff_spent t JOIN staff_sheet s USING (scope, name, "window")
LEFT JOIN staff_spent l ON (l.scope, l.name, l."window", l.reason) = (t.scope, t.name, t."window", t.reason)
    AND l.what = 'leg'
WHERE t.what = 'slot' AND t.ms > 0;

INSERT INTO figure
SELECT scope, l.name, '', "window", 'state_seconds.' || what, coalesce(sum(ms), 0) / 1000.0::DOUBLE
FROM staff_line l CROSS JOIN (VALUES ('available'), ('ringing'), ('talking'), ('hold'), ('wrapup'), ('busy_other'),
    ('not_ready'), ('unknown')) states(what)
LEFT JOIN staff_spent USING (scope, name, "window", what)
GROUP BY ALL;

-- Time not ready by reason: the 32 longest by their names, the rest as other, and what names none.
INSERT INTO figure
WITH ranked AS (
    SELECT scope, name, "window", reason, ms, row_number() OVER (
        PARTITION BY scope, name, "window", reason = '' ORDER BY ms DESC, reason) AS place
    FROM staff_spent WHERE what = 'not_ready' AND ms > 0),
named AS (
    SELECT scope, name, "window", ms,
        CASE WHEN reason = '' THEN 'unspecified' WHEN place > 32 THEN 'other' ELSE reason END AS reason
    FROM ranked)
SELECT scope, name, '', "window", 'not_ready.' || reason, sum(ms) / 1000.0::DOUBLE FROM named GROUP BY ALL;

-- Agents by the state they are in now; who serves two queues is counted in both.
CREATE TABLE staff_present AS
WITH line AS (
    SELECT DISTINCT scope, name, '' AS channel FROM staff_line
    UNION ALL SELECT 'queue', queue, channel FROM board_row
    UNION ALL SELECT 'all', '', ''),
counted AS (
    SELECT scope, name, '' AS channel, shown AS state FROM agent_now JOIN staff_team USING (team)
    UNION ALL SELECT 'queue', queue, channel, shown
    FROM (SELECT shown, unnest(queues) AS queue FROM agent_now) JOIN board_row USING (queue)
    UNION ALL SELECT 'all', '', '', shown FROM agent_now)
SELECT l.scope, l.name, l.channel, s.state, count(c.state) AS agents
FROM line l CROSS JOIN (VALUES ('available'), ('ringing'), ('talking'), ('hold'), ('wrapup'), ('busy_other'),
    ('not_ready'), ('logged_out'), ('unknown')) s(state)
LEFT JOIN counted c ON (c.scope, c.name, c.channel, c.state) = (l.scope, l.name, l.channel, s.state)
GROUP BY ALL;

INSERT INTO figure SELECT scope, name, channel, 'now', 'agents.' || state, agents FROM staff_present;

INSERT INTO figure
SELECT scope, name, channel, 'now', 'busy_ratio',
    ratio(sum(agents) FILTER (state IN ('ringing', 'talking', 'hold', 'wrapup')),
        sum(agents) FILTER (state NOT IN ('not_ready', 'logged_out', 'unknown')))
FROM staff_present WHERE scope IN ('queue', 'all') GROUP BY scope, name, channel;
