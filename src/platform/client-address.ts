/** Groups client addresses, where a limit counts what comes from one caller. */
import { isIPv6 } from 'node:net';

const IPV4_IN_IPV6 = /^::ffff:(?=\d+\.)/i;

/** The address as a person writes it: a listener on `::` sees `10.0.0.1` as `::ffff:10.0.0.1`. */
export const plainAddress = (address: string): string => address.replace(IPV4_IN_IPV6, '');

/**
 * The network of an address. One caller can have a whole network of IPv6 addresses, so only the first half is compared.
 */
export function networkOf(address: string): string {
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const [head = '', tail = ''] = plain.split('::') as [string, string?];
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const zeros = plain.includes('::') ? Array<string>(8 - before.length - after.length).fill('0') : [];
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`;
}
