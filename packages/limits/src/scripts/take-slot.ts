import { accountLua } from './account.ts'

/**
 * Reserves a slot and a place, or says how long to wait for one. Generic cell rate algorithm: a call may start up to one
 * burst before its turn; one that is heavier than a burst starts so much after it. With the even rate lowered by the
 * burst, no window holds more than the limit.
 *
 * KEYS[1] the account's hash
 * KEYS[2] its calls under way: lease by the moment at which it runs out
 * KEYS[3] its requests by hour
 * ARGV    window in µs; requests a window and their burst; pictures a window and their burst (0: no limit);
 *         requests a day (0); calls at once (0); pictures of this call; longest wait in µs; 1 = without burst;
 *         lease; its time in µs; 1 = the caller knows this account, so if it is not here, it was lost
 * Answers { 1, ms until the call, now } or { 0, ms until asking again makes sense }
 */
export const takeSlotLua = `${accountLua}
local window = tonumber(ARGV[1])
local requests, burst = tonumber(ARGV[2]), tonumber(ARGV[3])
local pictures, pictureBurst = tonumber(ARGV[4]), tonumber(ARGV[5])
local perDay, places, weight = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local longest, paced = tonumber(ARGV[9]), ARGV[10] == '1'
local lease, leaseTime, known = ARGV[11], tonumber(ARGV[12]), ARGV[13] == '1'
local now = clock()
local account, there = read(KEYS[1])

if not there and known then
  -- what was granted right before the loss is not known any more: half the rate and no burst, until a window has passed
  account.share, account.aim, account.since, account.lowered = '0.5', '0.5', whole(now), whole(now)
  redis.call('HSET', KEYS[1], 'share', '0.5', 'aim', '0.5', 'since', account.since, 'lowered', account.lowered)
  keep(KEYS[1])
end

if places > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
  if redis.call('ZCARD', KEYS[2]) >= places then return { 0, 100 } end
end

local hour = math.floor(now / 3600000000)
if perDay > 0 then
  local counts, used, oldest = redis.call('HGETALL', KEYS[3]), 0, hour
  for i = 1, #counts, 2 do
    local at = tonumber(counts[i])
    if at < hour - 24 then
      redis.call('HDEL', KEYS[3], counts[i])
    else
      used, oldest = used + tonumber(counts[i + 1]), math.min(oldest, at)
    end
  end
  if used >= perDay then
    -- looked at again before long: the operator may raise it
    local untilRoom = math.min((oldest + 25) * 3600000000 - now, 600000000)
    redis.call('HSET', KEYS[1], 'blocked', whole(math.max(field(account, 'blocked'), now + untilRoom)))
    keep(KEYS[1])
    return { 0, math.ceil(untilRoom / 1000) }
  end
end

local share = shareOf(account, now, window)
local function turn(taken, limit, most, units)
  local pace = window / (limit - most + 1) / share
  local ahead = (share < 1 and 1 or most) - units
  if paced then ahead = math.min(0, ahead) end
  return taken - ahead * pace, pace * units
end

local tat, tai = field(account, 'tat'), field(account, 'tai')
local start = math.max(now, field(account, 'blocked'))
local own, cost = turn(tat, requests, burst, 1)
start = math.max(start, own)
local pictureCost = 0
if pictures > 0 then
  own, pictureCost = turn(tai, pictures, pictureBurst, weight)
  start = math.max(start, own)
end
local wait = start - now
if wait > longest then return { 0, math.ceil((wait - longest) / 1000) } end

redis.call('HSET', KEYS[1], 'tat', whole(math.max(tat, start) + cost), 'last', lease, 'lastTat', whole(tat))
if pictures > 0 then
  redis.call('HSET', KEYS[1], 'tai', whole(math.max(tai, start) + pictureCost), 'lastTai', whole(tai))
end
keep(KEYS[1])
if places > 0 then
  redis.call('ZADD', KEYS[2], start + leaseTime, lease)
  redis.call('PEXPIRE', KEYS[2], 86400000)
end
if perDay > 0 then
  redis.call('HINCRBY', KEYS[3], hour, 1)
  redis.call('PEXPIRE', KEYS[3], 93600000)
end
return { 1, math.ceil(wait / 1000), whole(now) }
`
