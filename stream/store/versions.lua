-- Before the other scripts. A partition's meta names the version that readers are given (serving) and the one
-- that is written meanwhile (building); next, watermark and written are of what is written.

-- The plan has reached its target: what was being built is what readers are given from now on.
local function complete(meta, seq)
  local building = redis.call('HGET', meta, 'building')
  if building then redis.call('HSET', meta, 'serving', building, 'floor', seq, 'unswept', 1) end
  redis.call('HDEL', meta, 'building', 'start', 'target', 'since', 'served_next', 'served_watermark',
    'served_written')
end
