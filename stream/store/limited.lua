-- Before the other scripts. What is written holds of what is limited: names, and how many contacts are open.
-- `base`: the keys' common beginning; `contact`: how open contacts begin among what is live.
local function held(base, serving, building, contact)
  local written, open = base .. ':v' .. (building or serving or 0), 0
  for _, entity in ipairs(redis.call('HKEYS', written .. ':live')) do
    if string.sub(entity, 1, #contact) == contact then open = open + 1 end
  end
  return redis.call('HKEYS', written .. ':names'), open
end
