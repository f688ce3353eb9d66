import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Visitor } from '../../../../../test/console/visitor';
import { startHomeward, type Homeward } from '../../../../../test/support/homeward';
import { packageRoot } from '../../../../platform/package-root';

const summary = readFileSync(join(packageRoot(), 'examples', 'summary.json'), 'utf8');

let homeward: Homeward;
let visitor: Visitor;
beforeAll(async () => {
  homeward = await startHomeward({ MAX_BODY_BYTES: '400000' });
  visitor = new Visitor(homeward);
});
afterAll(() => homeward.close());

async function check(fields: Record<string, string | Blob>) {
  await visitor.get('/console/check');
  const form = new FormData();
  form.append('_csrf', visitor.token);
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return visitor.send('POST', '/console/check', form, {});
}

describe('/console/check', () => {
  it('says that a sound summary would be stored, and stores nothing', async () => {
    const reply = await check({ bundle: summary });
    expect(reply.status).toBe(200);
    expect(reply.text).toContain('would be stored');
    const rows = await homeward.app.database.query<{ n: number }>({
      text: 'SELECT count(*)::integer AS n FROM submission',
    });
    expect(rows).toEqual([{ n: 0 }]);
  });

  it('shows each fault with its section beside its line, and keeps the text', async () => {
    const broken = JSON.stringify(
      JSON.parse(summary, (key, value: unknown) =>
        key === 'status' && value === 'finished' ? 'gone' : value,
      ),
      null,
      2,
    );
    const reply = await check({ bundle: broken });
    expect(reply.text).toContain('It would be refused');
    const line = broken.split('\n').findIndex((each) => each.includes('"gone"')) + 1;
    const [, after = ''] = reply.text.split(`id="line-${line}"`);
    expect(after.split('id="line-')[0]).toMatch(/app-finding--error/);
    expect(reply.text).toMatch(/<textarea[^>]*>\s*\{\s*&quot;resourceType&quot;/);
  });

  it('takes a file, in XML too', async () => {
    const file = new Blob(['<Bundle xmlns="http://hl7.org/fhir"><type value="x"/></Bundle>']);
    const reply = await check({ bundle: '', file });
    expect(reply.status).toBe(200);
    expect(reply.text).toContain('It would be refused');
  });

  it('asks for a Bundle where there is none', async () => {
    const reply = await check({ bundle: ' ' });
    expect(reply.status).toBe(400);
    expect(reply.text).toMatch(/<title>\s*Error: Check a Bundle/);
    expect(reply.text).toContain('Paste a Bundle, or choose a file');
  });

  it('escapes what the Bundle says', async () => {
    const reply = await check({ bundle: '{"resourceType":"<script>alert(1)</script>"}' });
    expect(reply.text).not.toContain('<script>alert');
  });

  it('answers 413 as a page when it is too large', async () => {
    const reply = await check({ bundle: ' '.repeat(500_000) });
    expect(reply.status).toBe(413);
    expect(reply.headers.get('content-type')).toContain('text/html');
  });

  it('answers 403 to a form without its token', async () => {
    const form = new FormData();
    form.append('bundle', summary);
    expect((await new Visitor(homeward).send('POST', '/console/check', form, {})).status).toBe(403);
  });
});
