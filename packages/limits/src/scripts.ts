/**
 * Reserves a slot, or says how long to wait for one. Generic cell rate algorithm: `tat` is the moment at which all
 * slots given so far are used up at an even pace; a call may start up to one burst before its turn.
 *
 * KEYS[1] the account's hash: `tat` and `blocked`, both microseconds of this server's clock
 * ARGV    requests per minute, burst (0: none for this call), weight, longest wait in ms
 * Answers { 1, ms until the call } or { 0, ms until asking again makes sense }
 */
export const takeSlotLua = `
local perMinute, burst, weight = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local longest = tonumber(ARGV[4]) * 1000
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local pace = 60000000 / perMinute

local kept = redis.call('HMGET', KEYS[1], 'tat', 'blocked')
local tat = math.max(tonumber(kept[1]) or 0, now)
local blocked = tonumber(kept[2]) or 0

local start = math.max(now, blocked, tat - math.max(0, burst - weight) * pace)
local wait = start - now
if wait > longest then
  return { 0, math.ceil((wait - longest) / 1000) }
end
tat = math.max(tat, start) + weight * pace
redis.call('HSET', KEYS[1], 'tat', string.format('%.1f', tat))
redis.call('PEXPIRE', KEYS[1], math.ceil((math.max(tat, blocked) - now) / 1000) + 1000)
return { 1, math.ceil(wait / 1000) }
`

/**
 * Nobody calls this account for a while. Only ever extends: of ten late answers the longest wins.
 *
 * KEYS[1] the account's hash
 * ARGV    ms from now
 */
export const blockLua = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local kept = redis.call('HMGET', KEYS[1], 'tat', 'blocked')
local blocked = math.max(tonumber(kept[2]) or 0, now + tonumber(ARGV[1]) * 1000)
redis.call('HSET', KEYS[1], 'blocked', string.format('%.0f', blocked))
local last = math.max(tonumber(kept[1]) or 0, blocked)
return redis.call('PEXPIRE', KEYS[1], math.ceil((last - now) / 1000) + 1000)
`
