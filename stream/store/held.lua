-- KEYS: meta. ARGV: the keys' common beginning, and how open contacts begin among what is live. Returns the names of
-- what is written and how many contacts are open, of one instant.
local versions = redis.call('HMGET', KEYS[1], 'serving', 'building')
return {held(ARGV[1], versions[1], versions[2], ARGV[2])}
