-- KEYS: meta. Returns the new token, the stored position (or false) and the watermark.
-- Sequence numbers begin at the time of day, so those of a store that was lost lie below the floor.
local token = redis.call('HINCRBY', KEYS[1], 'token', 1)
if redis.call('HEXISTS', KEYS[1], 'seq') == 0 then
  local now = redis.call('TIME')
  local seq = now[1] * 1000 + math.floor(now[2] / 1000)
  redis.call('HSET', KEYS[1], 'seq', string.format('%d', seq), 'floor', string.format('%d', seq))
end
local stored = redis.call('HMGET', KEYS[1], 'next', 'watermark')
return {token, stored[1], stored[2]}
