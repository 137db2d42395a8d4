-- What changed after a cursor in the version that readers are given, all of one instant: a board whose cells are of
-- different positions would not add up.
-- KEYS: meta. ARGV: cursor, the beginning of the partition's keys, lengths of a hash of 10 s and of 1 min panes in
-- ms, format.
-- Returns: seq, next, watermark, written, 1 if the cursor is too old, version (0: nothing that could be read), start,
-- target (-1: no plan), since and position of a plan, 1 if readers lack nothing, lost, 1 for another format, the
-- owner's latest sign of life or '', how many sources of heartbeats were dropped, [source, ms, ...], [minute, odd
-- records, ...] or false if none changed, how many offsets are unaccounted for, then (name, value or false)...
local function value_of(key, name)
  local value = fields('HGET', key, name)
  if value == nil then return '' end -- reported as unreadable
  return value
end

local meta = redis.call('HMGET', KEYS[1], 'seq', 'next', 'watermark', 'written', 'floor', 'format', 'serving', 'building',
  'served_next', 'served_watermark', 'served_written', 'start', 'target', 'since', 'lost', 'dropped', 'odd', 'sign')
local seq, floor, cursor = tonumber(meta[1]) or 0, tonumber(meta[5]) or 0, tonumber(ARGV[1])
if meta[1] and meta[6] ~= ARGV[5] then return {seq, 0, 0, 0, 1, 0, 0, -1, 0, 0, 1, 0, 1, meta[18] or '', 0, {}, {}, 0} end
-- While one version is served and another built, next, watermark and written are of the one that is built: what is
-- served has its own (from 9 on).
local version, first = meta[7] or meta[8] or 0, 2
if meta[7] and meta[8] then first = 9 end
local head = {seq, meta[first] or 0, meta[first + 1] or 0, meta[first + 2] or 0, 0, version,
  meta[12] or 0, meta[13] or -1, meta[14] or 0, meta[2] or 0, meta[7] and 1 or 0, meta[15] or 0, 0,
  meta[18] or '', meta[16] or 0, redis.call('ZRANGEBYSCORE', ARGV[2] .. ':v' .. version .. ':heartbeats', '-inf', '+inf', 'WITHSCORES'), false,
  first == 9 and 0 or unaccounted(KEYS[1])}
-- Changes up to the floor are no longer listed. A cursor beyond seq is of a history that this store has lost. With
-- either, the reader reads all, in steps and not here: a script that long would hold up every other client.
local stale = cursor <= 0 or cursor < floor or cursor > seq
if stale or cursor < (tonumber(meta[17]) or 0) then head[17] = redis.call('HGETALL', ARGV[2] .. ':v' .. version .. ':odd') end
if stale then
  head[5] = 1
  return head
end
if cursor == seq then return head end
local base = ARGV[2] .. ':v' .. version
local names = redis.call('ZRANGEBYSCORE', base .. ':changes', '(' .. cursor, '+inf')
for _, name in ipairs(names) do
  local pane, start = string.match(name, '^(-?%d+)\t(-?%d+)\t')
  local value
  if not pane then
    value = redis.call('HGET', base .. ':live', name)
  elseif pane == '-1' then
    value = value_of(base .. ':total', name)
  else
    local block = pane == '10000' and ARGV[3] or ARGV[4]
    value = value_of(string.format('%s:%s:%d', base, pane, math.floor(start / block)), name)
  end
  head[#head + 1] = name
  head[#head + 1] = value
end
return head
