-- Put before other scripts. What a partition holds of what [limits] bounds, in the version that is written: names,
-- and how many entities are live, by how their keys begin: [beginning, how many, ...]. `base`: the beginning of its
-- keys.
local function held(base, serving, building)
  local written, by, live = base .. ':v' .. (building or serving or 0), {}, {}
  for _, key in ipairs(redis.call('HKEYS', written .. ':live')) do
    local begins = string.sub(key, 1, 2)
    by[begins] = (by[begins] or 0) + 1
  end
  for begins, count in pairs(by) do
    live[#live + 1] = begins
    live[#live + 1] = count
  end
  return redis.call('HKEYS', written .. ':names'), live
end
