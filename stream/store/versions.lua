-- Put before other scripts. A partition's meta names the version that readers are given (serving) and the one that is
-- built meanwhile (building), if any; next, watermark and written are of the version that is written.

-- Ends a plan that has reached its target. Readers are given the version that was built; the floor has them read all
-- of it.
local function complete(meta, seq)
  local building = redis.call('HGET', meta, 'building')
  if building then redis.call('HSET', meta, 'serving', building, 'floor', seq, 'unswept', 1) end
  redis.call('HDEL', meta, 'building', 'start', 'target', 'since', 'served_next', 'served_watermark',
    'served_written')
end
