import { promises as dns, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { Agent, buildConnector } from 'undici'
import { type AddressClass, createAddressRule } from './address-rule.ts'

/** The target is one that we do not call. Nothing was sent and no connection was opened. */
export class BlockedTargetError extends Error {
  /** True where no other time or name server would change it. */
  readonly permanent: boolean

  constructor(message: string, options: { permanent: boolean }) {
    super(message)
    this.name = 'BlockedTargetError'
    this.permanent = options.permanent
  }
}

export interface GuardedAgentOptions {
  /** Networks that may be reached although they are private, over http too. */
  allowCidrs: readonly string[]
  /** Public networks that may not be reached: where our own services answer. */
  denyCidrs?: readonly string[]
  connectMs: number
  answerMs: number
  connectionsPerOrigin: number
  resolve?: (hostname: string) => Promise<LookupAddress[]>
}

export const publicPorts = new Set(['', '443', '8443'])

/**
 * An undici agent that reaches public addresses by https on ports 443 and 8443, and whatever the allow-list names;
 * all else fails with `BlockedTargetError`. Each address is checked when it is dialled, so a name that
 * changes its mind after a check gains nothing.
 */
export function createGuardedAgent(options: GuardedAgentOptions): Agent {
  const classify = createAddressRule(options.allowCidrs, options.denyCidrs)
  const resolve = options.resolve ?? ((hostname) => dns.lookup(hostname, { all: true }))
  const dialWith = (accepted: readonly AddressClass[]) =>
    buildConnector({
      timeout: options.connectMs,
      allowH2: false,
      lookup: guardedLookup(resolve, (address) => accepted.includes(classify(address))),
    })
  const anywhere = ['public', 'listed'] as const
  const listedOnly = ['listed'] as const
  const dials = { anywhere: dialWith(anywhere), listedOnly: dialWith(listedOnly) }

  const connect: buildConnector.connector = (target, callback) => {
    const asPublic = target.protocol === 'https:' && publicPorts.has(target.port)
    // node never asks `lookup` about an address: it is judged here
    if (isIP(target.hostname)) {
      const accepted: readonly AddressClass[] = asPublic ? anywhere : listedOnly
      if (accepted.includes(classify(target.hostname))) return dials.anywhere(target, callback)
      queueMicrotask(() => callback(blocked(target, { permanent: true }), null))
      return
    }
    const dial = asPublic && isPublicName(target.hostname) ? dials.anywhere : dials.listedOnly
    dial(target, callback)
  }
  return new Agent({
    connect,
    connections: options.connectionsPerOrigin,
    pipelining: 1,
    headersTimeout: options.answerMs,
    bodyTimeout: options.answerMs,
  })
}

const urlCharsMax = 4_000

/**
 * Parses a URL that somebody else gave; throws `BlockedTargetError` for what no connection could make right.
 * White space and backslashes are refused, since readers of URLs do not agree on what they mean.
 */
export function parseTarget(text: string): URL {
  if (text.length > urlCharsMax || /[\0-\x20\x7f\\]/.test(text) || !URL.canParse(text))
    throw new BlockedTargetError('the URL is not valid', { permanent: true })
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new BlockedTargetError('only https URLs are called', { permanent: true })
  if (url.username !== '' || url.password !== '')
    throw new BlockedTargetError('the URL must not hold credentials', { permanent: true })
  return url
}

export function isPublicName(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '').toLowerCase()
  return name.includes('.') && !/\.(local|internal|localhost)$/.test(name)
}

function guardedLookup(
  resolve: (hostname: string) => Promise<LookupAddress[]>,
  accepts: (address: string) => boolean,
): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const [first] = addresses
        // one bad address spoils the name: which of them is dialled is not ours to hope for
        if (!first || !addresses.every(({ address }) => accepts(address)))
          callback(blocked({ hostname }, { permanent: false }), [])
        else if (options.all) callback(null, addresses)
        else callback(null, first.address, first.family)
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    )
  }
}

function blocked(target: { hostname: string }, options: { permanent: boolean }): BlockedTargetError {
  return new BlockedTargetError(
    `${target.hostname} is not called: only public addresses, by https on port 443 or 8443 (the operator may allow more)`,
    options,
  )
}
