-- KEYS: meta. ARGV: format. Returns the new token; unless the format is another also the stored position (or
-- false), the watermark, start, target and since of a plan, 1 if readers lack nothing, and whether one is requested.
-- Tokens and sequence numbers begin at the time of day: those from before a loss are older than any after it.
if redis.call('HEXISTS', KEYS[1], 'seq') == 0 then
  local now = redis.call('TIME')
  local begin = string.format('%d', now[1] * 1000 + math.floor(now[2] / 1000))
  redis.call('HSET', KEYS[1], 'token', begin, 'seq', begin, 'floor', begin, 'format', ARGV[1], 'serving', 1)
end
local token = redis.call('HINCRBY', KEYS[1], 'token', 1)
local stored = redis.call('HMGET', KEYS[1], 'format', 'next', 'watermark', 'start', 'target', 'since', 'serving', 'request')
if stored[1] ~= ARGV[1] then return {token, false, false, false, false, false, 0, false} end
return {token, stored[2], stored[3], stored[4], stored[5], stored[6], stored[7] and 1 or 0, stored[8]}
