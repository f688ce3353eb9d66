/** The auditor's counts, and that each number leads to as many submissions. */
import { aSummary } from '../../../../../test/fixtures/summary';
import { Visitor } from '../../../../../test/console/visitor';
import { startHomeward, type Homeward } from '../../../../../test/support/homeward';

let homeward: Homeward;
let auditor: Visitor;
let now = new Date('2026-07-01T22:30:00Z');
beforeAll(async () => {
  homeward = await startHomeward({}, undefined, () => now);
  const submit = async (stay: number, sender: string, without?: string): Promise<void> => {
    const summary = aSummary().stay(stay);
    const body = (without === undefined ? summary : summary.without(without)).bytes();
    const token = homeward.token('system/Bundle.crs', sender);
    await homeward.call('POST', '/FHIR/R4/Bundle', { body, token });
  };
  await submit(1, 'RR8');
  await submit(2, 'RR8', 'Encounter.status');
  // In London it is the next day.
  now = new Date('2026-07-01T23:30:00Z');
  await submit(3, 'RYJ', 'Encounter.status');
  await submit(4, 'RYJ', 'Encounter.status');
  auditor = new Visitor(homeward);
  await auditor.signIn('auditor');
});
afterAll(() => homeward.close());

const plain = (text: string): string => text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
const linksIn = (text: string): { href: string; count: number }[] =>
  [...text.matchAll(/<a href="(\/console\/submissions\?[^"]*)">(\d+)</g)].map(([, href, count]) => ({
    href: href!.replaceAll('&amp;', '&'),
    count: Number(count),
  }));
const listedAt = async (href: string): Promise<number> =>
  [...(await auditor.get(href)).text.matchAll(/href="\/console\/submissions\/[0-9a-f-]{36}"/g)].length;

describe('/console/counts', () => {
  it('counts by day in London, by sender and by rule', async () => {
    const { status, text } = await auditor.get('/console/counts');
    expect(status).toBe(200);
    const rows = [...text.matchAll(/<tr[\s\S]*?<\/tr>/g)].map(([row]) => plain(row).trim());
    const of = (name: string) =>
      rows.find((row) => row.startsWith(name))!.match(/\d+ (?=accepted|refused|not)/g);
    expect(rows.find((row) => row.startsWith('1 July 2026'))).toMatch(
      /^1 July 2026 1 accepted.* 1 refused.* 1 not/,
    );
    expect(rows.find((row) => row.startsWith('2 July 2026'))).toMatch(/^2 July 2026 0 2 refused.* 2 not/);
    expect(of('RYJ')).toEqual(['2 ', '2 ']);
    expect(rows.find((row) => row.includes('rule vw-enc-05'))).toMatch(/ 3 submissions, rule vw-enc-05$/);
  });

  it('has a link from each number to as many submissions', async () => {
    const links = linksIn((await auditor.get('/console/counts')).text);
    expect(links.length).toBeGreaterThan(8);
    for (const { href, count } of links) expect([href, await listedAt(href)]).toEqual([href, count]);
  });

  it('no longer counts a refusal as not reviewed once its review is closed', async () => {
    const [, id] = /submissions\/([0-9a-f-]{36})/.exec((await auditor.get('/console/submissions')).text)!;
    const path = `/console/submissions/${id}`;
    await auditor.get(path);
    await auditor.post(path, { note: 'Put right', action: 'close' });
    const { text } = await auditor.get('/console/counts');
    expect(plain(text)).toContain('1 accepted, 3 refused, 2 not yet reviewed.');
    await auditor.get(path);
    // Of two marks of one moment, either may be the later one.
    now = new Date('2026-07-01T23:31:00Z');
    await auditor.post(path, { note: 'Came again', action: 'open' });
  });

  it('has each table as CSV', async () => {
    const csv = async (table: string) => {
      const reply = await auditor.get(`/console/counts/${table}/csv?from=2026-06-01&to=2026-07-02`);
      expect(reply.headers.get('content-disposition')).toBe(`attachment; filename="${table}.csv"`);
      return reply.text.split('\r\n');
    };
    expect(await csv('days')).toEqual([
      'day,accepted,refused,not yet reviewed',
      '2026-07-02,0,2,2',
      '2026-07-01,1,1,1',
      '',
    ]);
    expect(await csv('senders')).toEqual([
      'sender,accepted,refused,not yet reviewed',
      'RR8,1,1,1',
      'RYJ,0,2,2',
      '',
    ]);
    expect((await csv('rules'))[0]).toBe('rule,severity,section,submissions,sentence');
    expect((await auditor.get('/console/counts/others/csv')).status).toBe(404);
  });

  it('counts a year at most, and says what is wrong with the days', async () => {
    for (const [query, fault] of [
      ['from=2020-01-01', 'Choose 366 days or fewer'],
      ['from=soon', 'From must be a date'],
    ] as const) {
      for (const path of ['/console/counts', '/console/counts/days/csv']) {
        const reply = await auditor.get(`${path}?${query}`);
        expect([reply.status, reply.text.includes(fault)]).toEqual([400, true]);
      }
    }
    const empty = await auditor.get('/console/counts?from=2026-01-01&to=2026-01-31');
    expect(empty.text).toContain('Nothing was received in this time.');
  });
});

describe('the submissions with a finding of a rule', () => {
  it('are those of the last 30 days unless a day is given', async () => {
    const { text } = await auditor.get('/console/submissions?rule=vw-enc-05');
    expect(text).toMatch(/name="from"[^>]* value="2026-06-02"/);
    expect(await listedAt('/console/submissions?rule=vw-enc-05&sender=RR8')).toBe(1);
    expect(await listedAt('/console/submissions?rule=vw-enc-0')).toBe(0);
    expect(await listedAt('/console/submissions?rule=%25')).toBe(0);
  });
});
