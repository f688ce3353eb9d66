/**
 * `homeward validate`, `Bundle/$validate` and submitting say the same of every Bundle of a corpus: a summary in each type
 * of Bundle, as XML, and a summary from which one element after the other is taken away.
 */
import { atOnce } from '../../src/fhir/slices';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openJudge } from '../../src/app';
import { isFault, type Issue } from '../../src/fhir/issue';
import type { AnyResource } from '../../src/fhir/types';
import { writeXml } from '../../src/fhir/xml/write-xml';
import type { FileJudge } from '../../src/use-cases/submitting/validate/validate-file';
import { asTransaction, become } from '../fixtures/kinds';
import { aSummary } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { told } from '../support/outcome';

let homeward: Homeward;
let judge: FileJudge;
beforeAll(async () => {
  homeward = await startHomeward();
  judge = (await openJudge({ testRangeNhsNumbers: 'accept', fhirPackages: [] })).judgeFile;
});
afterAll(() => homeward.close());

type Entry = { resource: Record<string, unknown> };

/** One element of the summary is taken away: of every seventh, so that each resource has some. */
function spoiled(): [string, AnyResource][] {
  const entries = aSummary().build().entry as unknown as Entry[];
  const places = entries.flatMap(({ resource }, index) =>
    Object.keys(resource)
      .filter((key) => key !== 'resourceType')
      .map((key) => ({ index, key })),
  );
  return places
    .filter((_place, position) => position % 7 === 0)
    .map(({ index, key }, position) => {
      const bundle = aSummary()
        .stay(position + 2)
        .build();
      const { resource } = (bundle.entry as unknown as Entry[])[index]!;
      delete resource[key];
      return [`a summary without ${String(resource.resourceType)}.${key} in entry ${index}`, bundle];
    });
}

const example = (): AnyResource =>
  JSON.parse(readFileSync(join(__dirname, '../../examples/summary.json'), 'utf8')) as AnyResource;

const corpus: [string, AnyResource][] = [
  ['a whole summary', aSummary().build()],
  ['the example that ships', example()],
  ['a document', become.document(aSummary().stay(100).build())],
  ['a message', become.message(aSummary().stay(101).build())],
  ['a transaction', asTransaction(aSummary().stay(102).build())],
  ['a document without a Composition', { ...aSummary().stay(103).build(), type: 'document' }],
  ['a transaction without requests', { ...aSummary().stay(104).build(), type: 'transaction' }],
  ['a Bundle of an unknown type', { ...aSummary().stay(105).build(), type: 'searchset' }],
  ['a Bundle without a type', aSummary().stay(106).without('Bundle.type').build()],
  ['an empty collection', { resourceType: 'Bundle', type: 'collection' }],
  ['a Patient by itself', { resourceType: 'Patient', gender: 'male' }],
  ...spoiled(),
];

interface Verdict {
  isRefused: boolean;
  /** Of each fault its rule and place. */
  faults: string[];
}

const ofIssues = (issues: readonly Issue[]): Verdict => ({
  isRefused: issues.some(isFault),
  faults: [
    ...new Set(issues.filter(isFault).map(({ rule, expression }) => `${rule} ${expression ?? ''}`)),
  ].sort(),
});

async function ofAnswer(path: string, body: Buffer, contentType: string): Promise<Verdict> {
  const answer = await homeward.call('POST', path, {
    body,
    headers: { 'Content-Type': contentType, Prefer: 'return=OperationOutcome' },
  });
  const isResponse = answer.json.resourceType === 'Bundle';
  const issues = isResponse ? [] : told(answer);
  const errors = issues.filter(({ severity }) => severity === 'error' || severity === 'fatal');
  return {
    isRefused: path.endsWith('$validate') ? errors.length > 0 : answer.status >= 400,
    faults: [...new Set(errors.map(({ rule, expression }) => `${rule} ${expression ?? ''}`))].sort(),
  };
}

const byFile = (bytes: Buffer, format: 'json' | 'xml'): Verdict =>
  ofIssues(
    atOnce(judge({ bytes, format }, { handling: 'default', now: new Date(), byR4Alone: false })).issues,
  );

describe('validating a file, $validate and submitting say the same', () => {
  it.each(corpus)('of %s', async (_name, bundle) => {
    const bytes = Buffer.from(JSON.stringify(bundle));
    const asked = byFile(bytes, 'json');
    if (bundle.resourceType === 'Bundle')
      expect(await ofAnswer('/FHIR/R4/Bundle/$validate', bytes, 'application/fhir+json')).toEqual(asked);
    expect(await ofAnswer('/FHIR/R4', bytes, 'application/fhir+json')).toEqual(asked);
  });

  it.each([
    ['a whole summary', aSummary().stay(200).build()],
    ['a summary without a status', aSummary().stay(201).without('Encounter.status').build()],
  ])('of %s as XML', async (_name, bundle) => {
    const bytes = Buffer.from(writeXml(bundle));
    const sent = await homeward.call('POST', '/FHIR/R4', {
      body: bytes,
      headers: { 'Content-Type': 'application/fhir+xml', Accept: 'application/fhir+json' },
    });
    expect(byFile(bytes, 'xml').isRefused).toBe(sent.status >= 400);
  });
});
