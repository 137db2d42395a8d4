-- Begins a plan to read a partition again; if anew, with an empty version to write beside the one that readers have.
-- KEYS: meta. ARGV: token, format, start, target, since, 1 for anew, lost.
local meta = KEYS[1]
local stored = redis.call('HMGET', meta, 'token', 'format', 'serving', 'building', 'next', 'watermark', 'written', 'seq', 'planned')
if not stored[1] then return {'elsewhere'} end
if stored[1] ~= ARGV[1] then return {'fenced'} end
-- One plan for each lease. A client that gives up on an answer sends the call again, and the first copy may still
-- arrive long after: it must not throw away what has been written since.
if stored[9] == ARGV[1] then return {'repeat'} end
local seq = string.format('%d', tonumber(stored[8]) + 1)
redis.call('HSET', meta, 'seq', seq, 'planned', ARGV[1])

if ARGV[6] == '1' then
  local serving, building, position = stored[3], stored[4], stored[5]
  local version = math.max(tonumber(serving) or 0, tonumber(building) or 0) + 1
  if stored[2] ~= ARGV[2] then -- nobody reads another format: it cannot be served meanwhile
    serving, building, position = false, false, false
    redis.call('HDEL', meta, 'served_next', 'served_watermark', 'served_written')
  end
  if serving and not building and position then
    -- Meta's position, watermark and time are those of what is written: from now on that is the new version. Readers
    -- need those of the version they are served, so they are kept apart.
    redis.call('HSET', meta, 'served_next', position, 'served_watermark', stored[6] or 0, 'served_written', stored[7] or 0)
  elseif not (serving and building) then -- nothing that could be served was ever written
    redis.call('HDEL', meta, 'serving')
    redis.call('HSET', meta, 'floor', seq)
  end
  redis.call('HSET', meta, 'format', ARGV[2], 'building', version, 'next', ARGV[3], 'watermark', 0, 'written', 0,
    'lost', ARGV[7], 'unswept', 1, 'counted_from', ARGV[3], 'records', 0, 'gaps', 0)
  redis.call('HDEL', meta, 'changes')
  redis.call('HDEL', meta, 'rulebook', 'booked')
end
redis.call('HSET', meta, 'start', ARGV[3], 'target', ARGV[4], 'since', ARGV[5])
redis.call('HDEL', meta, 'request')
if tonumber(ARGV[3]) >= tonumber(ARGV[4]) then complete(meta, seq) end
return {'applied'}
