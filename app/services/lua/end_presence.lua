-- end_presence.lua: forget users whose presence ended, so that one process alone tells of each.
-- KEYS[1] users:active
-- ARGV[1] now in epoch seconds, ARGV[2] how many at most
-- Outcome: the users whose time was up; they are gone from the set.
local gone = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
if #gone > 0 then
  redis.call('ZREM', KEYS[1], unpack(gone))
end
return gone
