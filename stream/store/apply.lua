-- One checkpoint, whole or not at all. Nothing is written before both checks have passed.
-- KEYS: meta, changes, live, then one per hash that is written.
-- ARGV: token, from, next, watermark, written, most changes kept,
--       live: number set, (name, value)..., number removed, name...
--       per hash: ttl, number of arguments, (field, value)..., number removed, field...
--       changed names...
local LIMIT = 4000
local stored = redis.call('HMGET', KEYS[1], 'token', 'next', 'seq')
if stored[1] ~= ARGV[1] then return {'fenced', 0} end
if stored[2] and stored[2] ~= ARGV[2] then
  if stored[2] == ARGV[3] then return {'repeat', tonumber(stored[3])} end
  return {'elsewhere', tonumber(stored[2])}
end

local at = 7
local function each(command, key, count)
  local last = at + count - 1
  while at <= last do
    local stop = math.min(at + LIMIT - 1, last)
    redis.call(command, key, unpack(ARGV, at, stop))
    at = stop + 1
  end
end
local function counted(command, key)
  local count = tonumber(ARGV[at])
  at = at + 1
  if count > 0 then each(command, key, count) end
end

counted('HSET', KEYS[3])
counted('HDEL', KEYS[3])
for i = 4, #KEYS do
  local ttl = tonumber(ARGV[at])
  at = at + 1
  counted('HSET', KEYS[i])
  counted('HDEL', KEYS[i])
  if ttl > 0 then redis.call('PEXPIRE', KEYS[i], ttl) end
end

local seq = string.format('%d', tonumber(stored[3]) + 1)
while at <= #ARGV do
  local batch = {}
  local stop = math.min(at + LIMIT / 2 - 1, #ARGV)
  for i = at, stop do
    batch[#batch + 1] = seq
    batch[#batch + 1] = ARGV[i]
  end
  redis.call('ZADD', KEYS[2], unpack(batch))
  at = stop + 1
end
local excess = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[6])
if excess > 0 then
  local dropped = redis.call('ZRANGE', KEYS[2], excess - 1, excess - 1, 'WITHSCORES')
  redis.call('ZREMRANGEBYRANK', KEYS[2], 0, excess - 1)
  redis.call('HSET', KEYS[1], 'floor', dropped[2])
end
redis.call('HSET', KEYS[1], 'next', ARGV[3], 'watermark', ARGV[4], 'written', ARGV[5], 'seq', seq)
return {'applied', tonumber(seq)}
