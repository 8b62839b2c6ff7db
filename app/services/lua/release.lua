-- release.lua: give back a rack lock that the caller holds.
-- KEYS[1] rack:lock:{rack_id}
-- ARGV[1] user, ARGV[2] session, ARGV[3] fence
-- Outcome: 1 HELD (it was, and is free now), 0 GONE (no lock), -1 TAKEN (another's: left alone).
local held = redis.call('HMGET', KEYS[1], 'user_id', 'session_id', 'fence')
if not held[1] then
  return 0
end
if held[1] ~= ARGV[1] or held[2] ~= ARGV[2] or held[3] ~= ARGV[3] then
  return -1
end
redis.call('DEL', KEYS[1])
return 1
