-- Records read: what each of them says, in plain columns, or that it is none.
-- Definitions: docs/events.schema.json, docs/adr/0011 (what is refused for its time).

CREATE MACRO told(j) AS CASE WHEN json_type(j) = 'VARCHAR' THEN j->>'$' END;
CREATE MACRO is_text(j, most) AS
    j IS NOT NULL AND json_type(j) = 'VARCHAR' AND length(j->>'$') BETWEEN 1 AND most
    AND NOT regexp_matches(j->>'$', '[\x00-\x1f\x7f]');
CREATE MACRO is_printable(j) AS
    is_text(j, 128) AND NOT regexp_matches(replace(j->>'$', ' ', ''), '[\p{C}\p{Z}]');
CREATE MACRO is_int(j, least, most) AS
    j IS NOT NULL AND coalesce(try_cast(j->>'$' AS BIGINT) BETWEEN least AND most, false);
CREATE MACRO is_channel(name) AS coalesce(
    list_contains(['voice', 'chat', 'email', 'sms', 'social', 'callback', 'task'], name), false);
CREATE MACRO is_one_of(j, words) AS j IS NOT NULL AND list_contains(words, told(j));
-- Milliseconds are kept, and what is finer is cut off.
CREATE MACRO instant_ms(t) AS CASE
    WHEN regexp_full_match(t,
        '\d{4}-\d\d-\d\d[Tt ]([01]\d|2[0-3]):\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)')
    THEN epoch_ms(try_cast(upper(regexp_replace(t, '(\.\d{3})\d+', '\1')) AS TIMESTAMPTZ)) END;
-- A field is there or it is not; null is neither.
CREATE MACRO has_null(data) AS contains(data::VARCHAR, 'null') AND len(list_filter(json_keys(data),
    lambda k: json_type(data->k) = 'NULL' AND list_contains(['queue', 'channel', 'priority', 'visit', 'due',
        'accepted', 'agent', 'team', 'transfer', 'reason', 'by', 'result', 'state', 'since', 'id', 'type', 'time', 'data',
        'queues', 'capacity', 'from', 'to', 'shifts'], k))) > 0;
CREATE MACRO is_plausible(at_ms, latest_ms) AS
    coalesce(at_ms BETWEEN 631152000000 AND least(4102444800000, latest_ms), false);

-- In the order of `rank` events of one millisecond are read.
CREATE TABLE kind (type VARCHAR, rank INTEGER, entity VARCHAR);
INSERT INTO kind VALUES
    ('contact.started', 0, 'contact'), ('visit.queued', 1, 'contact'), ('offer.made', 2, 'contact'),
    ('offer.declined', 3, 'contact'), ('visit.answered', 4, 'contact'), ('visit.abandoned', 5, 'contact'),
    ('visit.left', 6, 'contact'), ('leg.held', 7, 'contact'), ('leg.resumed', 8, 'contact'),
    ('leg.ended', 9, 'contact'), ('leg.wrapped_up', 10, 'contact'), ('contact.ended', 11, 'contact'),
    ('visit.blocked', 12, 'contact'), ('message.sent', 13, 'contact'),
    ('callback.attempted', 14, 'contact'), ('event.corrected', 18, 'contact'),
    ('event.retracted', 19, 'contact'), ('agent.state', 20, 'agent'), ('agent.heartbeat', 21, 'agent'),
    ('schedule.published', 22, 'agent'), ('event.corrected', 28, 'agent'), ('event.retracted', 29, 'agent');
CREATE TABLE known_type AS
    SELECT type, any_value(entity) AS entity FROM kind WHERE type NOT LIKE 'event.%' GROUP BY type
    UNION ALL VALUES ('contact.snapshot', 'contact'), ('agent.snapshot', 'agent');

-- Records that are JSON objects; what a correction says instead is a document of its own, nested in the first.
CREATE TABLE document AS
WITH outermost AS (
    SELECT topic, partition, "offset", received_ms,
        from_json(value, '{"specversion":"JSON","id":"JSON","source":"JSON","type":"JSON","time":"JSON",
            "subject":"JSON","data":"JSON"}') AS d, json_type(value, '$.data') = 'NULL' AS is_null
    FROM record
    WHERE CASE WHEN json_valid(value) THEN json_type(value) = 'OBJECT' ELSE false END),
split AS (
    SELECT o.* EXCLUDE (d, is_null), d.specversion, d.id, d.source, d.type, d.time, d.subject,
        if(is_null, 'null'::JSON, coalesce(d.data, '{}'::JSON)) AS data
    FROM outermost o),
instead AS (
    SELECT topic, partition, "offset", received_ms, specversion, source, subject,
        from_json(data, '{"id":"JSON","type":"JSON","time":"JSON","data":"JSON"}') AS d
    FROM split WHERE told(type) = 'event.corrected' AND json_type(data) = 'OBJECT')
SELECT false AS nested, topic, partition, "offset", received_ms, specversion, id, source, type, time, subject,
    data
FROM split
UNION ALL
SELECT true, topic, partition, "offset", received_ms, specversion, d.id, source, d.type, d.time, subject,
    coalesce(d.data, '{}'::JSON)
FROM instead;

CREATE TABLE spelled AS
SELECT nested, topic, partition, "offset", received_ms,
    told(source) AS source, told(id) AS id, told(subject) AS subject, told(document.type) AS type, data,
    k.entity, coalesce(received_ms + 300000, 4102444800000) AS latest_ms,
    instant_ms(told(time)) AS time_ms,
    told(specversion) = '1.0' AND is_printable(id) AND is_printable(source) AND is_printable(subject)
        AND CASE WHEN json_type(data) = 'OBJECT' THEN NOT has_null(data) ELSE false END AS is_whole,
    CASE WHEN json_type(data) = 'OBJECT' THEN from_json(data,
        '{"queue":"JSON","channel":"JSON","priority":"JSON","visit":"JSON","due":"JSON","accepted":"JSON",
          "agent":"JSON","team":"JSON","transfer":"JSON","reason":"JSON","by":"JSON","result":"JSON","state":"JSON",
          "since":"JSON","id":"JSON","type":"JSON","queues":"JSON","capacity":"JSON","from":"JSON",
          "to":"JSON","shifts":"JSON"}') END AS d
FROM document LEFT JOIN known_type k ON k.type = told(document.type);

-- What each document says, as plain columns.
CREATE TABLE part AS
    SELECT *, d.queue IS NOT NULL AND is_text(d.queue, 64) AS has_queue,
        d.channel IS NULL OR is_channel(told(d.channel)) AS channel_ok,
        d.visit IS NULL OR is_int(d.visit, 1, 999) AS visit_ok,
        d.agent IS NULL OR is_text(d.agent, 128) AS agent_ok,
        d.team IS NULL OR is_text(d.team, 64) AS team_ok,
        d.reason IS NULL OR is_text(d.reason, 64) AS reason_ok,
        instant_ms(told(d.since)) AS since_ms, instant_ms(told(d.due)) AS due_ms,
        instant_ms(told(d.accepted)) AS accepted_ms,
        CASE WHEN json_type(d.capacity) = 'OBJECT' THEN list_transform(list_sort(json_keys(d.capacity)),
            lambda k: {'channel': k, 'most': d.capacity->k}) END AS slots,
        CASE WHEN json_type(d.queues) = 'ARRAY' THEN from_json(d.queues, '["JSON"]') END AS queues,
        CASE WHEN json_type(d.shifts) = 'ARRAY' THEN list_transform(
            from_json(d.shifts, '[{"from":"JSON","to":"JSON","activity":"JSON"}]'),
            lambda s: {'from_ms': instant_ms(told(s."from")), 'to_ms': instant_ms(told(s."to")),
                'activity': told(s.activity)}) END AS shifts,
        instant_ms(told(d."from")) AS from_ms, instant_ms(told(d."to")) AS to_ms
    FROM spelled;

-- Whether it may.
CREATE TABLE sentence AS
SELECT *, CASE
    WHEN type = 'contact.started' THEN channel_ok AND ((data->'customer') IS NULL
        OR coalesce(regexp_full_match(told(data->'customer'), 'k[0-9]{1,6}:[0-9a-f]{32}'), false))
    WHEN type = 'contact.ended' THEN channel_ok
    WHEN type = 'visit.queued' THEN has_queue AND channel_ok AND visit_ok
        AND (d.priority IS NULL OR is_int(d.priority, 0, 1000))
        AND (d.due IS NULL OR is_plausible(due_ms, 4102444800000))
    WHEN type = 'visit.answered' THEN visit_ok AND agent_ok AND team_ok
        AND (d.accepted IS NULL OR is_plausible(accepted_ms, time_ms))
    WHEN type IN ('visit.abandoned', 'leg.held', 'leg.resumed', 'leg.wrapped_up')
        THEN visit_ok AND agent_ok AND team_ok
    WHEN type = 'leg.ended' THEN visit_ok AND agent_ok AND team_ok
        AND (d.transfer IS NULL OR is_one_of(d.transfer, ['blind', 'warm']))
    WHEN type = 'visit.left' THEN visit_ok AND is_one_of(d.reason,
        ['overflow', 'timeout', 'transfer', 'voicemail', 'callback', 'closed', 'error'])
    WHEN type = 'visit.blocked' THEN has_queue AND channel_ok
        AND (d.reason IS NULL OR is_one_of(d.reason, ['full', 'closed', 'no_agents', 'error']))
    WHEN type IN ('offer.made', 'offer.declined')
        THEN d.agent IS NOT NULL AND agent_ok AND reason_ok AND team_ok AND visit_ok
    WHEN type = 'message.sent'
        THEN is_one_of(d.by, ['customer', 'agent', 'bot']) AND agent_ok AND visit_ok
    WHEN type = 'callback.attempted'
        THEN is_one_of(d.result, ['connected', 'no_answer', 'busy', 'failed']) AND agent_ok AND visit_ok
    WHEN type = 'contact.snapshot' THEN CASE told(d.state)
        WHEN 'waiting' THEN has_queue AND channel_ok AND is_int(d.visit, 1, 999)
            AND is_plausible(since_ms, latest_ms)
        WHEN 'talking' THEN is_int(d.visit, 1, 999) AND agent_ok AND team_ok
            AND is_plausible(since_ms, latest_ms)
        ELSE told(d.state) = 'ended' END
    WHEN type IN ('agent.state', 'agent.snapshot') THEN is_one_of(d.state,
            ['available', 'ringing', 'talking', 'hold', 'wrapup', 'busy_other', 'not_ready', 'logged_out'])
        AND reason_ok AND team_ok
        AND (d.queues IS NULL OR queues IS NOT NULL AND len(queues) <= 64
            AND len(list_filter(queues, lambda q: NOT is_text(q, 64))) = 0)
        AND (d.capacity IS NULL OR CASE WHEN slots IS NULL THEN is_int(d.capacity, 0, 100)
            ELSE len(slots) > 0 AND len(list_filter(slots,
                lambda s: NOT is_channel(s.channel) OR NOT is_int(s.most, 0, 100))) = 0 END)
        AND (type = 'agent.state' OR is_plausible(since_ms, latest_ms))
    WHEN type = 'agent.heartbeat' THEN team_ok
    WHEN type = 'schedule.published' THEN team_ok AND len(shifts) <= 64 AND from_ms < to_ms
        AND is_plausible(from_ms, 4102444800000) AND is_plausible(to_ms, 4102444800000)
        AND len(list_filter(shifts, lambda s: NOT coalesce(
            from_ms <= s.from_ms AND s.from_ms < s.to_ms AND s.to_ms <= to_ms
            AND s.activity IN ('productive', 'not_productive'), false))) = 0
    WHEN type IN ('event.corrected', 'event.retracted')
        THEN is_printable(d.id) AND told(d.type) IN (SELECT type FROM known_type)
    END AND is_whole AND is_plausible(time_ms, latest_ms) AS is_valid
FROM part;

-- Facts: `number`, `a`, `b`, `c` order two contents of one identity; the greater is kept (docs/adr/0001).
CREATE TABLE statement AS
WITH meant AS (
    SELECT *, CASE
        WHEN type = 'agent.snapshot' THEN 'agent.state'
        WHEN type = 'contact.snapshot' THEN CASE told(d.state)
            WHEN 'waiting' THEN 'visit.queued' WHEN 'talking' THEN 'visit.answered' ELSE 'contact.ended' END
        ELSE type END AS meaning,
        coalesce(told(d.agent), '') AS agent, coalesce(told(d.team), '') AS team,
        coalesce(told(d.reason), '') AS reason, coalesce(told(d.channel), '') AS channel,
        coalesce(try_cast(d.visit->>'$' AS BIGINT), 0) AS visit
    FROM sentence WHERE coalesce(is_valid, false))
SELECT nested, topic, partition, "offset", received_ms, source, id, subject, meaning AS type, data,
    source || chr(9) || id AS uid,
    CASE WHEN type LIKE '%.snapshot' AND since_ms IS NOT NULL AND told(d.state) <> 'ended'
        THEN since_ms ELSE time_ms END AS at_ms,
    CASE WHEN type LIKE 'event.%' THEN (SELECT k.entity FROM known_type k WHERE k.type = told(d.type))
        ELSE entity END AS entity,
    CASE WHEN meaning = 'agent.state' THEN coalesce(list_max(list_transform(slots,
            lambda s: CAST(s.most->>'$' AS BIGINT))), try_cast(d.capacity->>'$' AS BIGINT), 1)
        WHEN meaning IN ('visit.queued', 'visit.answered', 'visit.abandoned', 'visit.left',
            'offer.made', 'offer.declined', 'message.sent', 'callback.attempted') OR meaning LIKE 'leg.%'
        THEN visit ELSE 0 END AS number,
    CASE WHEN meaning IN ('visit.queued', 'visit.blocked') THEN told(d.queue)
        WHEN meaning = 'visit.left' THEN reason
        WHEN meaning = 'agent.state' THEN told(d.state)
        WHEN meaning = 'schedule.published' THEN from_ms::VARCHAR
        WHEN meaning LIKE 'event.%' THEN source || chr(9) || told(d.id)
        WHEN meaning IN ('contact.started', 'contact.ended', 'agent.heartbeat') THEN ''
        ELSE agent END AS a,
    CASE WHEN meaning IN ('visit.queued', 'visit.blocked') THEN if(channel = '', 'voice', channel)
        WHEN meaning IN ('contact.started', 'contact.ended')
            THEN if(type = 'contact.snapshot', '', channel)
        WHEN type = 'visit.answered' THEN coalesce(accepted_ms::VARCHAR, '')
        WHEN meaning LIKE 'offer.%' THEN reason
        WHEN meaning = 'leg.ended' THEN coalesce(told(d.transfer), '')
        WHEN meaning = 'message.sent' THEN told(d.by)
        WHEN meaning = 'callback.attempted' THEN told(d.result)
        WHEN meaning = 'agent.state' THEN team
        WHEN meaning = 'schedule.published' THEN to_ms::VARCHAR
        ELSE '' END AS b,
    CASE WHEN meaning = 'visit.queued' THEN if(type = 'visit.queued', coalesce(due_ms::VARCHAR, ''), '')
        WHEN meaning = 'visit.blocked' THEN if(reason = '', 'full', reason)
        WHEN meaning = 'agent.state'
            THEN array_to_string(list_prepend(reason,
                coalesce(list_transform(queues, lambda q: told(q)), [])), chr(9))
                || coalesce(chr(9) || chr(9) || array_to_string(list_transform(slots,
                    lambda s: concat_ws(' ', s.channel, s.most->>'$')), chr(9)), '')
        WHEN meaning = 'schedule.published' THEN array_to_string(list_prepend(team, list_transform(shifts,
            lambda s: concat_ws(' ', s.from_ms, s.to_ms, s.activity))), chr(9))
        WHEN meaning IN ('visit.answered', 'visit.abandoned') OR meaning LIKE 'leg.%' OR meaning LIKE 'offer.%'
            THEN team
        ELSE '' END AS c
FROM meant;

CREATE TABLE ranked AS
SELECT s.*, k.rank FROM statement s JOIN kind k ON k.type = s.type AND k.entity = s.entity;

-- Decoded: what a correction says instead belongs to it, and without that it is none.
CREATE TABLE decoded AS
SELECT o.* EXCLUDE (nested, c),
    CASE WHEN o.type = 'event.corrected'
        THEN concat_ws(chr(9), i.at_ms, i.rank, i.number, i.a, i.b, i.c) ELSE o.c END AS c,
    i.at_ms AS other_at_ms, i.rank AS other_rank, i.type AS other_type, i.data AS other_data,
    i.number AS other_number, i.a AS other_a, i.b AS other_b, i.c AS other_c
FROM ranked o LEFT JOIN ranked i
    ON i.nested AND i.topic = o.topic AND i.partition = o.partition AND i."offset" = o."offset"
WHERE NOT o.nested AND (o.type <> 'event.corrected' OR i.at_ms IS NOT NULL);
