import type { AnyResource } from '../../../fhir/types';
import { createStructureValidator } from './create-structure-validator';

const validator = createStructureValidator();
const many = <T>(make: (index: number) => T): T[] =>
  Array.from({ length: 20_000 }, (_none, index) => make(index));

/** Content that was built to cost time. Each takes milliseconds; what is quadratic in it would take minutes. */
const costly: Record<string, unknown> = {
  'a snapshot of many elements': {
    resourceType: 'StructureDefinition',
    url: 'http://hl7.org/fhir/StructureDefinition/x',
    type: 'Patient',
    snapshot: { element: many((n) => ({ id: `Patient.x${n}`, path: `Patient.x${n}` })) },
  },
  'a guide of many groups': {
    resourceType: 'ImplementationGuide',
    definition: {
      grouping: many((n) => ({ id: `g${n}` })),
      resource: many((n) => ({ groupingId: `g${n}` })),
    },
  },
  'many contained resources': {
    resourceType: 'Patient',
    contained: many((n) => ({ resourceType: 'Organization', id: `a${n}`, name: 'x' })),
    generalPractitioner: many((n) => ({ reference: `#a${n}` })),
  },
  'many unknown properties': { resourceType: 'Patient', ...Object.fromEntries(many((n) => [`zzz${n}`, n])) },
  'many rare invariants': {
    resourceType: 'TestScript',
    test: [{ action: many(() => ({ operation: { encodeRequestUrl: true } })) }],
  },
  'a deep narrative': {
    resourceType: 'Patient',
    text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${'<p>'.repeat(100_000)}` },
  },
  'a style of comments': {
    resourceType: 'Patient',
    text: {
      status: 'generated',
      div: `<div xmlns="http://www.w3.org/1999/xhtml" style="${'/*'.repeat(500_000)}">a</div>`,
    },
  },
  'a code of spaces': { resourceType: 'Observation', status: `${' '.repeat(1_000_000)}x` },
};

describe('the cost of a check', () => {
  it.each(Object.keys(costly))('is bounded for %s', (name) => {
    const started = process.cpuUsage();
    validator.validate(costly[name] as AnyResource);
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1e6).toBeLessThan(10);
  });
});
