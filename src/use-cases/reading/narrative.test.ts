import type { AnyResource } from '../../fhir/types';
import { atOnce } from '../../fhir/slices';
import { narrativeOf, sectionNarrative } from './narrative';

const pulse: AnyResource = {
  resourceType: 'Observation',
  id: 'x',
  meta: { versionId: '1' },
  status: 'final',
  code: { coding: [{ system: 'http://snomed.info/sct', code: '78564009', display: 'Pulse rate' }] },
  effectiveDateTime: '2025-03-05T09:00:00.000Z',
  valueQuantity: { value: 92, unit: 'beats/minute', system: 'http://unitsofmeasure.org', code: '/min' },
};
const divOf = (resource: AnyResource): string => narrativeOf(resource).div;

describe('a generated narrative', () => {
  it('says what the resource says, in words', () => {
    expect(narrativeOf(pulse)).toEqual({
      status: 'generated',
      div:
        '<div xmlns="http://www.w3.org/1999/xhtml"><p><b>Observation</b></p><table><tbody>' +
        '<tr><th>Status</th><td>final</td></tr><tr><th>Code</th><td>Pulse rate</td></tr>' +
        '<tr><th>Effective date time</th><td>5 March 2025, 09:00:00 UTC</td></tr>' +
        '<tr><th>Value quantity</th><td>92 beats/minute</td></tr></tbody></table></div>',
    });
  });

  it.each([
    [{ name: [{ prefix: ['Mrs'], given: ['Ann', 'Sian'], family: 'Lee' }] }, 'Mrs Ann Sian Lee'],
    [{ address: [{ line: ['7 Row'], city: 'Leeds', postalCode: 'LS1' }] }, '7 Row, Leeds, LS1'],
    [
      { period: { start: '2025-03-03', end: '2025-03-10T14:00:00+01:00' } },
      '3 March 2025 to 10 March 2025, 14:00:00 +01:00',
    ],
    [{ period: { start: '2025-03-03' } }, 'from 3 March 2025'],
    [{ performer: [{ reference: 'Practitioner/1', display: 'Dr Lee' }] }, 'Dr Lee'],
    [{ identifier: [{ system: 'urn:x', value: '12' }] }, '12'],
    [{ valueBoolean: false }, 'no'],
    [
      { component: [{ code: { text: 'Systolic' }, valueInteger: 118 }] },
      'Code: Systolic, Value integer: 118',
    ],
    [
      { content: [{ attachment: { contentType: 'application/pdf', title: 'Summary' } }] },
      'Attachment: Summary, application/pdf',
    ],
  ])('writes %j out', (elements, text) => {
    expect(divOf({ resourceType: 'Basic', ...elements } as AnyResource)).toContain(`<td>${text}</td>`);
  });

  it('escapes everything, so that nothing in it is active', () => {
    const nasty = '<script>alert("1")</script>&\'\u0001\ud800';
    const div = divOf({ resourceType: 'Basic', description: nasty, code: { text: nasty } });
    for (const active of ['<script', "&'", '\u0001', '\ud800']) expect(div).not.toContain(active);
    expect(div).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;');
  });

  it('is made of a resource that says nothing, too', () => {
    expect(divOf({ resourceType: 'DocumentReference' })).toContain('<b>Document reference</b>');
  });
});

describe('the narrative of a section', () => {
  it('has a line for each resource, its status with it', () => {
    const wrong = { ...pulse, status: 'entered-in-error' };
    const { div } = atOnce(sectionNarrative([pulse, wrong]));
    expect(div).toContain(
      '<tr><td>Pulse rate</td><td>5 March 2025, 09:00:00 UTC</td><td>92 beats/minute</td><td>final</td></tr>',
    );
    expect(div).toContain('<td>entered in error</td>');
  });

  const allergy = (clinical: string | undefined, verification: string): AnyResource => ({
    resourceType: 'AllergyIntolerance',
    ...(clinical === undefined ? {} : { clinicalStatus: { coding: [{ code: clinical }] } }),
    verificationStatus: { coding: [{ code: verification, display: `Is ${verification}` }] },
    code: { text: 'Penicillin' },
  });

  it.each<[string, AnyResource]>([
    ['entered in error', allergy(undefined, 'entered-in-error')],
    ['refuted', allergy('active', 'refuted')],
    ['inactive, Is confirmed', allergy('inactive', 'confirmed')],
    ['entered in error', { resourceType: 'X', status: 'current', docStatus: 'entered-in-error' }],
    ['current, preliminary', { resourceType: 'X', status: 'current', docStatus: 'preliminary' }],
    ['not taken', { resourceType: 'X', status: 'not-taken' }],
    ['active, not to be done', { resourceType: 'X', status: 'active', doNotPerform: true }],
    ['inactive', { resourceType: 'X', active: false }],
  ])('says %s of %j', (status, resource) => {
    expect(atOnce(sectionNarrative([resource])).div).toContain(`<td>${status}</td></tr>`);
  });
});
