-- One checkpoint, whole or not at all. Nothing is written before both checks have passed.
-- KEYS: meta, changes, live. Every other key begins with ARGV[7] and so lies in the same slot.
-- ARGV: token, from, next, watermark, written, most changes kept, the keys' common beginning, and a JSON
-- document, because one long argument costs a client far less than thousands of short ones:
--   live: [name, value, ...], gone: [name, ...], changed: [name, ...],
--   hashes: [[end of key, ttl, [field, value, ...], [removed field, ...]], ...]
local LIMIT = 4000
local stored = redis.call('HMGET', KEYS[1], 'token', 'next', 'seq')
if not stored[1] or not stored[2] then return {'elsewhere'} end -- the store was lost: begin anew from the log
if stored[1] ~= ARGV[1] then return {'fenced'} end
if stored[2] ~= ARGV[2] then
  return {stored[2] == ARGV[3] and 'repeat' or 'elsewhere'}
end
local changes = cjson.decode(ARGV[8])

local function each(command, key, values)
  for first = 1, #values, LIMIT do
    redis.call(command, key, unpack(values, first, math.min(first + LIMIT - 1, #values)))
  end
end

each('HSET', KEYS[3], changes.live)
each('HDEL', KEYS[3], changes.gone)
for _, hash in ipairs(changes.hashes) do
  local key = ARGV[7] .. hash[1]
  each('HSET', key, hash[3])
  each('HDEL', key, hash[4])
  if hash[2] > 0 then redis.call('PEXPIRE', key, hash[2]) end
end

local seq = string.format('%d', tonumber(stored[3]) + 1)
local scored = {}
for i, name in ipairs(changes.changed) do
  scored[2 * i - 1] = seq
  scored[2 * i] = name
end
each('ZADD', KEYS[2], scored)
local excess = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[6])
if excess > 0 then
  local dropped = redis.call('ZRANGE', KEYS[2], excess - 1, excess - 1, 'WITHSCORES')
  redis.call('ZREMRANGEBYRANK', KEYS[2], 0, excess - 1)
  redis.call('HSET', KEYS[1], 'floor', string.format('%d', tonumber(dropped[2])))
end
redis.call('HSET', KEYS[1], 'next', ARGV[3], 'watermark', ARGV[4], 'written', ARGV[5], 'seq', seq)
return {'applied'}
