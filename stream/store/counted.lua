-- Before the other scripts. Of how many offsets a partition's position has gone over nobody knows whether they
-- hold a record: neither a record was folded there, nor has the log shown that there is none. It must be 0.
local function unaccounted(meta)
  local counted = redis.call('HMGET', meta, 'next', 'counted_from', 'records', 'gaps')
  if not counted[1] or not counted[2] then return 0 end
  return tonumber(counted[1]) - tonumber(counted[2]) - (tonumber(counted[3]) or 0) - (tonumber(counted[4]) or 0)
end
