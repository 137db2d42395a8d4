-- What changed after a cursor, read in one instant.
-- KEYS: meta, changes, live. ARGV: cursor, the keys' common beginning, lengths of a hash of 10 s and of 1 min panes in ms.
-- Returns: seq, next, watermark, written, 1 when the cursor is too old, then (name, value or false)...
local meta = redis.call('HMGET', KEYS[1], 'seq', 'next', 'watermark', 'written', 'floor')
local seq, floor, cursor = tonumber(meta[1]) or 0, tonumber(meta[5]) or 0, tonumber(ARGV[1])
local head = {seq, meta[2] or '0', meta[3] or '0', meta[4] or '0', 0}
if cursor <= 0 or cursor < floor or cursor > seq then
  head[5] = 1
  return head
end
if cursor == seq then return head end
local names = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. cursor, '+inf')
for _, name in ipairs(names) do
  local pane, start = string.match(name, '^(-?%d+)\t(-?%d+)\t')
  local value
  if not pane then
    value = redis.call('HGET', KEYS[3], name)
  elseif pane == '-1' then
    value = redis.call('HGET', ARGV[2] .. ':total', name)
  else
    local block = pane == '10000' and ARGV[3] or ARGV[4]
    value = redis.call('HGET', string.format('%s:%s:%d', ARGV[2], pane, math.floor(start / block)), name)
  end
  head[#head + 1] = name
  head[#head + 1] = value
end
return head
