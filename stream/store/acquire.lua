-- KEYS: meta. ARGV: the earliest record. Returns the new token, the stored position and the watermark.
-- Tokens and sequence numbers follow the time of day: those of a store that was lost since, or that went on as
-- an older copy, are older than any after it. So no token is given out twice, and readers begin anew.
local now = redis.call('TIME')
local token = now[1] * 1000 + math.floor(now[2] / 1000)
local stored = redis.call('HMGET', KEYS[1], 'token', 'seq')
token = string.format('%d', math.max(token, (tonumber(stored[1]) or 0) + 1, (tonumber(stored[2]) or 0) + 1))
redis.call('HSET', KEYS[1], 'token', token, 'seq', token, 'floor', token)
redis.call('HSETNX', KEYS[1], 'next', ARGV[1])
local held = redis.call('HMGET', KEYS[1], 'next', 'watermark')
return {token, held[1], held[2]}
