import { accountLua } from './account.ts'

const undoLua = `
local function undo(account, lease, now)
  redis.call('ZREM', KEYS[2], lease)
  local hour = whole(math.floor(now / 3600000000))
  if (tonumber(redis.call('HGET', KEYS[3], hour)) or 0) > 0 then redis.call('HINCRBY', KEYS[3], hour, -1) end
  -- whoever came after has its turn counted from ours
  if account.last ~= lease then return end
  redis.call('HSET', KEYS[1], 'tat', account.lastTat)
  if account.lastTai then redis.call('HSET', KEYS[1], 'tai', account.lastTai) end
  redis.call('HDEL', KEYS[1], 'last', 'lastTat', 'lastTai')
end
`

/**
 * Right before a call that waited: was the account stopped meanwhile?
 *
 * KEYS    as those of the take
 * ARGV    lease
 * Answers 0, or the ms that it is stopped; then the lease is undone
 */
export const confirmLua = `${accountLua}${undoLua}
local now = clock()
local account = read(KEYS[1])
local left = field(account, 'blocked') - now
if left <= 0 then return 0 end
undo(account, ARGV[1], now)
return math.ceil(left / 1000)
`

/**
 * A lease that no call was made of.
 *
 * KEYS    as those of the take
 * ARGV    lease
 */
export const giveBackLua = `${accountLua}${undoLua}
undo(read(KEYS[1]), ARGV[1], clock())
return 0
`

/**
 * A call is over. The first good one since a refusal shows that the rate in force is borne.
 *
 * KEYS    as those of the take
 * ARGV    lease; when it was granted; 1 = it was let in
 */
export const endLua = `
redis.call('ZREM', KEYS[2], ARGV[1])
if ARGV[3] ~= '1' then return 0 end
local lowered = tonumber(redis.call('HGET', KEYS[1], 'lowered'))
if lowered and tonumber(ARGV[2]) > lowered then redis.call('HSET', KEYS[1], 'good', '1', 'strikes', '0') end
return 0
`

/**
 * Calls go on: their places are kept, and taken again where Redis lost them.
 *
 * KEYS[1] the account's calls under way
 * ARGV    time of a lease in µs; leases
 */
export const renewLua = `
local time = redis.call('TIME')
local ends = tonumber(time[1]) * 1000000 + tonumber(time[2]) + tonumber(ARGV[1])
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], ends, ARGV[i]) end
return redis.call('PEXPIRE', KEYS[1], 86400000)
`
