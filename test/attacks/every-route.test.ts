/**
 * Every route, operation, interaction and command, as the server itself lists them: each is held to scopes, to the
 * site's policy and to the audit trail. What has no entry here fails, so that nothing new is forgotten.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { help } from '../../src/interfaces/cli/commands';
import { aSummary } from '../fixtures/summary';
import { documented } from '../support/documented-api';
import { fhir, held, open, type Held, type Hidden } from './held-routes';
import { startHomeward, type Homeward, type Reply } from '../support/homeward';
import { filesIn, importsOf, isTest, textOf } from '../support/sources';

const folder = mkdtempSync(join(tmpdir(), 'homeward-routes-'));
const EVERY_SCOPE = 'system/Bundle.cruds system/*.cruds';
const ANY_AUDITOR = 'system/AuditEvent.cruds';
let homeward: Homeward;
let ids: Record<'patient' | 'encounter' | 'binary' | 'composition' | 'submission' | 'delivery', string>;

beforeAll(async () => {
  const file = join(folder, 'policy.json');
  const reading = { default: 'own-patients', breakGlass: false };
  writeFileSync(file, JSON.stringify({ submitting: { default: 'own' }, reading }));
  // Nothing listens there, so the delivery waits.
  const forwarding = join(folder, 'forward.json');
  writeFileSync(
    forwarding,
    JSON.stringify([{ name: 'away', to: { fhir: { url: 'http://127.0.0.1:9/R4' } } }]),
  );
  homeward = await startHomeward({ POLICY_FILE: file, FORWARD_FILE: forwarding });
  const sent = await homeward.call('POST', `${fhir}/Bundle`, { body: aSummary().bytes() });
  const first = async (type: string): Promise<{ id: string; content?: [{ attachment: { url: string } }] }> =>
    (await homeward.call('GET', `${fhir}/${type}`)).json.entry[0].resource;
  const patient = (await first('Patient')).id;
  const subject = { reference: `Patient/${patient}` };
  const composition = {
    resourceType: 'Composition',
    status: 'final',
    type: { text: 'Summary' },
    subject,
    date: '2025-03-10',
    author: [{ display: 'A ward' }],
    title: 'Summary',
  };
  await homeward.call('POST', fhir, {
    body: {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [{ resource: composition, request: { method: 'POST', url: 'Composition' } }],
    },
  });
  ids = {
    patient,
    encounter: (await first('Encounter')).id,
    binary: (await first('DocumentReference')).content![0].attachment.url.split('/').at(-1)!,
    composition: (await first('Composition')).id,
    submission: String(sent.headers.get('x-submission-id')),
    delivery: (await homeward.call('GET', '/deliveries')).json.deliveries[0].id,
  };
});
afterAll(async () => {
  await homeward.close();
  rmSync(folder, { recursive: true, force: true });
});

const filled = (text: string): string =>
  text.replace(/\{(\w+)\}/g, (_match, name: keyof typeof ids) => ids[name]);
let requests = 0;

/** Calls the route as EV9, whose patient it is not. */
async function call(
  key: string,
  token: string | null,
  spelling: (url: string) => string = (url) => url,
): Promise<Reply & { requestId: string }> {
  const { url, body, headers = {} } = held[key] as Held;
  const requestId = `route-${(requests += 1)}`;
  const reply = await homeward.call(key.split(' ')[0]!, spelling(filled(url)), {
    token,
    headers: { ...headers, 'X-Request-ID': requestId },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? filled(body) : body }),
  });
  return { ...reply, requestId };
}

/** The same path in another spelling: a letter, `$` and `_` of each segment as escapes, and a slash at the end. */
function spelledOtherwise(url: string): string {
  const [path = '', query] = url.split('?');
  const escaped = path
    .slice(fhir.length)
    .replace(/[$_]|(?<=\/)\w/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
  return `${path.slice(0, fhir.length)}${escaped}/${query === undefined ? '' : `?${query}`}`;
}

/** What the audit trail says of a request. */
async function recorded(requestId: string): Promise<{ total: number; text: string }> {
  const { json } = await homeward.call('GET', `${fhir}/AuditEvent?entity:identifier=${requestId}`);
  return { total: json.total, text: JSON.stringify(json) };
}

const routes = documented().routes.map(({ method, path, access }) => ({ key: `${method} ${path}`, access }));
const closed = Object.keys(held).filter((key) => held[key] !== open);
const ofKind = (...kinds: Hidden[]): string[] =>
  closed.filter((key) => kinds.includes((held[key] as Held).hidden));

describe('every route', () => {
  it('is listed here, and nothing else', () => {
    expect(Object.keys(held).sort()).toEqual(routes.map(({ key }) => key).sort());
  });

  it('that is open to all is known to be', () => {
    const isOpen = routes.filter(({ access }) => access.kind === 'open').map(({ key }) => key);
    expect(isOpen.sort()).toEqual(
      Object.keys(held)
        .filter((key) => held[key] === open)
        .sort(),
    );
  });

  it.each(closed)('%s needs a token, and a scope: 401, 403, both recorded', async (key) => {
    const without = await call(key, null);
    const tooLittle = await call(key, homeward.token('system/Nothing.rs', 'EV9'));
    expect([without.status, tooLittle.status]).toEqual([401, 403]);
    expect((await recorded(without.requestId)).total).toBe(1);
    expect((await recorded(tooLittle.requestId)).total).toBe(1);
  });

  const narrow = closed.filter((key) => (held[key] as Held).notBy !== undefined);
  it.each(narrow)('%s is not opened by a scope that cannot be held against it: 403', async (key) => {
    const reply = await call(key, homeward.token((held[key] as Held).notBy, 'RR8'));
    expect([reply.status, (await recorded(reply.requestId)).total]).toEqual([403, 1]);
  });

  it.each(ofKind('not found'))('%s is 404 of a hidden patient, who is named in the record', async (key) => {
    const reply = await call(key, homeward.token(EVERY_SCOPE, 'EV9'));
    const { total, text } = await recorded(reply.requestId);
    expect([reply.status, total, text.includes(`Patient/${ids.patient}`)]).toEqual([404, 1, true]);
  });

  it.each(ofKind('nothing found'))(
    '%s finds nothing of a hidden patient, who is named in the record',
    async (key) => {
      const reply = await call(key, homeward.token(EVERY_SCOPE, 'EV9'));
      const { total, text } = await recorded(reply.requestId);
      const types = (reply.json.entry ?? []).map(
        ({ resource }: { resource: { resourceType: string } }) => resource.resourceType,
      );
      expect([reply.status, types.filter((type: string) => type !== 'Organization'), total]).toEqual([
        200,
        [],
        1,
      ]);
      if ((held[key] as Held).ofNobody !== true) expect(text).toContain(`Patient/${ids.patient}`);
    },
  );

  it.each(ofKind('refused'))(
    '%s refuses a submission for another organisation, and records it',
    async (key) => {
      const reply = await call(key, homeward.token(EVERY_SCOPE, 'EV9'));
      const { total } = await recorded(reply.requestId);
      expect([JSON.stringify(reply.json).includes('submission-custodian'), total]).toEqual([true, 1]);
    },
  );

  it.each(ofKind('for auditors'))('%s is for auditors, and records it with the patient', async (key) => {
    const others = await call(key, homeward.token(EVERY_SCOPE.replace('Bundle', 'Patient'), 'EV9'));
    const reply = await call(key, homeward.token(ANY_AUDITOR, 'EV9'));
    const { total, text } = await recorded(reply.requestId);
    expect([others.status, reply.status < 300, total]).toEqual([403, true, 1]);
    if ((held[key] as Held).ofNobody !== true) expect(text).toContain(`Patient/${ids.patient}`);
  });

  it.each(ofKind('nothing read'))('%s looks at nothing stored, and is recorded', async (key) => {
    const reply = await call(key, homeward.token('system/Bundle.c', 'EV9'));
    expect([reply.status, (await recorded(reply.requestId)).total]).toEqual([200, 1]);
  });

  it.each(closed)('%s is held the same way in another spelling', async (key) => {
    const about = async (token: string | null, spelling?: (url: string) => string): Promise<unknown[]> => {
      const reply = await call(key, token, spelling);
      const { total, text } = await recorded(reply.requestId);
      const { issue: [issue] = [{}] } = reply.json ?? {};
      return [reply.status, issue?.details?.coding[0].code, total, text.includes(`Patient/${ids.patient}`)];
    };
    for (const token of [
      null,
      homeward.token('system/Nothing.rs', 'EV9'),
      homeward.token(EVERY_SCOPE, 'EV9'),
    ]) {
      expect(await about(token, spelledOtherwise)).toEqual(await about(token));
    }
  });

  it('holds in a batch as it does alone', async () => {
    const urls = closed
      .filter((key) => key.startsWith('GET') && !/\$|:patient|FHIR\/R4\/_history|^GET \/[^F]/.test(key))
      .map((key) => filled((held[key] as Held).url).replace(`${fhir}/`, ''));
    const entry = urls.map((url) => ({ request: { method: 'GET', url } }));
    const ask = async (scope: string): Promise<string[]> => {
      const body = { resourceType: 'Bundle', type: 'batch', entry };
      const { json } = await homeward.call('POST', fhir, { token: homeward.token(scope, 'EV9'), body });
      return json.entry.map(
        ({ response, resource }: { response: { status: string }; resource?: { entry?: object[] } }) =>
          `${response.status}${resource?.entry === undefined ? '' : ' with entries'}`,
      );
    };
    expect(urls.length).toBeGreaterThan(8);
    expect(new Set(await ask(EVERY_SCOPE))).toEqual(new Set(['200', '404']));
    expect(new Set(await ask('system/Nothing.rs system/Bundle.c'))).toEqual(new Set(['403']));
    const narrowed = await ask('system/Bundle.crs?identifier=none|none');
    expect(narrowed.filter((_status, index) => urls[index]!.startsWith('Bundle/'))).toEqual([
      '403',
      '403',
      '403',
    ]);
  });
});

describe('every type and interaction of the CapabilityStatement', () => {
  interface Listed {
    type: string;
    interaction: { code: string }[];
    operation?: { name: string }[];
  }
  const interactions: Readonly<Record<string, string>> = {
    read: `GET ${fhir}/:type/:id`,
    vread: `GET ${fhir}/:type/:id/_history/:version`,
    'history-instance': `GET ${fhir}/:type/:id/_history`,
    'history-type': `GET ${fhir}/:type/_history`,
    'history-system': `GET ${fhir}/_history`,
    'search-type': `GET ${fhir}/:type`,
    create: `POST ${fhir}/Bundle`,
    update: `POST ${fhir}`,
    transaction: `POST ${fhir}`,
    batch: `POST ${fhir}`,
  };
  let rest: { resource: Listed[]; interaction: { code: string }[]; operation: { name: string }[] };
  beforeAll(async () => {
    [rest] = (await homeward.call('GET', `${fhir}/metadata`)).json.rest;
  });

  it('is a route that is held', () => {
    const listed = [...rest.interaction, ...rest.resource.flatMap(({ interaction }) => interaction)];
    const unknown = new Set(
      listed.map(({ code }) => code).filter((code) => held[interactions[code] ?? ''] === undefined),
    );
    const operations = [...rest.operation, ...rest.resource.flatMap((each) => each.operation ?? [])];
    for (const { name } of operations)
      if (!closed.some((key) => key.endsWith(`$${name}`))) unknown.add(`$${name}`);
    expect([...unknown]).toEqual([]);
  });

  it('needs the scope of its type', async () => {
    const token = homeward.token('system/Nothing.rs', 'EV9');
    const wrong: string[] = [];
    for (const { type } of rest.resource) {
      const paths = [
        type,
        `${type}/${ids.encounter}`,
        `${type}/_history`,
        `${type}/${ids.encounter}/_history`,
      ];
      const replies = await Promise.all(
        paths.map((path) => homeward.call('GET', `${fhir}/${path}`, { token })),
      );
      replies.forEach(({ status }, index) => status === 403 || wrong.push(`${paths[index]} ${status}`));
    }
    expect(wrong).toEqual([]);
  });
});

describe('every command and road', () => {
  /** What holds each: commands that take in Bundles go through the one door, which asks the policy. */
  const commands: Readonly<Record<string, 'policy' | 'no data of patients' | 'operator of the database'>> = {
    serve: 'policy',
    ingest: 'policy',
    demo: 'policy',
    validate: 'no data of patients',
    token: 'no data of patients',
    clients: 'no data of patients',
    // It speaks to MESH with the mailbox's own password, and asks nothing of this server.
    mesh: 'no data of patients',
    migrate: 'operator of the database',
    ledger: 'operator of the database',
    'audit-months': 'operator of the database',
    retention: 'operator of the database',
    reindex: 'operator of the database',
    documents: 'operator of the database',
  };
  const files = filesIn('src', '.ts').filter((path) => !isTest(path));
  const known = new Set(files);

  it('is listed here', () => {
    const listed = [...help().matchAll(/^ {2}([a-z-]+)/gm)].map(([, name]) => name!);
    expect([...new Set(listed)].sort()).toEqual(Object.keys(commands).sort());
  });

  it('takes in Bundles by the one submit(), which interfaces call and nothing else', () => {
    const onlyItsTypes = /import type \{[^}]*\} from '[./]+use-cases\/submitting\/submit'/;
    const callers = files.filter(
      (path) =>
        importsOf(path, known).includes('src/use-cases/submitting/submit.ts') &&
        !onlyItsTypes.test(textOf(path)),
    );
    expect(callers.filter((path) => !/^src\/(use-cases\/submitting|interfaces)\//.test(path))).toEqual([]);
  });
});
