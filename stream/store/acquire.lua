-- KEYS: meta. ARGV: format, and the keys' common beginning. Returns the
-- new token; unless the format is another also the stored position (or false), the watermark, start, target and since
-- of a plan, 1 if readers lack nothing, whether one is requested, the odd records, the names of what is written and how
-- many are live, by how their keys begin, by which rulebook that was booked, and up to when, and how many offsets are unaccounted for.
-- All of one instant: a store that falls back to an older copy must not have it from two histories.
-- Tokens and sequence numbers follow the time of day: those of a store that was lost since, or that went on as
-- an older copy, are older than any after it. So no token is given out twice, and readers begin anew.
local now = redis.call('TIME')
local token = now[1] * 1000 + math.floor(now[2] / 1000)
local known = redis.call('HMGET', KEYS[1], 'token', 'seq')
token = string.format('%d', math.max(token, (tonumber(known[1]) or 0) + 1, (tonumber(known[2]) or 0) + 1))
if not known[2] then redis.call('HSET', KEYS[1], 'format', ARGV[1], 'serving', 1) end
-- Who takes it over lives.
local sign = string.format('%d 0 0', now[1] * 1000 + math.floor(now[2] / 1000))
redis.call('HSET', KEYS[1], 'token', token, 'seq', token, 'floor', token, 'sign', sign)
local stored = redis.call('HMGET', KEYS[1], 'format', 'next', 'watermark', 'start', 'target', 'since', 'serving', 'request',
  'building', 'rulebook', 'booked')
if stored[1] ~= ARGV[1] then return {token, false, false, false, false, false, 0, false, {}, {}, {}, false, 0, 0} end
local names, live = held(ARGV[2], stored[7], stored[9])
local odd = redis.call('HGETALL', ARGV[2] .. ':v' .. (stored[9] or stored[7] or 0) .. ':odd')
return {token, stored[2], stored[3], stored[4], stored[5], stored[6], stored[7] and 1 or 0, stored[8], odd, names, live,
  stored[10], stored[11], unaccounted(KEYS[1])}
