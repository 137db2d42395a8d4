-- Before the other scripts. What a command on a hash answers; nothing where another type of value stands in its place.
local function fields(command, key, ...)
  local found = redis.pcall(command, key, ...)
  if type(found) ~= 'table' or not found.err then return found end
  if string.sub(found.err, 1, 9) ~= 'WRONGTYPE' then return redis.call(command, key, ...) end
end
