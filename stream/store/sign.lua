-- A sign of life of the partition's owner.
-- KEYS: meta. ARGV: token, for how many ms Kafka has not answered, how many records are to be read, for how many ms
-- the oldest of them has been there, what keeps them from being read ('' for nothing). Stored as the instant by this
-- server's clock, then these. Returns 1, or 0 where a later lease exists. The clock is the server's: readers compare
-- signs of several workers, whose own clocks differ.
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return 0 end
local now = redis.call('TIME')
local at = now[1] * 1000 + math.floor(now[2] / 1000)
redis.call('HSET', KEYS[1], 'sign', string.format('%d %s %s %s %s', at, ARGV[2], ARGV[3], ARGV[4], ARGV[5]))
return 1
