-- append_events.lua: give events their ids, keep them for screens that missed them, and tell
-- the subscribers of their channels, in one step: ids and publication have the same order.
-- KEYS[1] events:stream
-- ARGV[1] entries the stream keeps, about; then for each event: name, channel, data (a JSON object)
-- Outcome: the stream ids, "ms-seq", in order. The message is the data with "id" as its first field,
--          a whole number ms * 1000 + seq that JavaScript still holds exactly.
-- The ids are ours, not XADD's "*": that lets seq pass 999 where a thousand events share a
-- millisecond, or where the clock was set back, and then two events would have one id.
local time = redis.call('TIME')
local id = time[1] * 1000000 + math.floor(time[2] / 1000) * 1000 - 1
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if newest then
  local ms, seq = string.match(newest[1], '(%d+)-(%d+)')
  id = math.max(id, ms * 1000 + math.min(seq, 999))
end
local ids = {}
for i = 2, #ARGV, 3 do
  id = id + 1
  local entry = string.format('%.0f-%.0f', math.floor(id / 1000), id % 1000)
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], entry, 'name', ARGV[i], 'data', ARGV[i + 2])
  local told = string.format('{"id":%.0f,', id) .. string.sub(ARGV[i + 2], 2)
  redis.call('PUBLISH', ARGV[i + 1], told)
  ids[#ids + 1] = entry
end
return ids
