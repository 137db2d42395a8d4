-- KEYS: meta. ARGV: the keys' common beginning. Returns the names of what is written and how many are live, by how their
-- keys begin, of one instant.
local versions = redis.call('HMGET', KEYS[1], 'serving', 'building')
return {held(ARGV[1], versions[1], versions[2])}
