-- Before the other scripts. Of how many offsets a partition's position has gone over nobody knows whether they
-- hold a record: neither a record was folded there, nor has the log shown that there is none. It must be 0.
local function unaccounted(meta)
  local counted = redis.call('HMGET', meta, 'next', 'counted_from', 'records', 'gaps')
  local at, from = tonumber(counted[1]), tonumber(counted[2])
  if not at or not from then return 0 end -- nothing was stored, or by hand
  return at - from - (tonumber(counted[3]) or 0) - (tonumber(counted[4]) or 0)
end
