-- release_user.lua: give back a rack lock whatever the session, if the user holds it.
-- KEYS[1] rack:lock:{rack_id}
-- ARGV[1] user
-- Outcome: 1 HELD (it was, and is free now), 0 GONE (no lock), -1 TAKEN (another's: left alone).
local user = redis.call('HGET', KEYS[1], 'user_id')
if not user then
  return 0
end
if user ~= ARGV[1] then
  return -1
end
redis.call('DEL', KEYS[1])
return 1
