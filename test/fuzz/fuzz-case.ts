/**
 * Case number `index` of a seed: a valid summary of its own stay and patient, of one of the kinds that senders send,
 * with one to four things changed. The same seed and index give the same bytes, on any machine.
 */
import { nhsNumberOf } from '../../src/demo/nhs-number';
import { randomOf, type Random } from '../../src/demo/random';
import { stringify } from '../../src/fhir/decimal';
import type { AnyResource, Json, JsonObject } from '../../src/fhir/types';
import { writeXml } from '../../src/fhir/xml/write-xml';
import { aSummary } from '../fixtures/summary';
import { mutate } from './mutate';
import { spoilText } from './spoil-text';

export interface FuzzCase {
  format: 'json' | 'xml';
  path: '/FHIR/R4' | '/FHIR/R4/Bundle' | '/FHIR/R4/Bundle/$validate';
  bytes: Buffer;
  /** What was done to it. */
  done: string[];
}

/** Stays of this run belong to patients that no other run of the same database has. */
const CASES_PER_SEED = 200_000;

export function fuzzCase(seed: number, index: number): FuzzCase {
  const random = randomOf(0x66757a7a, seed, index);
  const number = (seed % 4) * CASES_PER_SEED + index;
  const bundle = baseOf(number, random);
  const done: string[] = [];
  const count = random.pick([0, 1, 1, 1, 1, 2, 2, 3, 4]);
  for (let n = 0; n < count; n++) done.push(mutate(bundle, random));
  const path = random.chance(0.05)
    ? '/FHIR/R4/Bundle/$validate'
    : bundle.type === 'transaction'
      ? '/FHIR/R4'
      : '/FHIR/R4/Bundle';
  const { format, text } = written(bundle, random.chance(0.35) ? 'xml' : 'json');
  if (!random.chance(0.2)) return { format, path, bytes: Buffer.from(text), done };
  const spoilt = spoilText(text, format, random);
  return { format, path, bytes: spoilt.bytes, done: [...done, spoilt.done] };
}

/** Some of what a mutation makes has no form in XML: it is sent as JSON. */
function written(bundle: AnyResource, format: 'json' | 'xml'): { format: 'json' | 'xml'; text: string } {
  if (format === 'xml') {
    try {
      return { format, text: writeXml(bundle) };
    } catch {
      // falls through: JSON has a form for everything
    }
  }
  return { format: 'json', text: stringify(bundle) };
}

function baseOf(number: number, random: Random): AnyResource {
  const kind = random.integer(0, 9);
  const summary = aSummary()
    .stay(number + 1)
    .nhsNumber(nhsNumberOf(number))
    .observations(kind < 6 ? 0 : kind < 8 ? 2 : 15);
  const bundle = (kind === 9 ? summary.asUkCore() : summary).build();
  const as = random.integer(0, 9);
  if (as === 7) return asTransaction(bundle);
  if (as === 8) return headed(bundle, 'document', composition(bundle));
  return as === 9 ? headed(bundle, 'message', messageHeader(bundle)) : bundle;
}

const entriesOf = (bundle: AnyResource): { fullUrl: string; resource: AnyResource }[] =>
  bundle.entry as unknown as { fullUrl: string; resource: AnyResource }[];

function referenceTo(bundle: AnyResource, type: string): JsonObject {
  return {
    reference: entriesOf(bundle).find(({ resource }) => resource.resourceType === type)?.fullUrl ?? '',
  };
}

function headed(bundle: AnyResource, type: string, head: AnyResource): AnyResource {
  const id = '0f3c9a52-4f0a-4f57-9d0e-5a7c1d2b3e4f';
  return {
    ...bundle,
    type,
    timestamp: '2025-03-10T14:25:00+00:00',
    entry: [
      { fullUrl: `urn:uuid:${id}`, resource: { ...head, id } },
      ...entriesOf(bundle),
    ] as unknown as Json[],
  };
}

function composition(bundle: AnyResource): AnyResource {
  return {
    resourceType: 'Composition',
    status: 'final',
    type: { coding: [{ system: 'http://snomed.info/sct', code: '373942005', display: 'Discharge summary' }] },
    subject: referenceTo(bundle, 'Patient'),
    encounter: referenceTo(bundle, 'Encounter'),
    date: '2025-03-10T14:25:00+00:00',
    author: [referenceTo(bundle, 'Organization')],
    title: 'Virtual ward summary',
    section: [
      {
        title: 'The stay',
        entry: [referenceTo(bundle, 'Encounter'), referenceTo(bundle, 'DocumentReference')],
      },
    ],
  };
}

function messageHeader(bundle: AnyResource): AnyResource {
  return {
    resourceType: 'MessageHeader',
    eventCoding: { system: 'https://fhir.nhs.uk/CodeSystem/message-event', code: 'virtual-ward-summary' },
    source: { endpoint: 'https://sender.example.nhs.uk' },
    destination: [{ endpoint: 'https://receiver.example.nhs.uk' }],
    focus: [referenceTo(bundle, 'DocumentReference'), referenceTo(bundle, 'Encounter')],
  };
}

function asTransaction(bundle: AnyResource): AnyResource {
  return {
    ...bundle,
    type: 'transaction',
    entry: entriesOf(bundle).map((entry) => ({
      ...entry,
      request: { method: 'POST', url: entry.resource.resourceType },
    })) as unknown as Json[],
  };
}
