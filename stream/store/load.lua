-- KEYS: the facts of entities, then hashes of cells. ARGV: number of entities; per hash: number, field...
-- Returns the flat content of each entity's hash, then the values of each hash's fields.
local entities = tonumber(ARGV[1])
local result = {}
for i = 1, entities do result[i] = redis.call('HGETALL', KEYS[i]) end
local at = 2
for i = entities + 1, #KEYS do
  local count = tonumber(ARGV[at])
  local values = {}
  for first = at + 1, at + count, 4000 do
    local stop = math.min(first + 3999, at + count)
    for _, value in ipairs(redis.call('HMGET', KEYS[i], unpack(ARGV, first, stop))) do
      values[#values + 1] = value
    end
  end
  result[i] = values
  at = at + count + 1
end
return result
