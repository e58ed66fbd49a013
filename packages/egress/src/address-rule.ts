import ipaddr from 'ipaddr.js'

/** `listed`: the operator's allow-list names it. `blocked`: private, special, ours, or not readable. */
export type AddressClass = 'public' | 'listed' | 'blocked'

/**
 * Says of an IP address in text form what it is to us. Whatever is not known to be public is blocked; `denyCidrs` are
 * public addresses of our own, and stand above the allow-list.
 */
export function createAddressRule(
  allowCidrs: readonly string[],
  denyCidrs: readonly string[] = [],
): (address: string) => AddressClass {
  const allowed = allowCidrs.map((cidr) => ipaddr.parseCIDR(cidr))
  const denied = denyCidrs.map((cidr) => ipaddr.parseCIDR(cidr))
  return (text) => {
    if (!ipaddr.isValid(text)) return 'blocked'
    const given = ipaddr.parse(text)
    // 127.0.0.1 and ::ffff:127.0.0.1 are the same machine: one entry of the list names both
    const address = ipaddr.process(text)
    if (isIn(denied, address)) return 'blocked'
    if (isIn(allowed, address)) return 'listed'
    return isPublic(given) ? 'public' : 'blocked'
  }
}

type Address = ipaddr.IPv4 | ipaddr.IPv6

function isIn(networks: readonly [Address, number][], address: Address): boolean {
  return networks.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits))
}

// where Azure's machines find their metadata: public by its number, internal in fact
const azureMetadata = '168.63.129.16'
// the only part of IPv6 that is given out for use on the internet; keeps out ::127.0.0.1 and what comes later
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3')

function isPublic(address: Address): boolean {
  // every special range has a name of its own: private, loopback, link-local, mapped, 6to4, NAT64, Teredo, …
  if (address.range() !== 'unicast') return false
  if (address instanceof ipaddr.IPv6) return address.match(globalUnicast)
  return address.toString() !== azureMetadata
}
