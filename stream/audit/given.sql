-- What a recomputation is given beside the log: the settings, and the instant at which it is read.
-- Everything else is computed from this by the other files, in the order that `recomputation.py` names.

-- Up to where the board has read: records from `next` on are not there yet.
CREATE TABLE position (topic VARCHAR, partition INTEGER, next BIGINT);
CREATE VIEW decoded AS
SELECT d.*, d.source || chr(9) || d.id AS uid
FROM log.decoded d JOIN position p USING (topic, partition) WHERE d."offset" < p.next;
CREATE VIEW beat AS
SELECT b.* FROM log.beat b JOIN position p USING (topic, partition) WHERE b."offset" < p.next;

CREATE TABLE moment_now (now_ms BIGINT);
-- Whether the log still has its first records.
CREATE TABLE log_begins (is_whole BOOLEAN);

-- contacts_ms, agents_ms (retention); stale_after_ms, grace_ms (agents); min_contacts, goal_millionths (of the default); by_agent
CREATE TABLE setting (name VARCHAR, value VARCHAR);

-- What a queue promises from an instant on. Looked up by (queue, channel), (queue, ''), ('', channel), ('', '').
CREATE TABLE definition (
    queue VARCHAR, channel VARCHAR, from_ms BIGINT,
    target_ms BIGINT, short_ms BIGINT,
    rule VARCHAR, attribution VARCHAR, flowed_out VARCHAR, callback VARCHAR, clock_stop VARCHAR,
    min_contacts BIGINT, goal_millionths BIGINT);

-- Every target of a queue that has several, and how the board writes it. Looked up as above.
CREATE TABLE target (queue VARCHAR, channel VARCHAR, target_ms BIGINT, label VARCHAR);

-- The clock of a queue, or of the centre ('', ''): `day_start` in minutes past midnight.
CREATE TABLE clock (queue VARCHAR, channel VARCHAR, zone VARCHAR, day_start INTEGER);

-- Opening hours of a queue, or of the centre; none of either: always open. Minutes past midnight, up to two days;
-- `weekday` is 1 on Monday. Of a `date` only its own hours count; NULL is closed.
CREATE TABLE calendar (queue VARCHAR, channel VARCHAR, time_zone VARCHAR);
CREATE TABLE opening (
    queue VARCHAR, channel VARCHAR, date DATE, weekday INTEGER, from_minute INTEGER, to_minute INTEGER);

-- The most that a partition holds of each kind, none where nothing is limited. Names that are let in uncounted, of
-- queues with the channel after a tab. Names that were let in; filled by `limits.py`. Records that a dead letter
-- called too many.
CREATE TABLE bound (kind VARCHAR, most BIGINT);
CREATE TABLE always_let_in (kind VARCHAR, name VARCHAR);
CREATE TABLE let_in (topic VARCHAR, partition INTEGER, name VARCHAR);
CREATE TABLE letter (topic VARCHAR, partition INTEGER, "offset" BIGINT, kind VARCHAR);

CREATE TABLE stuck (channel VARCHAR, after_ms BIGINT);
CREATE TABLE productive_reason (reason VARCHAR);
CREATE TABLE team (team VARCHAR, display_name VARCHAR, site VARCHAR);

-- The rows that the board shows, so that what it shows and the log does not know is reckoned too: as nothing.
CREATE TABLE shown_queue (queue VARCHAR, channel VARCHAR);
CREATE TABLE shown_team (team VARCHAR);

-- What comes out: values by their place in the board document. `scope` is board, queue, all, contacts, team,
-- site or staff; `queue` names the queue, team or site, else it is ''; `window` is now, totals or a window.
CREATE TABLE figure (
    scope VARCHAR, queue VARCHAR, channel VARCHAR, "window" VARCHAR, name VARCHAR, value DOUBLE);
-- Its last two columns. Measures of the board (`stream/domain/measures`) are reckoned here by the same names.
CREATE MACRO worth(name, value) AS {'name': name, 'value': value::DOUBLE};

-- Who is behind a figure, where a file wants to say so.
CREATE TABLE culprit (
    scope VARCHAR, queue VARCHAR, channel VARCHAR, "window" VARCHAR, name VARCHAR, subject VARCHAR);
