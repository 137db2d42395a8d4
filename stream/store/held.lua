-- What a partition holds of what [limits] bounds, of one instant. KEYS: meta. ARGV: the beginning of its keys.
-- Returns names and counts, as `limited.lua` does.
local versions = redis.call('HMGET', KEYS[1], 'serving', 'building')
return {held(ARGV[1], versions[1], versions[2])}
