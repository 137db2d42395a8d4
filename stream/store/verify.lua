-- Which hashes of a version have another number of fields than were stored in them: somebody deleted a key or a
-- field, or a full server did.
-- KEYS: meta. ARGV: the beginning of the partition's keys, 1 for the version that readers are given, then for the
-- panes of 10 s and of 1 min how long they are kept and how long a hash of them is, in ms, and 1 to forget counts of
-- hashes that have expired.
-- Returns: [end of key, due, found, ...].
local versions = redis.call('HMGET', KEYS[1], 'serving', 'building')
local version = versions[2] or versions[1]
if ARGV[2] == '1' then version = versions[1] or versions[2] end
local base = ARGV[1] .. ':v' .. (version or 0)
local now = redis.call('TIME')[1] * 1000
local kept = {['10000'] = {tonumber(ARGV[3]), tonumber(ARGV[4])}, ['60000'] = {tonumber(ARGV[5]), tonumber(ARGV[6])}}
local counted = fields('HGETALL', base .. ':counts') or {}
if #counted == 0 and (fields('HLEN', base .. ':total') or 1) > 0 then return {':counts', '1', '0'} end -- the counts are lost
local found, past = {}, {}
for i = 1, #counted, 2 do
  local pane, block = string.match(counted[i], '^:(%d+):(%d+)$')
  -- A hash of panes expires some time after its last change, which is not known here. From its age on at which it may
  -- have expired it is not looked at; from twice that on it has, and its count is forgotten.
  local age = pane and now - tonumber(block) * kept[pane][2]
  if age and age > 2 * (kept[pane][1] + kept[pane][2]) then
    past[#past + 1] = counted[i]
  elseif not age or age < kept[pane][1] + kept[pane][2] then
    local there = fields('HLEN', base .. counted[i])
    if tostring(there) ~= counted[i + 1] then
      for _, part in ipairs({counted[i], counted[i + 1], tostring(there or 'no hash')}) do found[#found + 1] = part end
    end
  end
end
if ARGV[7] == '1' then
  for first = 1, #past, 4000 do redis.call('HDEL', base .. ':counts', unpack(past, first, math.min(first + 3999, #past))) end
end
return found
