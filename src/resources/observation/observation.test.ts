import { aSummary } from '../../../test/fixtures/summary';
import { foundBy, repairedBy } from '../../../test/fixtures/found-by';
import { UCUM } from '../../fhir/code-systems';
import type { AnyResource, Json, JsonObject } from '../../fhir/types';
import { observation } from '.';
import { coded, quantity, withNews2 } from './news2-example';
import { news2Columns } from './news2-values';

type Example = (summary: AnyResource) => AnyResource;
const told = (example: Example, handling?: 'strict') =>
  foundBy(observation, example(aSummary().build()), handling ? { handling } : {}).told.map(
    ({ rule, severity, at }) => [rule, severity, at.replace(/^Bundle\.entry\[\d+\]\.resource\.?/, '')],
  );
const ofPulse = (change: (pulse: AnyResource) => void): Example =>
  withNews2(({ readings }) => change(readings.pulse));

describe('the rules of Observation', () => {
  it('have nothing to say of a NEWS2 set, nor strictly', () => {
    expect([told(withNews2()), told(withNews2(), 'strict')]).toEqual([[], []]);
  });

  it('refuse an Observation of another patient than the Bundle’s, at its subject', () => {
    expect(told(ofPulse((pulse) => (pulse.subject = { reference: 'Patient/another' })))).toEqual([
      ['vw-xref-04', 'error', 'subject'],
    ]);
  });

  it('refuse a code without SNOMED CT', () => {
    const loinc = { coding: [{ system: 'http://loinc.org', code: '8867-4' }] };
    expect(told(ofPulse((pulse) => (pulse.code = loinc)))).toEqual([['vw-obs-07', 'error', 'code.coding']]);
  });

  it('accept two SNOMED CT codings of one measurement, and warn of two measurements', () => {
    const both = (second: string): Json => ({
      coding: ['78564009', second].map((code) => ({ system: 'http://snomed.info/sct', code, display: 'x' })),
    });
    expect([
      told(ofPulse((pulse) => (pulse.code = both('364075005')))),
      told(ofPulse((pulse) => (pulse.code = both('86290005')))),
    ]).toEqual([[], [['vw-obs-09', 'warning', 'code']]]);
  });

  it('refuse an Observation without a value, and excuse one with a reason, components or a code that says it', () => {
    const without = (change: (pulse: AnyResource) => void) =>
      ofPulse((pulse) => {
        delete pulse.valueQuantity;
        change(pulse);
      });
    const severities = [
      without(() => {}),
      without((pulse) => (pulse.dataAbsentReason = { text: 'not performed' })),
      without((pulse) => (pulse.component = [{ code: coded('78564009'), ...quantity(95, '/min') }])),
      without((pulse) => (pulse.code = coded('722742002', 'Breathing room air'))),
    ].map((example) => told(example).find(([rule]) => rule === 'vw-obs-18')?.[1]);
    expect(severities).toEqual(['error', 'warning', 'warning', 'warning']);
  });

  it('refuse an Observation without a time', () => {
    expect(told(ofPulse((pulse) => delete pulse.effectiveDateTime))).toEqual([
      ['vw-obs-13', 'error', 'effective'],
    ]);
  });

  it('read a time given as an instant, and say so', () => {
    const example = ofPulse((pulse) => {
      pulse.effectiveInstant = pulse.effectiveDateTime;
      delete pulse.effectiveDateTime;
    });
    expect(told(example)).toEqual([['vw-obs-13', 'information', 'effectiveInstant']]);
  });

  it.each([
    ['a Quantity', quantity(6, '{ScoreOf}'), ['vw-obs-19', 'information', 'valueQuantity']],
    ['digits in a string', { valueString: '6' }, ['vw-obs-19', 'warning', 'valueString']],
    ['words in a string', { valueString: 'six' }, ['vw-obs-19', 'error', 'valueString']],
    ['a fraction', quantity(6.5, '{ScoreOf}'), ['vw-obs-19', 'error', 'valueQuantity']],
  ])('judge a NEWS2 total given as %s', (_as, value, expected) => {
    const example = withNews2(({ total }) => {
      delete total.valueInteger;
      Object.assign(total, value);
    });
    expect(told(example)).toEqual([expected]);
  });

  it('warn of a reading without a unit', () => {
    expect([
      told(ofPulse((pulse) => (pulse.valueQuantity = { value: 95 }))),
      told(ofPulse((pulse) => (pulse.valueQuantity = { value: 95, unit: 'bpm' }))),
      told(ofPulse((pulse) => (pulse.valueQuantity = { value: 95, unit: 'bpm', code: 'mg', system: UCUM }))),
    ]).toEqual([
      [['vw-obs-20', 'warning', 'valueQuantity']],
      [['vw-obs-20', 'information', 'valueQuantity']],
      [['vw-obs-20', 'warning', 'valueQuantity.code']],
    ]);
  });

  it('warn of a hasMember that leads nowhere, and refuse it strictly', () => {
    const example = withNews2(({ total }) => {
      total.hasMember = [...(total.hasMember as Json[]), { reference: 'Observation/none' }];
    });
    expect([told(example), told(example, 'strict')]).toEqual([
      [['vw-xref-09', 'warning', 'hasMember[7]']],
      [['vw-xref-09', 'error', 'hasMember[7]']],
    ]);
  });

  it('hold a derived UK Core profile only against an Observation that claims it', () => {
    const profile = (name: string): Json => [
      `https://fhir.hl7.org.uk/StructureDefinition/UKCore-Observation${name}`,
    ];
    expect([
      told(ofPulse((pulse) => (pulse.meta = { profile: profile('') }))),
      told(ofPulse((pulse) => (pulse.meta = { profile: profile('-VitalSigns-HeartRate|1.0.0') }))),
    ]).toEqual([
      [],
      [
        ['ukcore-obs-vs-001', 'error', 'code.coding'],
        ['ukcore-obs-02', 'warning', 'category[0]'],
        ['ukcore-obs-05', 'information', 'valueQuantity'],
      ],
    ]);
  });
});

describe('the repairs of Observation', () => {
  const repaired = (change: (pulse: AnyResource) => void): [string[], AnyResource] => {
    let pulse: AnyResource = { resourceType: 'Observation' };
    const summary = withNews2(({ readings }) => {
      pulse = readings.pulse;
      change(pulse);
    })(aSummary().build());
    return [repairedBy(observation, summary).told.map(({ rule }) => rule), pulse];
  };

  it.each<[string, Json, Json]>([
    ['a string', 'Taken sitting', [{ text: 'Taken sitting' }]],
    ['a lone Annotation', { text: 'Taken sitting' }, [{ text: 'Taken sitting' }]],
    ['strings in a list', ['Taken sitting'], [{ text: 'Taken sitting' }]],
  ])('make a list of Annotations of a note given as %s', (_as, sent, meant) => {
    const [rules, pulse] = repaired((resource) => (resource.note = sent));
    expect([rules, pulse.note]).toEqual([['note-string'], meant]);
  });

  it.each<[string, Json, Json]>([
    ['a lone Reference', { reference: 'urn:uuid:x' }, [{ reference: 'urn:uuid:x' }]],
    ['a lone id', 'x', [{ reference: 'x' }]],
    ['ids', ['x', 'y'], [{ reference: 'x' }, { reference: 'y' }]],
  ])('make a list of References of a derivedFrom given as %s', (_as, sent, meant) => {
    const [rules, pulse] = repaired((resource) => (resource.derivedFrom = sent));
    expect([rules, pulse.derivedFrom]).toEqual([['ref-bare-id'], meant]);
  });

  it('put the ACVPU code before the misprint of the guidance, and keep the misprint', () => {
    const [rules, pulse] = repaired((resource) => (resource.code = coded('104441000000107', 'ACVPU')));
    const [meant] = coded('1104441000000107', 'ACVPU').coding as Json[] as [Json];
    const [sent] = coded('104441000000107', 'ACVPU').coding as Json[] as [Record<string, Json>];
    expect([rules, pulse.code]).toEqual([
      ['snomed-acvpu-alias'],
      { coding: [meant, { ...sent, userSelected: true }] },
    ]);
  });

  it('follow bare ids of members, with one warning for the shape and one for each link', () => {
    const summary = withNews2(({ total, scores }) => {
      total.hasMember = Object.values(scores).map(({ id }) => id as string);
    })(aSummary().build());
    const shape = repairedBy(observation, summary).told.map(({ rule, severity }) => [rule, severity]);
    const links = foundBy(observation, summary).told.map(({ rule, severity }) => [rule, severity]);
    expect([shape, links]).toEqual([[['ref-bare-id', 'warning']], Array(7).fill(['vw-xref-09', 'warning'])]);
  });
});

describe('news2Columns', () => {
  const of = (code: string, value: JsonObject) =>
    news2Columns({ resourceType: 'Observation', status: 'entered-in-error', code: coded(code), ...value });

  it('gives the total, as integer or Quantity, whatever the status', () => {
    expect([
      of('1104051000000101', { valueInteger: 7 }).news2Total,
      of('1104051000000101', quantity(7, '{ScoreOf}')).news2Total,
    ]).toEqual([7, 7]);
  });

  it('gives a sub-score with its parameter and scale', () => {
    expect([
      of('1104321000000108', { valueInteger: 2 }).news2Subscore,
      of('1104351000000103', { valueInteger: 1 }).news2Subscore,
    ]).toEqual([
      { parameter: 'oxygenSaturation', scale: 2, score: 2 },
      { parameter: 'pulse', scale: null, score: 1 },
    ]);
  });

  it('gives nothing of another code, a fraction, a string, or a number beyond an integer column', () => {
    expect([
      of('1363261000000104', { valueInteger: 7 }),
      of('1104051000000101', quantity(7.5, '{ScoreOf}')),
      of('1104051000000101', { valueString: '7' }),
      of('1104051000000101', quantity(1e12, '{ScoreOf}')),
    ]).toEqual(Array(4).fill({ news2Total: null, news2Subscore: null }));
  });
});
