-- One checkpoint, whole or not at all: a script runs alone, and Redis does not undo one that fails midway, so nothing
-- is written before every check has passed.
-- KEYS: meta. Every other key begins with ARGV[7] and the version, and so lies in the same slot of a cluster. ARGV:
-- token, from, next, watermark, written, most changes kept, the beginning of the partition's keys, format, and a JSON
-- document, because one long argument costs a client far less than thousands of short ones:
--   live: [name, value, ...], gone: [name, ...], changed: [name, ...],
--   hashes: [[end of key, ttl, [field, value, ...], [removed field, ...]], ...], heartbeats: [ms, source, ...],
--   odd: [minute, value, ...], past: [minute, ...];
-- how many sources of heartbeats are kept; the rulebook this was booked by ('' for none), and up to when; how many
-- records it comes from, and at how many offsets there are none.

-- Lua passes arguments on a stack of 8,000 places; a command gets fewer at once.
local LIMIT = 4000
local stored = redis.call('HMGET', KEYS[1], 'token', 'next', 'seq', 'format', 'request', 'serving', 'building', 'target',
  'changes')
if not stored[1] then return {'elsewhere'} end -- the store was lost: begin anew from the log
-- A later lease exists. A worker that was paused, or cut off, cannot know that, so it is checked here and at each
-- write.
if stored[1] ~= ARGV[1] then return {'fenced'} end
-- Cells are absolute values, computed from those at `from`: anywhere else they would be wrong. Under the same lease,
-- a position at `next` means that this very checkpoint was stored and its answer lost.
if stored[2] ~= ARGV[2] then
  return {stored[2] == ARGV[3] and 'repeat' or 'elsewhere'}
end
if stored[4] ~= ARGV[8] or stored[5] then return {'elsewhere'} end -- to be built anew
local base = ARGV[7] .. ':v' .. (stored[7] or stored[6])
local changes = cjson.decode(ARGV[9])

-- Runs a command over many values; returns how many fields it added or removed. With `fields` as `call`, a value of
-- another type, which somebody put there by hand, gives way: an error here would leave the checkpoint half stored.
local function each(command, key, values, call)
  local moved = 0
  for first = 1, #values, LIMIT do
    local last = math.min(first + LIMIT - 1, #values)
    local done = (call or redis.call)(command, key, unpack(values, first, last))
    if not done then
      redis.call('DEL', key)
      done = redis.call(command, key, unpack(values, first, last))
    end
    moved = moved + done
  end
  return moved
end

-- Beside each hash is how many fields it must have. Redis drops an empty hash without a trace, and `verify.lua` would
-- not know that there was one. Hashes of facts are not counted: they are many, and expire.
local function count(name, moved)
  if moved ~= 0 then redis.call('HINCRBY', base .. ':counts', name, moved) end
end

count(':live', each('HSET', base .. ':live', changes.live) - each('HDEL', base .. ':live', changes.gone))
for _, hash in ipairs(changes.hashes) do
  local key = base .. hash[1]
  local moved = each('HSET', key, hash[3], fields) - each('HDEL', key, hash[4])
  if string.sub(hash[1], 1, 3) ~= ':e:' then count(hash[1], moved) end
  -- The facts of what is open do not expire, however long it is silent: its end is read by how it began.
  local entity = string.match(hash[1], '^:e:(.*)$')
  if entity and redis.call('HEXISTS', base .. ':live', entity) == 1 then
    redis.call('PERSIST', key)
  elseif hash[2] > 0 then
    redis.call('PEXPIRE', key, hash[2])
  end
end

if #changes.heartbeats > 0 then
  for i = 1, #changes.heartbeats, 2 do
    redis.call('ZADD', base .. ':heartbeats', 'GT', changes.heartbeats[i], changes.heartbeats[i + 1])
  end
  local dropped = redis.call('ZREMRANGEBYRANK', base .. ':heartbeats', 0, -1 - tonumber(ARGV[10]))
  if dropped > 0 then redis.call('HINCRBY', KEYS[1], 'dropped', dropped) end
end

local seq = string.format('%d', tonumber(stored[3]) + 1)
local scored = {}
for i, name in ipairs(changes.changed) do
  scored[2 * i - 1] = seq
  scored[2 * i] = name
end
local changed = base .. ':changes'
-- Readers learn what changed from this set alone. If it is not as the last checkpoint left it, it has lost names, so
-- readers must read all: the floor is raised above their cursors.
if stored[9] and redis.call('ZCARD', changed) ~= tonumber(stored[9]) then redis.call('HSET', KEYS[1], 'floor', seq) end
each('ZADD', changed, scored)
local excess = redis.call('ZCARD', changed) - tonumber(ARGV[6])
if excess > 0 then
  local dropped = redis.call('ZRANGE', changed, excess - 1, excess - 1, 'WITHSCORES')
  redis.call('ZREMRANGEBYRANK', changed, 0, excess - 1)
  if not (stored[6] and stored[7]) then -- a version beside the one that is served has no readers yet
    redis.call('HSET', KEYS[1], 'floor', string.format('%d', tonumber(dropped[2])))
  end
end
if #changes.odd > 0 then
  each('HSET', base .. ':odd', changes.odd)
  each('HDEL', base .. ':odd', changes.past)
  redis.call('HSET', KEYS[1], 'odd', seq)
end
redis.call('HSET', KEYS[1], 'next', ARGV[3], 'watermark', ARGV[4], 'written', ARGV[5], 'seq', seq,
  'rulebook', ARGV[11], 'booked', ARGV[12], 'changes', redis.call('ZCARD', changed))
redis.call('HINCRBY', KEYS[1], 'records', ARGV[13])
if ARGV[14] ~= '0' then redis.call('HINCRBY', KEYS[1], 'gaps', ARGV[14]) end
if stored[8] and tonumber(ARGV[3]) >= tonumber(stored[8]) then complete(KEYS[1], seq) end
return {'applied'}
