-- append_events.lua: give events their ids, keep them for screens that missed them, and tell
-- the subscribers of their channels, in one step: ids and publication have the same order.
-- KEYS[1] events:stream
-- ARGV[1] entries the stream keeps, about; then for each event: name, channel, data (a JSON object)
-- Outcome: the stream ids, "ms-seq", in order. The message is the data with "id" as its first field,
--          a whole number ms * 1000 + seq that JavaScript still holds exactly.
local ids = {}
for i = 2, #ARGV, 3 do
  local entry = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*',
    'name', ARGV[i], 'data', ARGV[i + 2])
  local ms, seq = string.match(entry, '(%d+)-(%d+)')
  local id = string.format('%s%03d', ms, tonumber(seq))
  redis.call('PUBLISH', ARGV[i + 1], '{"id":' .. id .. ',' .. string.sub(ARGV[i + 2], 2))
  ids[#ids + 1] = entry
end
return ids
