-- Put before other scripts. How many offsets the position has passed at which neither a record was folded nor the log
-- has shown that there is none. It must be 0: else a record may have been passed over, and the numbers lack it.
local function unaccounted(meta)
  local counted = redis.call('HMGET', meta, 'next', 'counted_from', 'records', 'gaps')
  local at, from = tonumber(counted[1]), tonumber(counted[2])
  if not at or not from then return 0 end -- nothing is stored, or it was changed by hand
  return at - from - (tonumber(counted[3]) or 0) - (tonumber(counted[4]) or 0)
end
