/**
 * Traces: which spans a submission and a search have, whose trace they continue, and what never gets into one. A small
 * collector in this file receives them as JSON from a real server. @see docs/traces.md
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverProcess, type ServerProcess } from '../faults/server-process';
import { aSummary } from '../fixtures/summary';

interface Span {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  attributes: { key: string; value: Record<string, unknown> }[];
}
interface Batch {
  resourceSpans: {
    resource: { attributes: Span['attributes'] };
    scopeSpans: { spans: Span[] }[];
  }[];
}

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = '00f067aa0ba902b7';
const PATIENT = ['9990000018', '1950-03-14', 'virtual ward stay', 'Brien'];

const received: string[] = [];
const paths = new Set<string | undefined>();
let collector: Server;
beforeAll(async () => {
  collector = createServer((request, response) => {
    paths.add(request.url);
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
    request.on('end', () => {
      received.push(body);
      response.setHeader('Content-Type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((listening) => collector.listen(0, '127.0.0.1', listening));
});
afterAll(() => new Promise((closed) => collector.close(closed)));

const spans = (): Span[] =>
  received.flatMap((body) =>
    (JSON.parse(body) as Batch).resourceSpans.flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap((scope) => scope.spans),
    ),
  );

/** A module that writes, at the end of the process, which packages of OpenTelemetry it has loaded. */
function watchesPackages(): { env: Record<string, string>; loaded: () => string[]; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-traces-'));
  const [hook, found] = [join(folder, 'hook.js'), join(folder, 'found.json')];
  writeFileSync(
    hook,
    `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(found)}, JSON.stringify(Object.keys(require.cache))));`,
  );
  return {
    env: { NODE_OPTIONS: `--require=${hook}` },
    loaded: () => {
      const files = JSON.parse(readFileSync(found, 'utf8')) as string[];
      const names = files.flatMap((file) => /@opentelemetry\/[\w-]+/.exec(file)?.[0] ?? []);
      return [...new Set(names)];
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

describe('with a collector', () => {
  let server: ServerProcess;
  const token = (): string =>
    server.sandbox.token({ scope: 'system/Bundle.c system/*.rs', ods: 'RR8', ttlSeconds: 600 });
  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${server.url}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token()}`, ...(init.headers as Record<string, string>) },
    });

  beforeAll(async () => {
    server = await serverProcess({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '200',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      LOG_LEVEL: 'info',
    });
    await server.start();
    const sent = await ask('/FHIR/R4/Bundle', {
      method: 'POST',
      body: aSummary().bytes(),
      headers: { 'Content-Type': 'application/fhir+json', traceparent: `00-${TRACE}-${CALLER}-01` },
    });
    expect(sent.status).toBe(201);
    const identifier = encodeURIComponent('https://fhir.nhs.uk/Id/nhs-number|9990000018');
    expect(
      (await ask(`/FHIR/R4/Encounter?patient:identifier=${identifier}&_include=Encounter:patient`)).status,
    ).toBe(200);
    expect((await ask('/FHIR/R4/Patient/9990000018')).status).toBe(404);
    await ask(`/9990000018`);
    // What has not been sent is sent when the server stops.
    await server.end('SIGTERM');
  }, 120_000);
  afterAll(() => server.remove());

  const traceOf = (name: string): Span[] => {
    const root = spans().find((span) => span.name === name);
    return spans().filter(({ traceId }) => traceId === root?.traceId);
  };

  it('has a span for each step of a submission and each statement, in the trace of its caller', () => {
    const trace = traceOf('POST /FHIR/R4/Bundle');
    const [root] = trace.filter(({ parentSpanId }) => parentSpanId === CALLER);
    expect(root).toMatchObject({ name: 'POST /FHIR/R4/Bundle', traceId: TRACE });
    const names = new Set(trace.map(({ name }) => name));
    const steps = 'receive decode recognise repair validate permit prepare match resolve decompose commit';
    for (const step of steps.split(' ')) expect([...names]).toContain(step);
    expect([...names]).toContain('COMMIT');
    const ids = new Set(trace.map(({ spanId }) => spanId));
    expect(trace.filter(({ parentSpanId = '' }) => !ids.has(parentSpanId))).toEqual([root]);
  });

  it('has a span for each step of a search', () => {
    const trace = traceOf('GET /FHIR/R4/Encounter');
    const names = trace.map(({ name }) => name);
    for (const step of ['parse', 'compile', 'run', 'include', 'assemble']) expect(names).toContain(step);
    const statements = trace.filter(({ attributes }) =>
      attributes.some(({ key }) => key === 'db.query.text'),
    );
    expect(statements.length).toBeGreaterThan(1);
    for (const { attributes } of statements) {
      const text = String(attributes.find(({ key }) => key === 'db.query.text')?.value.stringValue);
      expect(text).not.toMatch(/--|\/\*/);
    }
  });

  it('names the service, its version, and what the operator adds', () => {
    const [first] = (JSON.parse(received[0]!) as Batch).resourceSpans;
    const attributes = Object.fromEntries(
      first!.resource.attributes.map(({ key, value }) => [key, value.stringValue]),
    );
    expect(attributes).toMatchObject({
      'service.name': 'homeward',
      'service.version': '0.1.0',
      'deployment.environment.name': 'test',
    });
  });

  it('sends traces only, and no patient data', () => {
    expect([...paths]).toEqual(['/v1/traces']);
    for (const each of PATIENT) expect(received.join('\n').includes(each)).toBe(false);
  });

  it('has its id in the line of the request', () => {
    const lines = server
      .output()
      .split('\n')
      .filter((line) => line.includes('"msg":"request"'));
    expect(lines.find((line) => line.includes('"status":201'))).toContain(`"traceId":"${TRACE}"`);
  });

  it('traces nothing that no request or message began', () => {
    const roots = spans().filter(({ parentSpanId }) => !parentSpanId);
    expect(roots.map(({ name }) => name).filter((name) => !/^(GET|POST|HEAD) /.test(name))).toEqual([]);
  });
});

describe('without the variables of OpenTelemetry', () => {
  it.each([
    ['none of them is set', {}],
    [
      'the SDK is switched off',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_SDK_DISABLED: 'true' },
    ],
  ])(
    'its SDK is not even loaded: %s',
    async (_name, variables) => {
      const packages = watchesPackages();
      const server = await serverProcess({ ...variables, ...packages.env });
      try {
        await server.start();
        await server.end('SIGTERM');
        // The interface alone, which prom-client loads.
        expect(packages.loaded()).toEqual(['@opentelemetry/api']);
      } finally {
        await server.remove();
        packages.remove();
      }
    },
    60_000,
  );
});
