-- Whether a queue is open now, by its calendar; without one it always is.

-- The latest that a clock has shown: hours begin when their beginning is first shown or jumped over, and end likewise.
CREATE TABLE shown_until AS
SELECT time_zone, max(epoch_ms(timezone(time_zone, to_timestamp(at_s)))) // 60000 AS minute
FROM (SELECT DISTINCT time_zone FROM calendar), moment_now,
    LATERAL (SELECT unnest(generate_series(now_ms // 60000 * 60 - 28 * 3600, now_ms // 1000, 60))) g(at_s)
GROUP BY time_zone;

-- Hours belong to the date that they begin on, and may last into the next.
CREATE TABLE hours_now AS
WITH day AS (
    SELECT c.*, minute - day * 1440 AS at_minute, DATE '1970-01-01' + day::INTEGER AS date
    FROM (SELECT c.*, minute, unnest([minute // 1440, minute // 1440 - 1]) AS day
        FROM calendar c JOIN shown_until USING (time_zone)) c)
SELECT d.queue, d.channel, d.at_minute >= h.from_minute AND d.at_minute < h.to_minute AS is_open
FROM day d JOIN opening h ON h.queue = d.queue AND h.channel = d.channel
    AND CASE WHEN EXISTS (FROM opening s WHERE (s.queue, s.channel, s.date) = (d.queue, d.channel, d.date))
        THEN h.date = d.date ELSE h.weekday = isodow(d.date) END;

-- By the calendar of the row if it has a clock of its own, else by the calendar of the centre.
CREATE TABLE row_open AS
WITH place AS (
    SELECT r.queue, r.channel, coalesce(c.queue, '') AS at_queue, coalesce(c.channel, '') AS at_channel
    FROM board_row r LEFT JOIN clock c ON c.queue = r.queue AND c.channel = r.channel AND c.queue <> '')
SELECT p.queue, p.channel, any_value(c.queue) IS NULL OR coalesce(bool_or(h.is_open), false) AS is_open
FROM place p LEFT JOIN calendar c ON c.queue = at_queue AND c.channel = at_channel
LEFT JOIN hours_now h ON h.queue = at_queue AND h.channel = at_channel
GROUP BY p.queue, p.channel;

INSERT INTO figure
SELECT 'queue', queue, channel, 'now', 'open', is_open::INTEGER FROM row_open
UNION ALL SELECT 'all', '', '', 'now', 'open', bool_or(is_open)::INTEGER FROM row_open;
