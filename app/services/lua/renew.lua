-- renew.lua: prolong a rack lock that the caller holds.
-- KEYS[1] rack:lock:{rack_id}
-- ARGV[1] user, ARGV[2] session, ARGV[3] fence, ARGV[4] ttl in ms
-- Outcome: 1 HELD (ttl set), 0 GONE (no lock: may be taken again with the same fence),
--          -1 TAKEN (another holder or fence).
local held = redis.call('HMGET', KEYS[1], 'user_id', 'session_id', 'fence')
if not held[1] then
  return 0
end
if held[1] ~= ARGV[1] or held[2] ~= ARGV[2] or held[3] ~= ARGV[3] then
  return -1
end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
