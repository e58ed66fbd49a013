import { accountLua } from './account.ts'

/**
 * The provider told a call to wait. The stop is only ever extended: of ten late answers the longest wins. The rate is
 * halved once for all calls that were out; `aim` is lowered only if calls were let in since the last time, since only
 * then it says something about the rate.
 *
 * KEYS[1] the account's hash
 * ARGV    window in µs; ms to wait (-1: not said); when the call was granted; least share
 */
export const refusedLua = `${accountLua}
local window, wait = tonumber(ARGV[1]), tonumber(ARGV[2]) * 1000
local now = clock()
local account = read(KEYS[1])
local strikes = field(account, 'strikes')
if tonumber(ARGV[3]) > field(account, 'lowered') then
  local low = math.max(tonumber(ARGV[4]), shareOf(account, now, window) / 2)
  local aim = tonumber(account.aim)
  if not aim or account.good == '1' then aim = low end
  strikes = strikes + 1
  redis.call('HSET', KEYS[1], 'share', low, 'aim', math.max(aim, low), 'since', whole(now), 'lowered', whole(now),
    'good', '0', 'strikes', strikes)
end
if wait < 0 then wait = math.min(window, window / 60 * 2 ^ math.min(math.max(0, strikes - 1), 10)) end
redis.call('HSET', KEYS[1], 'blocked', whole(math.max(field(account, 'blocked'), now + wait)))
keep(KEYS[1])
return 0
`

/**
 * What the provider says is left: nothing, then nobody calls until there is more; or less than a burst, then ours is no
 * greater.
 *
 * KEYS[1] the account's hash
 * ARGV    window in µs; requests a window and their burst; what is left; ms until there is more (-1: not said)
 */
export const heardLua = `${accountLua}
local window, requests, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local left, reset = tonumber(ARGV[4]), tonumber(ARGV[5]) * 1000
local now = clock()
local account = read(KEYS[1])
if left == 0 and reset > 0 then
  redis.call('HSET', KEYS[1], 'blocked', whole(math.max(field(account, 'blocked'), now + reset)))
elseif left < burst then
  local pace = window / (requests - burst + 1) / shareOf(account, now, window)
  redis.call('HSET', KEYS[1], 'tat', whole(math.max(field(account, 'tat'), now + (burst - left) * pace)))
  redis.call('HDEL', KEYS[1], 'last')
end
keep(KEYS[1])
return 0
`

/**
 * KEYS[1] the account's hash
 * ARGV    window in µs
 * Answers { ms that it is stopped, share in millionths }
 */
export const stateLua = `${accountLua}
local now = clock()
local account = read(KEYS[1])
local stopped = math.max(0, math.ceil((field(account, 'blocked') - now) / 1000))
return { stopped, math.floor(shareOf(account, now, tonumber(ARGV[1])) * 1000000) }
`
