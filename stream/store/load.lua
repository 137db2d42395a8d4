-- The state that a fold misses, all of one instant, with the token and position that it is of: the owner compares
-- those with its own, and so never builds upon what another owner has stored.
-- KEYS: meta. ARGV: the beginning of the partition's keys, 1 for the version that readers are given, and a JSON
-- document:
--   entities: [end of key, ...], hashes: [[end of key, [field, ...]], ...]
-- Returns token, position and watermark of what is written, the flat content of each entity's hash, then the values
-- of each hash's fields. A value of another type in a hash's place gives '', which is reported as unreadable.
local LIMIT = 4000
local versions = redis.call('HMGET', KEYS[1], 'serving', 'building', 'token', 'next', 'watermark')
local version = versions[2] or versions[1]
if ARGV[2] == '1' then version = versions[1] or versions[2] end
local base = ARGV[1] .. ':v' .. (version or 0)
local wanted = cjson.decode(ARGV[3])
local result = {versions[3], versions[4], tonumber(versions[5]) or 0}
for i, entity in ipairs(wanted.entities) do
  local found = fields('HGETALL', base .. entity)
  if not found or (#found == 0 and fields('HEXISTS', base .. ':live', string.sub(entity, 4)) == 1) then
    found = {'', ''} -- live without facts: they were lost, and an empty answer would pass for a new contact
  end
  result[i + 3] = found
end
for _, hash in ipairs(wanted.hashes) do
  local values = {}
  for first = 1, #hash[2], LIMIT do
    local stop = math.min(first + LIMIT - 1, #hash[2])
    local found = fields('HMGET', base .. hash[1], unpack(hash[2], first, stop))
    for i = 1, stop - first + 1 do values[#values + 1] = not found and '' or found[i] end
  end
  result[#result + 1] = values
end
return result
