-- KEYS: meta. ARGV: the position of a partition that has none. Returns the new token, the position and the watermark.
-- A position is stored from the first moment on: none means that the store was lost.
-- Tokens begin at the time of day: those from before a loss are older than any after it. Sequence numbers begin
-- there at every acquisition, above a new floor, so that readers read everything anew: what follows may be
-- another course of events than they saw, if an older copy of the store was put back.
local now = redis.call('TIME')
local begin = now[1] * 1000 + math.floor(now[2] / 1000)
redis.call('HSETNX', KEYS[1], 'next', ARGV[1])
local stored = redis.call('HMGET', KEYS[1], 'next', 'watermark', 'seq')
redis.call('HSETNX', KEYS[1], 'token', string.format('%d', begin))
local seq = string.format('%d', math.max(begin, (tonumber(stored[3]) or 0) + 1))
redis.call('HSET', KEYS[1], 'seq', seq, 'floor', seq)
return {redis.call('HINCRBY', KEYS[1], 'token', 1), stored[1], stored[2]}
