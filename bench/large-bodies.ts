/** Bodies of many kinds and sizes up to the limits, for `blocks.ts`. No two of them have the same ids. */
import { randomUUID } from 'node:crypto';
import { stay } from '../src/demo/stay';
import { summaryOf } from '../src/demo/summary';
import { stringify } from '../src/fhir/decimal';
import type { AnyResource, JsonObject } from '../src/fhir/types';
import { writeXml } from '../src/fhir/xml/write-xml';

const JSON_TYPE = 'application/fhir+json';
const XML_TYPE = 'application/fhir+xml';
const SEED = 7_331;

export interface LargeBody {
  kind: string;
  make(nth: number): { bytes: Buffer; type: string };
}

let stays = 0;

interface Entry extends JsonObject {
  fullUrl: string;
  resource: AnyResource;
}

const entriesIn = (bundle: AnyResource): Entry[] => bundle.entry as Entry[];

function summary(pdfBytes: number, observations: number): AnyResource {
  stays += 1;
  const bundle = summaryOf(stay(SEED, stays), {
    pdf: 'sample',
    pdfBytes,
    observations: Math.min(observations, 45),
  });
  const entries = entriesIn(bundle);
  const readings = entries.filter(
    ({ resource }) => resource.resourceType === 'Observation' && !('hasMember' in resource),
  );
  for (let more = 45; more < observations; more += 1) {
    const from = readings[more % readings.length]!;
    const id = randomUUID();
    const identifier = (from.resource.identifier as JsonObject[] | undefined)?.map((each) => ({
      ...each,
      value: id,
    }));
    entries.push({
      ...from,
      fullUrl: `urn:uuid:${id}`,
      resource: { ...from.resource, id, ...(identifier ? { identifier } : {}) },
    });
  }
  return bundle;
}

/** A summary whose Observations carry long notes. */
function withText(characters: number, perNote: number): AnyResource {
  const bundle = summary(10_000, 45);
  const [observation] = entriesIn(bundle).filter(({ resource }) => resource.resourceType === 'Observation');
  const line = 'The patient slept well, and the saturation was steady through the night é. ';
  const note = line.repeat(Math.ceil(perNote / line.length));
  observation!.resource.note = Array.from({ length: Math.ceil(characters / note.length) }, () => ({
    text: note,
  }));
  return bundle;
}

function withNarrative(characters: number): AnyResource {
  const bundle = summary(10_000, 45);
  const [observation] = entriesIn(bundle).filter(({ resource }) => resource.resourceType === 'Observation');
  const row = '<tr><td>Pulse</td><td>92</td><td>beats each minute &amp; steady</td></tr>';
  const rows = row.repeat(Math.ceil(characters / row.length));
  observation!.resource.text = {
    status: 'generated',
    div: `<div xmlns="http://www.w3.org/1999/xhtml"><table><tbody>${rows}</tbody></table></div>`,
  };
  return bundle;
}

function asTransaction(bundle: AnyResource, type: 'transaction' | 'batch'): AnyResource {
  const { identifier: _identifier, ...rest } = bundle;
  const entry = entriesIn(bundle).map((each) => ({
    ...each,
    request: { method: 'POST', url: each.resource.resourceType },
  }));
  return { ...rest, type, entry } as unknown as AnyResource;
}

const json = (bundle: AnyResource): { bytes: Buffer; type: string } => ({
  bytes: Buffer.from(stringify(bundle)),
  type: JSON_TYPE,
});
const xml = (bundle: AnyResource): { bytes: Buffer; type: string } => ({
  bytes: Buffer.from(writeXml(bundle)),
  type: XML_TYPE,
});

const MEGABYTE = 1_000_000;

/** An ordinary summary whose document has so many characters of base64. */
export const withDocument = (base64: number, format: 'json' | 'xml'): { bytes: Buffer; type: string } =>
  (format === 'xml' ? xml : json)(summary(Math.round((base64 * 3) / 4), 45));

export function largeBodies(): LargeBody[] {
  const pdfIn = (bytes: number): number => Math.round((bytes * 3) / 4);
  const kinds: [string, () => { bytes: Buffer; type: string }][] = [
    ['warm-up', () => json(summary(300_000, 45))],
    ['ordinary', () => json(summary(300_000, 45))],
    ['ordinary-xml', () => xml(summary(300_000, 45))],
    ['pdf-5', () => json(summary(pdfIn(5 * MEGABYTE), 45))],
    ['pdf-20', () => json(summary(pdfIn(20 * MEGABYTE), 45))],
    ['pdf-32', () => json(summary(pdfIn(32 * MEGABYTE), 45))],
    ['pdf-20-xml', () => xml(summary(pdfIn(20 * MEGABYTE), 45))],
    ['observations-1000', () => json(summary(300_000, 1000))],
    ['observations-5000', () => json(summary(300_000, 5000))],
    ['observations-10000', () => json(summary(300_000, 9990))],
    ['observations-5000-xml', () => xml(summary(300_000, 5000))],
    ['text-5', () => json(withText(5 * MEGABYTE, 1000))],
    ['text-5-long', () => json(withText(5 * MEGABYTE, 900_000))],
    ['text-5-xml', () => xml(withText(5 * MEGABYTE, 1000))],
    ['narrative-5', () => json(withNarrative(5 * MEGABYTE))],
    ['narrative-5-xml', () => xml(withNarrative(5 * MEGABYTE))],
    ['transaction-1000', () => json(asTransaction(summary(300_000, 1000), 'transaction'))],
    ['batch-500', () => json(asTransaction(summary(5 * MEGABYTE, 500), 'batch'))],
    [
      'refused-5000',
      () => {
        const bundle = summary(300_000, 5000);
        for (const { resource } of entriesIn(bundle))
          if (resource.resourceType === 'Observation') resource.wrong = 1;
        return json(bundle);
      },
    ],
    [
      'broken-20',
      () => {
        const { bytes } = json(summary(pdfIn(20 * MEGABYTE), 45));
        return { bytes: bytes.subarray(0, bytes.length - 2), type: JSON_TYPE };
      },
    ],
  ];
  return kinds.map(([kind, make]) => ({ kind, make }));
}
