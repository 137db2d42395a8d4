-- KEYS: meta. Returns the new token, the stored position (or false) and the watermark.
-- Tokens and sequence numbers begin at the time of day: those from before a loss are older than any after it.
if redis.call('HEXISTS', KEYS[1], 'seq') == 0 then
  local now = redis.call('TIME')
  local begin = string.format('%d', now[1] * 1000 + math.floor(now[2] / 1000))
  redis.call('HSET', KEYS[1], 'token', begin, 'seq', begin, 'floor', begin)
end
local token = redis.call('HINCRBY', KEYS[1], 'token', 1)
local stored = redis.call('HMGET', KEYS[1], 'next', 'watermark')
return {token, stored[1], stored[2]}
