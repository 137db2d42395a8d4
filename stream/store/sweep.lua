-- Removes keys of versions that nobody needs.
-- KEYS: meta, and the keys. ARGV: what was serving and building ('' for none) when they were found, and 1 if they are
-- the last. Returns 1; or 0, and removes nothing, where another version has come since: the keys may be of that one.
local stored = redis.call('HMGET', KEYS[1], 'serving', 'building')
if (stored[1] or '') ~= ARGV[1] or (stored[2] or '') ~= ARGV[2] then return 0 end
for i = 2, #KEYS do redis.call('UNLINK', KEYS[i]) end
if ARGV[3] == '1' then redis.call('HDEL', KEYS[1], 'unswept') end
return 1
