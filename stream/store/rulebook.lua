-- A rulebook over the one that is expected, or over none. KEYS: the rulebook. ARGV: the id of the one expected (''
-- for none), its id, its text. Returns id and text of what is stored then: another's, where that came first.
if (redis.call('HGET', KEYS[1], 'id') or '') == ARGV[1] then
  redis.call('HSET', KEYS[1], 'id', ARGV[2], 'text', ARGV[3])
end
return redis.call('HMGET', KEYS[1], 'id', 'text')
