-- acquire.lua: take a free rack, or prolong the lock one already holds.
-- KEYS[1] rack:lock:{rack_id}
-- ARGV[1] user, ARGV[2] session, ARGV[3] fence, ARGV[4] ttl in ms, ARGV[5] name, ARGV[6] device
-- Outcome: 1 HELD (taken or prolonged), -1 TAKEN (another holder, or the same under another fence).
-- A fence that MongoDB gave later than the lock's proves that the lock's lease ended: it is taken.
-- Fence 0 is a lock without a lease, which nothing outdates.
local held = redis.call('HMGET', KEYS[1], 'user_id', 'session_id', 'fence')
local own = held[1] == ARGV[1] and held[2] == ARGV[2] and held[3] == ARGV[3]
local outdated = held[1] and tonumber(held[3]) > 0 and tonumber(held[3]) < tonumber(ARGV[3])
if held[1] and not own and not outdated then
  return -1
end
redis.call('HSET', KEYS[1], 'user_id', ARGV[1], 'session_id', ARGV[2], 'fence', ARGV[3],
  'name', ARGV[5], 'device_id', ARGV[6])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
