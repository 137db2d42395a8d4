-- Figures of agents: teams, sites, all of them, and those who serve a queue. Each state of each agent is a
-- span of its own, cut at every edge. Definitions: docs/definitions.md; docs/adr/0014 (silence).

CREATE TABLE agent_rule AS
SELECT now_ms, (SELECT CAST(value AS BIGINT) FROM setting WHERE name = 'stale_after_ms') AS stale_after_ms,
    (SELECT CAST(value AS BIGINT) FROM setting WHERE name = 'grace_ms') AS grace_ms
FROM moment_now;

-- The states of every agent in order.
CREATE TABLE agent_state AS
SELECT subject AS agent, row_number() OVER told AS nth, at_ms AS from_ms, lead(at_ms) OVER told AS next_ms,
    a AS state, coalesce(nullif(b, ''), 'unassigned') AS team, split_part(c, chr(9), 1) AS reason,
    number AS capacity, list_distinct(string_split(c, chr(9))[2:]) AS queues
FROM event WHERE type = 'agent.state'
WINDOW told AS (PARTITION BY subject ORDER BY at_ms, uid);

-- Who has sent a heartbeat since the login is unknown once the last sign of life, to the minute, is stale.
CREATE TABLE agent_now AS
WITH login AS (
    SELECT agent, coalesce(max(nth) FILTER (state = 'logged_out'), 0) AS logged_out FROM agent_state GROUP BY agent),
session AS (
    SELECT agent, min(from_ms) // 60000 * 60000 AS began_ms
    FROM agent_state JOIN login USING (agent) WHERE nth > logged_out GROUP BY agent),
heard AS (
    SELECT subject AS agent, max(at_ms) // 60000 * 60000 AS heard_ms
    FROM event WHERE type = 'agent.heartbeat' GROUP BY subject)
SELECT s.*, if(heard_ms >= began_ms, greatest(heard_ms, from_ms // 60000 * 60000) + stale_after_ms, NULL) AS silent_ms,
    coalesce(silent_ms < now_ms, false) AS is_unknown, if(is_unknown, 'unknown', state) AS shown
FROM agent_state s LEFT JOIN session USING (agent) LEFT JOIN heard USING (agent), agent_rule
WHERE next_ms IS NULL;

CREATE TABLE agent_span AS
SELECT agent, s.team, s.state, s.reason, s.capacity, s.from_ms,
    coalesce(s.next_ms, if(n.is_unknown, n.silent_ms, now_ms)) AS to_ms
FROM agent_state s JOIN agent_now n USING (agent), agent_rule
UNION ALL SELECT agent, team, 'unknown', '', 0, silent_ms, now_ms FROM agent_now, agent_rule WHERE is_unknown;

-- The schedule in force: of each stretch what was published last, in a publication the shift that is named last.
-- Neighbours that say the same are one segment, so between them is no edge and no grace.

CREATE TABLE publication AS
SELECT subject AS agent, row_number() OVER (PARTITION BY subject ORDER BY at_ms, uid) AS version,
    CAST(a AS BIGINT) AS from_ms, CAST(b AS BIGINT) AS to_ms, split_part(c, chr(9), 1) AS team,
    string_split(c, chr(9))[2:] AS shifts
FROM event WHERE type = 'schedule.published';
CREATE TABLE shift AS
SELECT agent, version, place, CAST(words[1] AS BIGINT) AS from_ms, CAST(words[2] AS BIGINT) AS to_ms,
    words[3] AS activity
FROM (SELECT agent, version, generate_subscripts(shifts, 1) AS place, string_split(unnest(shifts), ' ') AS words
    FROM publication);
CREATE TABLE segment AS
WITH mark AS (
    SELECT agent, unnest([from_ms, to_ms]) AS at_ms FROM publication
    UNION SELECT agent, unnest([from_ms, to_ms]) FROM shift
),
piece AS (
    SELECT agent, at_ms AS from_ms, lead(at_ms) OVER (PARTITION BY agent ORDER BY at_ms) AS to_ms FROM mark
),
covered AS (
    SELECT agent, i.from_ms, i.to_ms, max(version) AS version, arg_max(p.team, version) AS team
    FROM piece i JOIN publication p USING (agent)
    WHERE p.from_ms <= i.from_ms AND i.from_ms < p.to_ms
    GROUP BY ALL
),
planned AS (
    SELECT c.agent, c.from_ms, c.to_ms, c.team, coalesce(arg_max(activity, place), '') AS activity
    FROM covered c LEFT JOIN shift s
        ON s.agent = c.agent AND s.version = c.version AND s.from_ms <= c.from_ms AND c.from_ms < s.to_ms
    GROUP BY ALL
),
edge AS (
    SELECT *, (to_before, activity_before, team_before) IS DISTINCT FROM (from_ms, activity, team) AS begins
    FROM (SELECT *, lag(to_ms) OVER one AS to_before, lag(activity) OVER one AS activity_before,
                 lag(team) OVER one AS team_before
          FROM planned WINDOW one AS (PARTITION BY agent ORDER BY from_ms))
)
SELECT agent, min(from_ms) AS from_ms, max(to_ms) AS to_ms, any_value(activity) AS activity, any_value(team) AS team
FROM (SELECT *, sum(CAST(begins AS INTEGER)) OVER (PARTITION BY agent ORDER BY from_ms) AS island FROM edge)
GROUP BY agent, island;

CREATE TABLE attended AS
SELECT coalesce(nullif(p.team, ''), s.team) AS team,
       s.state NOT IN ('not_ready', 'logged_out') AS productive,
       p.activity,
       greatest(p.from_ms, s.from_ms) AS from_ms,
       least(p.to_ms, s.to_ms) AS to_ms,
       least(p.to_ms, s.to_ms, p.from_ms + grace_ms) AS graced_ms
FROM agent_span s JOIN segment p USING (agent) , agent_rule
WHERE s.state <> 'unknown' AND greatest(p.from_ms, s.from_ms) < least(p.to_ms, s.to_ms);

-- All time of every team by what it counts as. `reason` is told of time not ready and otherwise busy.

CREATE TABLE staff_time AS
SELECT team, state AS what, reason, 1 AS weight, from_ms, to_ms FROM agent_span WHERE state <> 'logged_out'
UNION ALL
SELECT team, 'capacity', '', capacity, from_ms, to_ms
FROM agent_span WHERE state IN ('available', 'ringing', 'talking', 'hold', 'wrapup')
UNION ALL
SELECT team, 'leg', '', 1, exit_ms,
       greatest(exit_ms, coalesce(ended_ms, wrapped_up_ms, (SELECT now_ms FROM agent_rule)))
FROM visit WHERE outcome = 'answered' AND queued_ms IS NOT NULL AND team <> ''
UNION ALL SELECT team, 'produced', '', 1, from_ms, to_ms FROM attended WHERE productive
UNION ALL SELECT team, 'scheduled', '', 1, from_ms, to_ms FROM attended WHERE activity <> ''
UNION ALL SELECT team, 'scheduled_productive', '', 1, from_ms, to_ms FROM attended WHERE activity = 'productive'
UNION ALL
SELECT team, 'adherent', '', 1, from_ms,
       CASE WHEN productive = (activity = 'productive') THEN to_ms ELSE graced_ms END
FROM attended WHERE activity <> '';

-- Offers count for the team they were made to. An abandon while the latest offer still rings is nobody's miss.

CREATE TABLE staff_offer AS
WITH rung AS (
    SELECT subject, at_ms, type, coalesce(nullif(c, ''), 'unassigned') AS team,
           lag(type) OVER told AS before, lag(team) OVER told AS team_before
    FROM event
    WHERE type IN ('offer.made', 'offer.declined', 'visit.answered', 'visit.abandoned', 'visit.left')
    WINDOW told AS (PARTITION BY subject ORDER BY at_ms, rank, uid)
)
SELECT team, 'made' AS what, at_ms FROM rung WHERE type = 'offer.made'
UNION ALL SELECT team, 'declined', at_ms FROM rung WHERE type = 'offer.declined'
UNION ALL SELECT team_before, 'abandoned', at_ms FROM rung WHERE type = 'visit.abandoned' AND before = 'offer.made'
UNION ALL
SELECT team, 'answered', exit_ms FROM visit
WHERE outcome = 'answered' AND team <> ''
  AND subject IN (SELECT subject FROM event WHERE type IN ('offer.made', 'offer.declined'));

-- Sums by team, by site and over all, each agent once.

CREATE TABLE staff_place AS
WITH known AS (
    SELECT team FROM agent_now
    UNION SELECT team FROM staff_time , agent_rule WHERE from_ms < to_ms OR to_ms = now_ms
    UNION SELECT team FROM staff_offer UNION SELECT team FROM shown_team
    UNION SELECT p.team FROM segment p JOIN agent_now n USING (agent) WHERE p.team <> '' AND p.to_ms > n.from_ms
),
sited AS (
    SELECT known.team, coalesce(t.site, '') AS site FROM known LEFT JOIN team t USING (team)
)
SELECT 'team' AS scope, team AS place, team FROM sited
UNION ALL SELECT 'site', site, team FROM sited
UNION ALL SELECT 'staff', '', team FROM sited;

CREATE TABLE staff_spent AS
SELECT scope, place, w."window", what, reason,
       CAST(sum(weight * greatest(0, least(t.to_ms, w.to_ms) - greatest(t.from_ms, w.low_ms))) AS BIGINT) AS ms
FROM staff_time t JOIN staff_place USING (team) , centre_span w
GROUP BY ALL;

CREATE TABLE staff_sum AS
WITH row AS (SELECT DISTINCT scope, place, "window" FROM staff_place , centre_span),
time AS (
    SELECT scope, place, "window",
           sum(ms) FILTER (WHERE what IN ('talking', 'hold', 'wrapup')) AS busy,
           sum(ms) FILTER (WHERE what IN ('talking', 'hold')) AS talking,
           sum(ms) FILTER (WHERE what = 'available') AS available,
           sum(ms) FILTER (WHERE what IN ('available', 'ringing', 'talking', 'hold', 'wrapup', 'busy_other',
                                          'not_ready')) AS logged_in,
           sum(ms) FILTER (WHERE what IN ('not_ready', 'busy_other')
                             AND reason IN (SELECT reason FROM productive_reason)) AS useful,
           sum(ms) FILTER (WHERE what = 'capacity') AS capacity,
           sum(ms) FILTER (WHERE what = 'leg') AS leg,
           sum(ms) FILTER (WHERE what = 'scheduled') AS scheduled,
           sum(ms) FILTER (WHERE what = 'scheduled_productive') AS scheduled_productive,
           sum(ms) FILTER (WHERE what = 'adherent') AS adherent,
           sum(ms) FILTER (WHERE what = 'produced') AS produced
    FROM staff_spent GROUP BY ALL
),
offer AS (
    SELECT scope, place, "window",
           count(*) FILTER (WHERE what = 'made') AS made,
           count(*) FILTER (WHERE what = 'answered') AS answered,
           count(*) FILTER (WHERE what = 'declined') AS declined,
           count(*) FILTER (WHERE what = 'abandoned') AS abandoned
    FROM staff_offer JOIN staff_place USING (team) JOIN centre_span w ON at_ms >= w.low_ms AND at_ms < w.high_ms
    GROUP BY ALL
)
SELECT scope, place, "window", coalesce(COLUMNS(* EXCLUDE (scope, place, "window")), 0)
FROM row LEFT JOIN time USING (scope, place, "window") LEFT JOIN offer USING (scope, place, "window");

-- The figures, by their names on the board.


INSERT INTO figure
SELECT scope, place, '', "window",
    unnest(['occupancy_ratio', 'occupancy_slot_ratio', 'concurrency_ratio', 'utilisation_ratio',
        'adherence_ratio', 'conformance_ratio', 'offers_made', 'offers_answered', 'offers_declined',
        'offers_abandoned', 'offers_answered_ratio']),
    unnest([ratio(busy, busy + available),
        if(leg > 0 OR talking = 0, ratio(leg, capacity), NULL), if(leg > 0, ratio(leg, talking), NULL),
        ratio(busy + useful, logged_in), ratio(adherent, scheduled), ratio(produced, scheduled_productive),
        made, answered, declined, abandoned, ratio(answered, made - abandoned)])
FROM staff_sum;

INSERT INTO figure
SELECT scope, place, '', "window", 'state_seconds.' || state, coalesce(sum(ms), 0) / 1000
FROM (SELECT DISTINCT scope, place, "window" FROM staff_sum)
CROSS JOIN (SELECT unnest(['available', 'ringing', 'talking', 'hold', 'wrapup', 'busy_other', 'not_ready',
                           'unknown']) AS state)
LEFT JOIN (SELECT * RENAME (what AS state) FROM staff_spent) USING (scope, place, "window", state)
GROUP BY ALL;

-- Time not ready by reason: the 32 longest by name, what is beyond them as other.

INSERT INTO figure
WITH told AS (
    SELECT *, row_number() OVER (PARTITION BY scope, place, "window" ORDER BY ms DESC, reason) AS rank
    FROM staff_spent WHERE what = 'not_ready' AND reason <> '' AND ms > 0
),
named AS (
    SELECT scope, place, "window", CASE WHEN rank <= 32 THEN reason ELSE 'other' END AS reason, ms FROM told
    UNION ALL
    SELECT scope, place, "window", 'unspecified', ms FROM staff_spent
    WHERE what = 'not_ready' AND reason = '' AND ms > 0
)
SELECT scope, place, '', "window", 'not_ready.' || reason, sum(ms) / 1000 FROM named GROUP BY ALL;

-- Agents by the state they are in now: by team and site, over all, and by queue, each once in each.

CREATE TABLE staff_present AS
WITH row AS (
    SELECT DISTINCT scope, place, '' AS channel FROM staff_place
    UNION ALL SELECT DISTINCT 'queue', queue, channel FROM board_row
    UNION ALL SELECT 'all', '', ''
),
counted AS (
    SELECT scope, place, '' AS channel, shown FROM agent_now JOIN staff_place USING (team)
    UNION ALL SELECT 'queue', queue, channel, shown
    FROM (SELECT shown, unnest(queues) AS queue FROM agent_now) JOIN board_row USING (queue)
    UNION ALL SELECT 'all', '', '', shown FROM agent_now
)
SELECT scope, place, channel, state, count(shown) AS agents
FROM row
CROSS JOIN (SELECT unnest(['available', 'ringing', 'talking', 'hold', 'wrapup', 'busy_other', 'not_ready',
                           'logged_out', 'unknown']) AS state)
LEFT JOIN (SELECT *, shown AS state FROM counted) USING (scope, place, channel, state)
GROUP BY ALL;

INSERT INTO figure
SELECT scope, place, channel, 'now', 'agents.' || state, agents FROM staff_present
UNION ALL
SELECT scope, place, channel, 'now', 'busy_ratio',
       ratio(sum(agents) FILTER (WHERE state IN ('ringing', 'talking', 'hold', 'wrapup')),
               sum(agents) FILTER (WHERE state NOT IN ('not_ready', 'logged_out', 'unknown')))
FROM staff_present WHERE scope IN ('queue', 'all') GROUP BY ALL;
