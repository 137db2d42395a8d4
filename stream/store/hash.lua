-- Put before other scripts. The answer of a command on a hash; nil where the key holds another type of value, which
-- only somebody else can have put there. Other errors, such as a lack of memory, are raised as usual.
local function fields(command, key, ...)
  local found = redis.pcall(command, key, ...)
  if type(found) ~= 'table' or not found.err then return found end
  if string.sub(found.err, 1, 9) ~= 'WRONGTYPE' then return redis.call(command, key, ...) end
end
