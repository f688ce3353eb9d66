/** Stays of which a test says every reading. */
import { SNOMED_CT, UCUM } from '../../src/fhir/code-systems';
import type { AnyResource, Json, JsonObject } from '../../src/fhir/types';
import { aSummary, type SummaryBuilder } from '../fixtures/summary';

const KINDS = {
  pulse: { code: '78564009', display: 'Pulse rate', unit: '/min', ucum: '/min' },
  respiration: { code: '86290005', display: 'Respiratory rate', unit: '/min', ucum: '/min' },
  saturation: { code: '103228002', display: 'Oxygen saturation', unit: '%', ucum: '%' },
  temperature: { code: '276885007', display: 'Core body temperature', unit: '°C', ucum: 'Cel' },
  weight: { code: '27113001', display: 'Body weight', unit: 'kg', ucum: 'kg' },
  total: { code: '1104051000000101', display: 'NEWS2 total score', unit: '', ucum: '' },
  scaleOne: {
    code: '1104311000000102',
    display: 'NEWS2 oxygen saturation scale 1 score',
    unit: '',
    ucum: '',
  },
  scaleTwo: {
    code: '1104321000000108',
    display: 'NEWS2 oxygen saturation scale 2 score',
    unit: '',
    ucum: '',
  },
  pulseScore: { code: '1104351000000103', display: 'NEWS2 pulse score', unit: '', ucum: '' },
} as const;

let readings = 0;

/** @param at a FHIR dateTime @param sentIn another unit than the usual one */
export function aReading(
  kind: keyof typeof KINDS,
  value: number,
  at: string,
  more: Record<string, Json> = {},
  sentIn: { unit?: string; code?: string; comparator?: string } = {},
): AnyResource {
  readings += 1;
  const { code, display, unit, ucum } = KINDS[kind];
  const isScore = unit === '';
  return {
    resourceType: 'Observation',
    id: `0b5e0000-0000-4000-8000-${String(readings).padStart(12, '0')}`,
    status: 'final',
    category: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/observation-category',
            code: isScore ? 'survey' : 'vital-signs',
          },
        ],
      },
    ],
    code: { coding: [{ system: SNOMED_CT, code, display }] },
    effectiveDateTime: at,
    ...(isScore
      ? { valueInteger: value }
      : { valueQuantity: { value, unit, system: UCUM, code: ucum, ...sentIn } }),
    ...more,
  };
}

/** A total of 0 and the score of the pulse, which names no reading. */
export function scored(at: string): AnyResource[] {
  const score = aReading('pulseScore', 0, at);
  return [aReading('total', 0, at, { hasMember: [{ reference: `urn:uuid:${String(score.id)}` }] }), score];
}

/** A summary with these Observations alone, each of the patient and of the stay. */
export const aStayWith = (stay: number, observations: readonly AnyResource[]): SummaryBuilder =>
  aSummary()
    .stay(stay)
    .changed((bundle) => {
      const entries = bundle.entry as unknown as { fullUrl: string; resource: AnyResource }[];
      const urlOf = (type: string): JsonObject => ({
        reference: entries.find(({ resource }) => resource.resourceType === type)!.fullUrl,
      });
      const [subject, encounter] = [urlOf('Patient'), urlOf('Encounter')];
      const performer = [urlOf('Organization')];
      bundle.entry = [
        ...entries.filter(({ resource }) => resource.resourceType !== 'Observation'),
        ...observations.map((each) => ({
          fullUrl: `urn:uuid:${String(each.id)}`,
          resource: { ...each, subject, encounter, performer },
        })),
      ] as unknown as Json;
    });
