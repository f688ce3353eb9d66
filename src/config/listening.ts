/** Where the server listens, and which proxies, browsers and certificates it trusts. @see docs/configuration.md */
import { isIP } from 'node:net';
import { workers } from './workers';
import { file, list, mapped, text, url, whole } from './variable';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

export const listening = {
  host: text('HOST', {
    unlessSet: '127.0.0.1',
    meaning: 'The address to listen on. With any address other than loopback, the server is secured.',
  }),
  workers: workers('WORKERS', {
    most: 64,
    meaning:
      'The processes that share the listener. `auto`: one for each core (or of those that the container may use), four at most, and no more than one for each 512 MiB of memory that Node.js gives to JavaScript (`--max-old-space-size`) and for each 4 of `DATABASE_MAX_CONNECTIONS`. See [operating.md](operating.md).',
  }),
  port: whole('PORT', {
    unlessSet: 8080,
    from: 0,
    to: 65_535,
    meaning: 'The port to listen on. 0 chooses a free port.',
  }),
  baseUrl: mapped(
    url('BASE_URL', ['https:', 'http:'], {
      shown: 'the server’s own address',
      meaning:
        'The public origin used in links, such as `https://homeward.example.nhs.uk`. The `Host` header is never trusted.',
    }),
    (given) => given?.replace(/\/+$/, ''),
  ),
  trustedProxies: list('TRUSTED_PROXIES', {
    isRight: isAddressOrRange,
    must: 'addresses or ranges such as 10.0.0.0/8',
    meaning: 'Addresses or CIDR ranges of proxies whose `X-Forwarded-For` is trusted.',
  }),
  corsOrigins: list('CORS_ORIGINS', {
    isRight: (item) => URL.canParse(item) && new URL(item).origin === item,
    must: 'origins such as https://ward.example.nhs.uk, without a path',
    meaning: 'Origins that browsers may call from. If not set, CORS is off.',
  }),
  tlsCertFile: file('TLS_CERT_FILE', {
    meaning: 'The certificate chain (PEM). If set, the server uses HTTPS. It reads a changed file again.',
  }),
  tlsKeyFile: file('TLS_KEY_FILE', { meaning: 'The certificate’s private key (PEM).' }),
  tlsClientCaFile: file('TLS_CLIENT_CA_FILE', {
    meaning:
      'The certificate authorities (PEM) for client certificates. If set, the server requires mutual TLS.',
  }),
  requestTimeoutSeconds: whole('REQUEST_TIMEOUT_SECONDS', {
    unlessSet: 60,
    from: 1,
    to: 3600,
    meaning:
      'The longest time that a caller may take to send the head of a request, and the longest pause while it sends the body. A caller may take five times as long to read a large answer.',
  }),
  minUploadBytesPerSecond: whole('MIN_UPLOAD_BYTES_PER_SECOND', {
    unlessSet: 10_240,
    from: 0,
    to: GIB,
    meaning:
      'The lowest speed of a request body, measured over any 30 seconds. A slower body gets 408. The total time has no limit. 0 means no limit.',
  }),
};

function isAddressOrRange(given: string): boolean {
  const [address = '', bits, ...more] = given.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
