-- roll_call.lua: a server process says that it lives, and hears of those that fell silent.
-- KEYS[1] processes:alive
-- ARGV[1] the process, ARGV[2] now in epoch seconds, ARGV[3] until when it is thought to live
-- Outcome: how many others' time was up; they are struck off, so one process alone hears of each.
--          None where the caller itself was late: Redis was away, or this machine stood still, and
--          the others need a moment too.
local before = redis.call('ZSCORE', KEYS[1], ARGV[1])
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
redis.call('EXPIRE', KEYS[1], 3600)
if before and tonumber(before) < tonumber(ARGV[2]) then
  return 0
end
return redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[2])
