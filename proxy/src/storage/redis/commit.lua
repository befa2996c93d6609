-- A commit: all checks hold, or nothing is changed. KEYS and ARGV are read in order, each once;
-- the last key is the channel on which the news are told.
local next_key, next_argument = 0, 0

local function key()
  next_key = next_key + 1
  return KEYS[next_key]
end

local function argument()
  next_argument = next_argument + 1
  return ARGV[next_argument]
end

for _ = 1, tonumber(argument()) do
  local wanted, value = argument(), argument()
  local found = redis.call('GET', key())
  if wanted == 'absent' then
    value = false
  end
  if found ~= value then
    return 0
  end
end

for _ = 1, tonumber(argument()) do
  local change = argument()
  if change == 'put' then
    local document, value, lives = key(), argument(), argument()
    if lives == 'ever' then
      redis.call('SET', document, value)
    elseif lives == '0' then
      redis.call('DEL', document)
    else
      redis.call('SET', document, value, 'PX', lives)
    end
  elseif change == 'delete' then
    redis.call('DEL', key())
  elseif change == 'insert' then
    redis.call('SADD', key(), argument())
  elseif change == 'remove' then
    redis.call('SREM', key(), argument())
  end
end

local channel = key()
for news = next_argument + 1, #ARGV do
  redis.call('PUBLISH', channel, ARGV[news])
end
return 1
