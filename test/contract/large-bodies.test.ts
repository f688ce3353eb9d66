/**
 * Large bodies are read and checked in slices, between which others are served. Counted in slices and in the order of
 * events, not in time. @see docs/decisions/0090-large-bodies-in-slices.md
 */
import { randomUUID } from 'node:crypto';
import { createApp, openJudge } from '../../src/app';
import type { Slices } from '../../src/fhir/slices';
import type { AnyResource, JsonObject } from '../../src/fhir/types';
import { writeXml } from '../../src/fhir/xml/write-xml';
import { untraced, type Tracing } from '../../src/platform/tracing';
import { decode } from '../../src/use-cases/submitting/decode';
import { minimalPdf } from '../fixtures/minimal-pdf';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';

/** A summary with so many readings more. */
function withReadings(count: number): AnyResource {
  const bundle = aSummary().build();
  const entries = bundle.entry as (JsonObject & { resource: AnyResource })[];
  const reading = entries.find(
    ({ resource }) => resource.resourceType === 'Observation' && !resource.hasMember,
  )!;
  for (let more = 0; more < count; more += 1) {
    const id = randomUUID();
    const { identifier: _identifier, ...resource } = reading.resource;
    entries.push({ fullUrl: `urn:uuid:${id}`, resource: { ...resource, id } });
  }
  return bundle;
}

const bytesOf = (bundle: AnyResource): Buffer => Buffer.from(JSON.stringify(bundle));

function counted<T>(work: Slices<T>): { slices: number; value: T } {
  for (let slices = 0; ; slices += 1) {
    const step = work.next();
    if (step.done === true) return { slices, value: step.value };
  }
}

const READINGS = 2_000;

describe('a large body', () => {
  it.each([
    ['JSON', 'json'],
    ['XML', 'xml'],
  ] as const)('is decoded and checked in a slice for each entry at least: %s', async (_what, format) => {
    const bundle = withReadings(READINGS);
    const bytes = format === 'json' ? bytesOf(bundle) : Buffer.from(writeXml(bundle));
    const decoded = counted(decode({ bytes, format, handling: 'default' }));
    expect(decoded.slices).toBeGreaterThan(READINGS);
    if (!decoded.value.ok) throw new Error('it cannot be decoded');
    const { validator } = await openJudge({ testRangeNhsNumbers: 'accept', fhirPackages: [] });
    const repaired = counted(validator.repairInSlices(decoded.value.value.bundle, 'default'));
    const options = { handling: 'default', now: new Date() } as const;
    const checked = counted(validator.validateInSlices(repaired.value.repaired, options));
    expect(repaired.slices).toBeGreaterThan(READINGS);
    // The rules, R4, and the profiles.
    expect(checked.slices).toBeGreaterThan(3 * READINGS);
    expect(checked.value.issues.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('with a large document is decoded in a slice for each megabyte at least', () => {
    const pdf = Buffer.concat([minimalPdf(), Buffer.alloc(6_000_000, 'x')]);
    const bytes = aSummary().pdf(pdf).bytes();
    const decoded = counted(decode({ bytes, format: 'json', handling: 'default' }));
    expect(decoded.value.ok).toBe(true);
    expect(decoded.slices).toBeGreaterThan(bytes.length / (1024 * 1024));
  });

  it('with a large document is checked for $validate in a slice for each megabyte at least', async () => {
    const { judge } = await openJudge({ testRangeNhsNumbers: 'accept', fhirPackages: [] });
    const options = { handling: 'default', now: new Date() } as const;
    const slicesFor = (bytes: number): number => {
      const pdf = Buffer.concat([minimalPdf(), Buffer.alloc(bytes, 'x')]);
      return counted(judge(aSummary().pdf(pdf).build(), options)).slices;
    };
    // Its base64 is decoded, and its bytes are hashed twice.
    expect(slicesFor(6 * 1024 * 1024) - slicesFor(10)).toBeGreaterThan(3 * 6);
  });
});

describe('while a large body is checked', () => {
  const events: string[] = [];
  let homeward: Homeward;
  let whileChecking = (): void => undefined;
  const tracing: Tracing = {
    ...untraced,
    step(name, work) {
      if (name === 'validate') {
        events.push('checking');
        whileChecking();
      }
      const done = work();
      if (name === 'validate' && done instanceof Promise) void done.then(() => events.push('checked'));
      return done;
    },
  };
  beforeAll(async () => {
    homeward = await startHomeward(undefined, undefined, undefined, {
      create: (options) => createApp({ ...options, tracing }),
    });
  });
  afterAll(() => homeward.close());

  it('others are answered', async () => {
    await homeward.call('GET', '/FHIR/R4/Patient?_count=1');
    const others: Promise<void>[] = [];
    whileChecking = () => {
      whileChecking = () => undefined;
      for (let other = 0; other < 3; other += 1)
        others.push(
          homeward.call('GET', '/FHIR/R4/Patient?_count=1').then(({ status }) => {
            events.push(`answered ${status}`);
          }),
        );
    };
    const { status } = await homeward.call('POST', '/FHIR/R4/Bundle', {
      body: bytesOf(withReadings(READINGS)),
    });
    await Promise.all(others);
    expect(status).toBe(201);
    expect(events).toEqual(['checking', 'answered 200', 'answered 200', 'answered 200', 'checked']);
  });
});
