/**
 * Bodies made to exhaust, confuse or mislead a parser, documents made to run in a browser, and addresses made to be
 * fetched: each is refused or kept as what it is, at little cost, and nothing is ever fetched.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { AnyResource, Json } from '../../src/fhir/types';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';
import { agitationOf } from './calm';

let homeward: Homeward;
/** Stands where hostile references point; nobody must come. */
let lure: Server;
let visits = 0;
let lureUrl = '';

beforeAll(async () => {
  lure = createServer((_request, response) => {
    visits += 1;
    response.end();
  });
  await new Promise<void>((resolve) => lure.listen(0, '127.0.0.1', resolve));
  lureUrl = `http://127.0.0.1:${(lure.address() as AddressInfo).port}`;
  homeward = await startHomeward({ MAX_BODY_BYTES: '2000000' });
});
afterAll(async () => {
  await homeward.close();
  lure.close();
});

const post = async (
  body: Buffer | string,
  headers: Record<string, string> = {},
  path = '/FHIR/R4/Bundle',
): Promise<Reply> => {
  const startedAt = Date.now();
  const reply = await homeward.call('POST', path, { body, headers });
  expect(agitationOf(reply)).toEqual([]);
  expect(Date.now() - startedAt).toBeLessThan(30_000);
  return reply;
};
const xml = { 'Content-Type': 'application/fhir+xml' };
const gzip = { 'Content-Encoding': 'gzip' };
/** So many members that FHIR does not know. */
const members = (count: number): string =>
  Array.from({ length: count }, (_, each) => `"m${each}":1`).join(',');
const bundle = (inside: string): string => `{"resourceType":"Bundle","type":"collection",${inside}}`;
const xmlBundle = (inside: string, before = ''): string =>
  `${before}<Bundle xmlns="http://hl7.org/fhir"><type value="collection"/>${inside}</Bundle>`;
const deep = (open: string, close: string, times: number): string => open.repeat(times) + close.repeat(times);

describe('JSON', () => {
  const bodies: [string, () => string | Buffer, number][] = [
    ['nothing', () => '', 400],
    ['white space', () => ' '.repeat(100_000), 400],
    ['100,000 lists deep', () => deep('[', ']', 100_000), 400],
    ['100,000 objects deep', () => deep('{"a":', '}', 100_000).replace(':}', ':1}'), 400],
    ['deep inside an element', () => bundle(`"entry":${deep('[', ']', 50_000)}`), 400],
    [
      'deep extensions',
      () => bundle(`"extension":[${'{"url":"x","extension":['.repeat(5_000)}${']}'.repeat(5_000)}]`),
      400,
    ],
    ['cut off', () => aSummary().bytes().subarray(0, 500), 400],
    ['two documents', () => '{}{}', 400],
    ['a number', () => '1', 400],
    ['a list', () => '[]', 400],
    ['null', () => 'null', 400],
    ['a string', () => '"Bundle"', 400],
    [
      'invalid UTF-8',
      () =>
        Buffer.concat([
          Buffer.from('{"resourceType":"Bundle","x":"'),
          Buffer.from([0xff, 0xfe, 0xc0, 0xaf]),
          Buffer.from('"}'),
        ]),
      400,
    ],
    [
      'an overlong slash',
      () => Buffer.concat([Buffer.from('{"resourceType":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
      400,
    ],
    ['UTF-16', () => Buffer.from('\ufeff{"resourceType":"Bundle"}', 'utf16le'), 400],
    ['NUL in a string', () => bundle('"id":"a\\u0000b"'), 400],
    ['a raw NUL', () => bundle('"id":"a\u0000b"'), 400],
    ['a lone surrogate', () => bundle('"implicitRules":"\\ud800"'), 400],
    ['a number of 100,000 digits', () => bundle(`"total":${'9'.repeat(100_000)}`), 400],
    ['1e999999999', () => bundle('"total":1e999999999'), 400],
    ['-0.0e-999999', () => bundle('"total":-0.0e-999999'), 400],
    ['NaN', () => bundle('"total":NaN'), 400],
    ['Infinity', () => bundle('"total":Infinity'), 400],
    ['a hexadecimal number', () => bundle('"total":0x10'), 400],
    ['a comment', () => `/* */${bundle('"id":"x"')}`, 400],
    ['a trailing comma', () => bundle('"id":"x",'), 400],
    ['single quotes', () => "{'resourceType':'Bundle'}", 400],
    ['a repeated key', () => bundle('"id":"a","id":"b"'), 400],
    ['a repeated key, one escaped', () => bundle('"id":"a","i\\u0064":"b"'), 400],
    ['__proto__', () => bundle('"__proto__":{"isAdmin":true}'), 422],
    ['constructor.prototype', () => bundle('"constructor":{"prototype":{"isAdmin":true}}'), 422],
    ['900 unknown members', () => bundle(members(900)), 422],
    ['20,000 unknown members', () => bundle(members(20_000)), 400],
    ['20,000 entries of nothing', () => bundle(`"entry":[${Array(20_000).fill('{}').join(',')}]`), 422],
    [
      'faults without end',
      () =>
        bundle(
          `"entry":[${Array(1_000).fill('{"resource":{"resourceType":"Observation","status":1,"code":2,"x":3}}').join(',')}]`,
        ),
      422,
    ],
    ['a resource type that is a path', () => '{"resourceType":"../../Patient"}', 400],
    ['a resource type that is an object', () => '{"resourceType":{"$ne":1}}', 400],
    ['a resource type of a prototype', () => '{"resourceType":"__proto__"}', 400],
    [
      'an entry of a prototype’s type',
      () => bundle('"entry":[{"resource":{"resourceType":"constructor"}}]'),
      422,
    ],
    [
      'codes of a prototype',
      () =>
        bundle(
          '"entry":[{"resource":{"resourceType":"Observation","code":{"coding":[{"system":"http://loinc.org","code":"constructor"}]},"identifier":[{"system":"toString","value":"__proto__"}]}}]',
        ),
      422,
    ],
    [
      'an entry of Bundles in Bundles',
      () =>
        bundle(
          `"entry":[${'{"resource":{"resourceType":"Bundle","type":"collection","entry":['.repeat(40)}${']}}'.repeat(40)}]`,
        ),
      400,
    ],
  ];
  it.each(bodies)('%s', async (_name, body, status) => {
    expect((await post(body())).status).toBe(status);
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  it('a fault told of thousands of times is told of a bounded number of times', async () => {
    const reply = await post(bodies.find(([name]) => name === 'faults without end')![1]());
    expect(reply.json.issue.length).toBeLessThanOrEqual(1_001);
    expect(reply.bytes.length).toBeLessThan(1_000_000);
  });
});

describe('XML', () => {
  const laughs = `<!DOCTYPE x [<!ENTITY a "ha">${Array.from({ length: 10 }, (_, each) => `<!ENTITY a${each} "${`&a${each === 0 ? '' : each - 1};`.repeat(10)}">`).join('')}]>`;
  const bodies: [string, () => string | Buffer, number][] = [
    ['nothing', () => '', 400],
    ['a billion laughs', () => xmlBundle('<id value="&a9;"/>', laughs), 400],
    [
      'an external entity of a file',
      () => xmlBundle('<id value="&x;"/>', '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
      400,
    ],
    [
      'an external entity by http',
      () => xmlBundle('<id value="&x;"/>', `<!DOCTYPE x [<!ENTITY x SYSTEM "${lureUrl}/xxe">]>`),
      400,
    ],
    [
      'a parameter entity',
      () => xmlBundle('', `<!DOCTYPE x [<!ENTITY % p SYSTEM "${lureUrl}/dtd"> %p;]>`),
      400,
    ],
    ['an external DTD', () => xmlBundle('', `<!DOCTYPE Bundle SYSTEM "${lureUrl}/dtd">`), 400],
    ['a DOCTYPE of nothing', () => xmlBundle('', '<!DOCTYPE Bundle>'), 400],
    ['an entity without a DOCTYPE', () => xmlBundle('<id value="&nbsp;"/>'), 400],
    [
      'XInclude',
      () => xmlBundle(`<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="${lureUrl}/x"/>`),
      400,
    ],
    [
      'a stylesheet instruction',
      () => xmlBundle('<id value="a"/>', `<?xml-stylesheet href="${lureUrl}/x.xsl"?>`),
      422,
    ],
    ['100,000 elements deep', () => xmlBundle(deep('<a>', '</a>', 100_000)), 400],
    [
      '50,000 attributes',
      () => xmlBundle(`<id ${Array.from({ length: 50_000 }, (_, each) => `a${each}="1"`).join(' ')}/>`),
      400,
    ],
    ['a repeated attribute', () => xmlBundle('<id value="a" value="b"/>'), 400],
    ['another namespace', () => '<Bundle xmlns="http://evil.example"/>', 400],
    ['no namespace', () => '<Bundle/>', 400],
    [
      'another encoding',
      () => Buffer.from(`<?xml version="1.0" encoding="UTF-16"?>${xmlBundle('')}`, 'utf16le'),
      400,
    ],
    [
      'invalid UTF-8',
      () =>
        Buffer.concat([
          Buffer.from('<Bundle xmlns="http://hl7.org/fhir"><id value="'),
          Buffer.from([0xff]),
          Buffer.from('"/></Bundle>'),
        ]),
      400,
    ],
    ['a control character', () => xmlBundle('<id value="&#0;"/>'), 400],
    ['CDATA for an element', () => xmlBundle('<![CDATA[<id value="a"/>]]>'), 400],
    ['cut off', () => '<Bundle xmlns="http://hl7.org/fhir"><entry>', 400],
    [
      'a script in a narrative',
      () =>
        xmlBundle(
          '<entry><resource><Patient><text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></div></text></Patient></resource></entry>',
        ),
      422,
    ],
    [
      'an event handler in a narrative',
      () =>
        xmlBundle(
          '<entry><resource><Patient><text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"><b onclick="alert(1)">x</b></div></text></Patient></resource></entry>',
        ),
      422,
    ],
  ];
  it.each(bodies)('%s', async (_name, body, status) => {
    expect((await post(body(), xml)).status).toBe(status);
  });
});

describe('compressed', () => {
  it('a bomb of noughts ends at the limit', async () => {
    expect((await post(gzipSync(Buffer.alloc(60_000_000)), gzip)).status).toBe(413);
  });

  it('a bomb in a bomb is one layer only', async () => {
    expect((await post(gzipSync(gzipSync(Buffer.alloc(10_000_000))), gzip)).status).toBe(400);
  });

  it.each([
    ['no gzip', Buffer.from('plain'), 'gzip', 400],
    ['gzip cut off', gzipSync(aSummary().bytes()).subarray(0, 300), 'gzip', 400],
    ['gzip with a wrong checksum', broken(gzipSync(aSummary().bytes())), 'gzip', 400],
    ['deflate', deflateSync(aSummary().bytes()), 'deflate', 415],
    ['brotli', brotliCompressSync(aSummary().bytes()), 'br', 415],
    ['twice', gzipSync(gzipSync(aSummary().bytes())), 'gzip, gzip', 415],
    ['unknown', aSummary().bytes(), 'x-evil', 415],
  ])('%s', async (_name, body, encoding, status) => {
    expect((await post(body, { 'Content-Encoding': encoding })).status).toBe(status);
  });
});

function broken(bytes: Buffer): Buffer {
  bytes[bytes.length - 6]! ^= 0xff;
  return bytes;
}

describe('a content type', () => {
  it.each([
    'text/html',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'text/plain',
    'application/json, text/html',
    'application/javascript',
    'application/x-yaml',
    'image/svg+xml',
    '*/*',
  ])('of %s is no FHIR', async (type) => {
    const reply = await post(aSummary().bytes(), { 'Content-Type': type });
    expect([415, 400]).toContain(reply.status);
  });

  it('that says another character set is not believed', async () => {
    expect([400, 415]).toContain(
      (await post(aSummary().bytes(), { 'Content-Type': 'application/fhir+json; charset=utf-7' })).status,
    );
  });
});

describe('a document in a browser', () => {
  const stored = async (contentType: string, text: string, stay: number): Promise<Reply> => {
    const summary = aSummary()
      .stay(stay)
      .changed((whole) => {
        for (const { resource } of (whole as unknown as { entry: { resource: AnyResource }[] }).entry) {
          if (resource.resourceType !== 'DocumentReference') continue;
          const [content] = resource.content as unknown as { attachment: Record<string, Json> }[];
          content!.attachment = { contentType, data: Buffer.from(text).toString('base64') };
        }
      });
    const sent = await homeward.call('POST', '/FHIR/R4/Bundle', { body: summary.bytes() });
    if (sent.status !== 201) return sent;
    const found = await homeward.call('GET', `/FHIR/R4/DocumentReference?_sort=-_lastUpdated&_count=1`);
    const id = found.json.entry[0].resource.content[0].attachment.url.split('/').at(-1);
    return homeward.call('GET', `/FHIR/R4/Binary/${id}`);
  };

  it.each([
    ['text/html', '<script>alert(1)</script>'],
    ['image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'],
    ['application/xhtml+xml', '<html xmlns="http://www.w3.org/1999/xhtml"/>'],
    ['text/javascript', 'alert(1)'],
    ['application/javascript; charset=utf-8', 'alert(1)'],
    ['text/xml', '<?xml-stylesheet href="x.xsl"?><x/>'],
    ['text/html\r\nX-Evil: 1', 'x'],
    ['text/plain; charset="a\r\nX-Evil: 1"', 'x'],
    ['TEXT/HTML', '<b>x</b>'],
    ['application/pdf', '<script>alert(1)</script>'],
  ])('sent as %s runs nothing', async (contentType, text) => {
    const reply = await stored(contentType, text, 100 + text.length + contentType.length);
    expect(reply.status).toBeLessThan(500);
    expect(reply.headers.get('x-evil')).toBeNull();
    if (reply.status !== 200) return;
    expect(reply.headers.get('content-type')).not.toMatch(/html|svg|javascript|xml/i);
    expect(reply.headers.get('x-content-type-options')).toBe('nosniff');
    expect(reply.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/);
    expect(reply.headers.get('content-disposition')).toMatch(
      /^(inline|attachment); filename="[0-9a-f-]{36}\.\w+"$/,
    );
  });
});

describe('addresses in what is sent', () => {
  it.each([
    ['attachment.url', 'DocumentReference.content[0].attachment.url', '/document.pdf'],
    ['a reference', 'Encounter.subject.reference', '/Patient/1'],
    ['the custodian', 'DocumentReference.custodian.reference', '/Organization/1'],
    ['a profile', 'Patient.meta.profile[0]', '/StructureDefinition/x'],
    ['an extension', 'Patient.extension[0].url', '/StructureDefinition/y'],
    ['implicitRules', 'Patient.implicitRules', '/rules'],
    ['a code system', 'Observation.code.coding[0].system', '/CodeSystem/z'],
    ['a photo', 'Patient.photo[0].url', '/me.jpg'],
    ['a schema', 'Bundle.meta.source', '/source'],
  ])('%s is never fetched', async (_name, path, suffix) => {
    const reply = await homeward.call('POST', '/FHIR/R4/Bundle/$validate', {
      body: aSummary()
        .with(path, lureUrl + suffix)
        .bytes(),
    });
    const sent = await homeward.call('POST', '/FHIR/R4/Bundle', {
      body: aSummary()
        .stay(50)
        .with(path, lureUrl + suffix)
        .bytes(),
    });
    expect([reply.status, sent.status < 500, visits]).toEqual([200, true, 0]);
  });

  it.each([
    'file:///etc/passwd',
    'http://169.254.169.254/latest/meta-data/',
    'gopher://127.0.0.1:5432/',
    'jar:http://x!/',
    'data:text/html,<script>',
    'javascript:alert(1)',
  ])('of an attachment are not opened: %s', async (url) => {
    const reply = await homeward.call('POST', '/FHIR/R4/Bundle/$validate', {
      body: aSummary().with('DocumentReference.content[0].attachment.url', url).bytes(),
    });
    expect([reply.status, reply.bytes.includes('root:')]).toEqual([200, false]);
  });

  it('of a message’s sender get no answer sent to them', async () => {
    await homeward.call('POST', '/FHIR/R4/$process-message', {
      body: {
        resourceType: 'Bundle',
        type: 'message',
        entry: [
          { resource: { resourceType: 'MessageHeader', eventUri: 'urn:x', source: { endpoint: lureUrl } } },
        ],
      },
    });
    expect(visits).toBe(0);
  });
});
