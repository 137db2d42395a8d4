-- A new lease on a partition, and where its state stands: all of one instant, because a store that falls back to an
-- older copy in between would answer from two histories.
-- KEYS: meta. ARGV: format, and the beginning of the partition's keys.
-- Returns the token. Unless the format is another one, then also: the stored position (or false), watermark; start,
-- target and since of a plan; 1 if readers lack nothing; whether a rebuild is requested; the odd records; the names
-- that were let in, and how many entities are live, by how their keys begin; the rulebook that the state was booked
-- by, and up to when; and how many offsets are unaccounted for.

-- The token fences: what carries an older one is refused. A counter would do, were it never lost. A store that is
-- emptied or restored from a backup would count again from below, and give out a token that a worker of before still
-- holds, or a cursor that a reader does. The time of day is beyond both, unless the clock went back: then one more
-- than what is stored.
local now = redis.call('TIME')
local at = now[1] * 1000 + math.floor(now[2] / 1000)
local known = redis.call('HMGET', KEYS[1], 'token', 'seq')
local token = string.format('%d', math.max(at, (tonumber(known[1]) or 0) + 1, (tonumber(known[2]) or 0) + 1))
if not known[2] then redis.call('HSET', KEYS[1], 'format', ARGV[1], 'serving', 1) end
-- The floor is raised as well, so that every reader begins anew: a cursor from another history may be a valid number
-- here.
-- And it is a sign of life: who takes a partition over lives.
redis.call('HSET', KEYS[1], 'token', token, 'seq', token, 'floor', token, 'sign', string.format('%d 0 0', at))
local stored = redis.call('HMGET', KEYS[1], 'format', 'next', 'watermark', 'start', 'target', 'since', 'serving', 'request',
  'building', 'rulebook', 'booked')
-- What another version wrote in another format is not read: with no position, the owner builds it anew from the log.
if stored[1] ~= ARGV[1] then return {token, false, false, false, false, false, 0, false, {}, {}, {}, false, 0, 0} end
local names, live = held(ARGV[2], stored[7], stored[9])
local odd = redis.call('HGETALL', ARGV[2] .. ':v' .. (stored[9] or stored[7] or 0) .. ':odd')
return {token, stored[2], stored[3], stored[4], stored[5], stored[6], stored[7] and 1 or 0, stored[8], odd, names, live,
  stored[10], stored[11], unaccounted(KEYS[1])}
