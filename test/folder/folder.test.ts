/** The inbox folder as roads.md describes it: what is taken, where it ends, and what is left alone. */
import { appendFileSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { parseJson } from '../../src/fhir/json';
import type { AnyResource } from '../../src/fhir/types';
import { writeXml } from '../../src/fhir/xml/write-xml';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { testInbox, until, type TestInbox } from './inbox';

jest.setTimeout(90_000);

const MAX_BODY_BYTES = 300_000;
let server: Homeward;
let inbox: TestInbox;
const valid = aSummary().bytes();

/** A file that was stored before, for the name that is taken. */
beforeAll(async () => {
  inbox = testInbox();
  server = await startHomeward({ INBOX_DIR: inbox.path, MAX_BODY_BYTES: String(MAX_BODY_BYTES) });
  await until(() => inbox.has('failed'));
  const put = inbox.put;
  put('RR8/stay.json', valid);
  put('RR8/invalid.json', aSummary().stay(2).without('Encounter.period.start').bytes());
  put('RR8/broken.json', '{ "resourceType": "Bundle",');
  put('RR8/content-decides.txt', gzipSync(aSummary().stay(3).bytes()));
  const xml = parseJson(aSummary().stay(4).bytes());
  put('RR8/stay.xml', xml.ok ? writeXml(xml.value as AnyResource) : '');
  put('RR8/bad.json.gz', gzipSync(valid).subarray(0, 200));
  put('RR8/bomb.json.gz', gzipSync(Buffer.alloc(50_000_000, ' ')));
  put('RR8/large.json', Buffer.alloc(MAX_BODY_BYTES + 1, ' '));
  put('RR8/empty.json', '');
  put('RR8/.hidden.json', valid);
  put('RR8/uploading.json.tmp', valid);
  put('RR8/folder/inside.json', valid);
  put('rr8/small.json', valid);
  put('right-under.json', valid);
  writeFileSync(inbox.at('in', 'RR8', 'half.json.part'), valid);
  writeFileSync(Buffer.from(`${inbox.at('in', 'RR8')}/caf\xe9.json`, 'latin1'), aSummary().stay(5).bytes());
  mkdirSync(inbox.at('elsewhere'));
  writeFileSync(inbox.at('elsewhere', 'secret.json'), aSummary().stay(6).bytes());
  symlinkSync(inbox.at('elsewhere', 'secret.json'), inbox.at('in', 'RR8', 'link.json'));
  symlinkSync(inbox.at('elsewhere'), inbox.at('in', 'RRX'));
  await until(() => inbox.files('done').length === 4 && inbox.files('refused').length === 7);
});
afterAll(async () => {
  await server.close();
  inbox.remove();
});

const submission = async (id: string) =>
  (await server.call('GET', `/submissions/${id}`)).json as Record<string, unknown>;

describe('a valid file', () => {
  it('ends in done with its outcome, whose id is the submission', async () => {
    const { resourceType, id } = inbox.outcome('done', 'RR8', 'stay.json');
    expect(resourceType).toBe('OperationOutcome');
    expect(await submission(id)).toMatchObject({ status: 'accepted', sender: 'RR8', door: 'folder' });
    expect(readFileSync(inbox.at('done', 'RR8', 'stay.json')).equals(valid)).toBe(true);
  });

  it('may be XML, or gzip, whatever its name says; and its name need not be UTF-8', () => {
    expect(
      inbox
        .files('done')
        .filter((name) => !name.includes('caf'))
        .sort(),
    ).toEqual(['RR8/content-decides.txt', 'RR8/stay.json', 'RR8/stay.xml']);
  });

  it('is shown in the audit trail with its door', async () => {
    const { id } = inbox.outcome('done', 'RR8', 'stay.json');
    const { json } = await server.call('GET', `/FHIR/R4/AuditEvent?entity=Bundle/${id}`);
    expect(JSON.stringify(json)).toContain('"door"');
  });
});

describe('a refused file', () => {
  it('has every fault in its outcome, and is kept as a refused submission', async () => {
    const outcome = inbox.outcome('refused', 'RR8', 'invalid.json');
    expect(outcome.issue[0]).toMatchObject({
      severity: 'error',
      expression: ['Bundle.entry[2].resource.period.start'],
    });
    expect(await submission(outcome.id)).toMatchObject({ status: 'refused', sender: 'RR8', door: 'folder' });
  });

  it.each([
    ['broken.json', 'json-syntax'],
    ['bad.json.gz', 'road-unreadable'],
    ['bomb.json.gz', 'road-too-large'],
    ['large.json', 'road-too-large'],
    ['link.json', 'road-symbolic-link'],
  ])('%s is refused by %s', (name, rule) => {
    expect(inbox.outcome('refused', 'RR8', name).issue[0].details.coding[0].code).toBe(rule);
  });

  it('is kept up to the limit when it is too large', async () => {
    const { id } = inbox.outcome('refused', 'RR8', 'bomb.json.gz');
    const raw = await server.call('GET', `/submissions/${id}/raw`);
    expect(raw.bytes).toHaveLength(MAX_BODY_BYTES + 1);
  });
});

describe('a symbolic link', () => {
  it('goes to refused as it is, and is not followed', async () => {
    expect(lstatSync(inbox.at('refused', 'RR8', 'link.json')).isSymbolicLink()).toBe(true);
    const { id } = inbox.outcome('refused', 'RR8', 'link.json');
    expect((await server.call('GET', `/submissions/${id}/raw`)).bytes).toHaveLength(0);
  });

  it('to a folder is left alone', () => {
    expect(lstatSync(inbox.at('in', 'RRX')).isSymbolicLink()).toBe(true);
    expect(inbox.has('elsewhere', 'secret.json')).toBe(true);
  });
});

describe('what is no submission', () => {
  it.each([
    'RR8/.hidden.json',
    'RR8/uploading.json.tmp',
    'RR8/half.json.part',
    'RR8/folder/inside.json',
    'rr8/small.json',
    'right-under.json',
  ])('%s is left alone', (name) => expect(inbox.has('in', name)).toBe(true));
});

describe('a name that is taken', () => {
  it('gets a number before the extension; a resend ends in done, with the first submission’s id', async () => {
    inbox.put('RR8/stay.json', valid);
    inbox.put('RR8/broken.json', '{');
    await until(() => inbox.has('done/RR8/stay-2.json') && inbox.has('refused/RR8/broken-2.json'));
    expect(inbox.outcome('done', 'RR8', 'stay-2.json').id).toBe(inbox.outcome('done', 'RR8', 'stay.json').id);
    inbox.put('RR8/stay.json', valid);
    await until(() => inbox.has('done/RR8/stay-3.json'));
  });
});

describe('a file that is being written', () => {
  it('is taken when it has not changed for 5 seconds', async () => {
    const bytes = aSummary().stay(7).bytes();
    const path = inbox.at('in', 'RR8', 'slow.json');
    writeFileSync(path, bytes.subarray(0, 100));
    for (let at = 100; at < 400; at += 100) {
      await sleep(2_500);
      appendFileSync(path, bytes.subarray(at, at + 100));
    }
    expect(inbox.has('in', 'RR8', 'slow.json')).toBe(true);
    appendFileSync(path, bytes.subarray(400));
    await until(() => inbox.has('done/RR8/slow.json'));
  });
});

describe('/_status', () => {
  it('has a check for the folder, which passes', async () => {
    const { checks } = (await server.call('GET', '/_status')).json;
    expect(checks.folder).toEqual([{ componentType: 'component', status: 'pass' }]);
  });
});

describe('an inbox that was removed and made again', () => {
  it('is opened anew, and its files end where they should', async () => {
    inbox.remove();
    mkdirSync(inbox.path);
    await until(() => inbox.has('in') && inbox.has('done'));
    inbox.put('RR8/anew.json', aSummary().stay(8).bytes());
    await until(() => inbox.has('done/RR8/anew.json'));
    const { checks } = (await server.call('GET', '/_status')).json;
    expect(checks.folder).toEqual([{ componentType: 'component', status: 'pass' }]);
  });
});
