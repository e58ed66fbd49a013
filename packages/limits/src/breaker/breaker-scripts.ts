/**
 * The fleet's breakers. All keys carry one hash tag, so that they lie together in a cluster:
 *   states  hash: breaker id -> JSON {state, epoch, until, openMs, successes, closedAt, reason}; times are ms of this server
 *   votes   sorted set of one breaker: instance by the time of its vote
 *   live    sorted set of one provider: instance by the time of its last sign of life
 *   probe   string of one breaker: the token of the one call that is out while it is half open
 * Every change of a state gets a higher epoch and is announced with the breaker's id on the channel `states`.
 */
const shared = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local keepMs = 86400000

local function load(id)
  local kept = redis.call('HGET', KEYS[1], id)
  if kept then return cjson.decode(kept) end
  return { state = 'closed', epoch = 0, until_ = 0, openMs = 0, successes = 0, closedAt = 0, reason = '' }
end

local function save(id, breaker)
  redis.call('HSET', KEYS[1], id, cjson.encode(breaker))
  redis.call('PEXPIRE', KEYS[1], keepMs)
end

local function change(id, breaker)
  breaker.epoch = math.max(now, breaker.epoch + 1)
  breaker.successes = 0
  save(id, breaker)
  redis.call('PUBLISH', KEYS[1], id)
end

local function open(id, breaker, reason, firstMs, maxMs, spread)
  -- what trips again soon after it closed was not well: the time goes on doubling
  local again = breaker.state == 'open' or (breaker.openMs > 0 and now - breaker.closedAt < 60000)
  breaker.openMs = again and math.min(breaker.openMs * 2, maxMs) or firstMs
  breaker.state = 'open'
  breaker.until_ = now + math.floor(breaker.openMs * spread)
  breaker.reason = reason
  change(id, breaker)
end
`

/**
 * One process's breaker tripped, or (hard) its account was refused.
 *
 * KEYS states, votes, live
 * ARGV id, instance, epoch that the calls began with, hard (1|0), reason, first and longest reset in ms, spread,
 *      ms that a vote counts, ms that a sign of life counts
 * Answers 1 if this opened the breaker.
 */
export const voteLua = `${shared}
local id, instance, hard = ARGV[1], ARGV[2], ARGV[4] == '1'
local voteMs, liveMs = tonumber(ARGV[9]), tonumber(ARGV[10])
local breaker = load(id)
if breaker.state ~= 'closed' or tonumber(ARGV[3]) < breaker.epoch then return 0 end
if not hard then
  redis.call('ZADD', KEYS[3], now, instance)
  redis.call('PEXPIRE', KEYS[3], liveMs)
  redis.call('ZADD', KEYS[2], now, instance)
  redis.call('PEXPIRE', KEYS[2], voteMs)
  local voted = redis.call('ZCOUNT', KEYS[2], now - voteMs, '+inf')
  local live = redis.call('ZCOUNT', KEYS[3], now - liveMs, '+inf')
  if voted < math.min(live, math.max(2, math.ceil(live * 0.3))) then return 0 end
end
redis.call('DEL', KEYS[2])
open(id, breaker, ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]))
return 1
`

/**
 * How the one call to a breaker on probation ended.
 *
 * KEYS states, probe
 * ARGV id, token, epoch, good (1|0), reason, first and longest reset in ms, spread, good calls that close it
 * Answers the state after it.
 */
export const judgeLua = `${shared}
local id = ARGV[1]
local breaker = load(id)
local mine = redis.call('GET', KEYS[2]) == ARGV[2]
if mine then redis.call('DEL', KEYS[2]) end
if breaker.state ~= 'open' or tonumber(ARGV[3]) ~= breaker.epoch or not mine then return breaker.state end
if ARGV[4] == '0' then
  open(id, breaker, ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]))
elseif breaker.successes + 1 < tonumber(ARGV[9]) then
  breaker.successes = breaker.successes + 1
  save(id, breaker)
else
  breaker.state = 'closed'
  breaker.closedAt = now
  change(id, breaker)
end
return breaker.state
`

/**
 * Takes the one probe of a breaker that is half open now.
 *
 * KEYS states, probe
 * ARGV id, token, ms that the lease lasts unless it is renewed
 * Answers { 1, epoch }; { 0 } = another has it, or it is not half open.
 */
export const takeProbeLua = `${shared}
local breaker = load(ARGV[1])
if breaker.state ~= 'open' or now < breaker.until_ then return { 0, 0 } end
if not redis.call('SET', KEYS[2], ARGV[2], 'NX', 'PX', ARGV[3]) then return { 0, 0 } end
return { 1, breaker.epoch }
`

/** KEYS probe; ARGV token, ms (0: gives it up) */
export const keepProbeLua = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then return redis.call('DEL', KEYS[1]) end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`

/**
 * A sign of life, if there is an instance, and all states.
 *
 * KEYS states, live sets of the providers that this process serves
 * ARGV instance, ms that a sign of life counts
 * Answers { now, id, JSON, id, JSON, ... }
 */
export const readLua = `${shared}
for i = 2, #KEYS do
  redis.call('ZREMRANGEBYSCORE', KEYS[i], 0, now - tonumber(ARGV[2]))
  redis.call('ZADD', KEYS[i], now, ARGV[1])
  redis.call('PEXPIRE', KEYS[i], ARGV[2])
end
local answer = redis.call('HGETALL', KEYS[1])
table.insert(answer, 1, tostring(now))
return answer
`
