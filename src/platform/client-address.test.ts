import { networkOf } from './client-address';

it('groups IPv6 addresses by their first half, and keeps each IPv4 address apart', () => {
  const networks = ['2001:db8::1', '2001:db8:0:0:ffff::2', '2001:db8:0:1::1', '10.0.0.1', '::ffff:10.0.0.1'];
  expect([...networks, '::ffff:10.0.0.2'].map(networkOf)).toEqual([
    '2001:db8:0:0::/64',
    '2001:db8:0:0::/64',
    '2001:db8:0:1::/64',
    '10.0.0.1',
    '10.0.0.1',
    '10.0.0.2',
  ]);
});
