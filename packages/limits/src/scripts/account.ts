/**
 * What the scripts share. An account's hash holds, in microseconds of this server's clock:
 * `tat`, `tai`   the moments at which all requests and pictures given so far are used up at an even pace
 * `blocked`      nobody calls before
 * `share`, `aim`, `lowered`, `since`   the rate after a refusal: `share` of the limit at `since`; it doubles twelve times
 *                a window up to `aim`, then grows by `aim` a window up to all of it
 * `good`         1: a call that was granted since was let in
 * `strikes`      refusals in a row
 * `last`, `lastTat`, `lastTai`   the newest lease and what it found, so that it can be undone
 */
export const accountLua = `
local function clock()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end

local function field(account, name)
  return tonumber(account[name]) or 0
end

local function read(key)
  local flat, account = redis.call('HGETALL', key), {}
  for i = 1, #flat, 2 do account[flat[i]] = flat[i + 1] end
  return account, #flat > 0
end

local function whole(micros)
  return string.format('%.0f', micros)
end

local function shareOf(account, now, window)
  local low, aim = tonumber(account.share), tonumber(account.aim)
  if not low then return 1 end
  local spent = math.max(0, now - math.max(field(account, 'since'), field(account, 'blocked'))) / window
  local climb = low * 2 ^ (spent * 12)
  if climb < aim then return climb end
  local reached = math.log(aim / low) / math.log(2) / 12
  return math.min(1, aim * (1 + spent - reached))
end

-- after so long without a call the key may go
local function keep(key)
  redis.call('PEXPIRE', key, 86400000)
end
`
