import type { AnyResource } from '../../fhir/types';
import { summarise, summariseText } from './summarise';

const tag = [
  {
    system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
    code: 'SUBSETTED',
    display: 'subsetted',
  },
];

const observation: AnyResource = {
  resourceType: 'Observation',
  id: 'a',
  meta: { versionId: '2' },
  text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">Pulse</div>' },
  modifierExtension: [{ url: 'http://example.org/negated', valueBoolean: true }],
  extension: [{ url: 'http://example.org/other', valueString: 'x' }],
  status: 'final',
  _status: { id: 's' },
  code: { coding: [{ system: 'http://snomed.info/sct', code: '364075005' }], text: 'Pulse' },
  subject: { reference: 'Patient/b' },
  valueQuantity: { value: 92, unit: '/min' },
  note: [{ text: 'resting' }],
  referenceRange: [{ text: 'usual' }],
};

describe('_summary=true', () => {
  it('keeps what R4 marks, and tags the rest as left out', () => {
    expect(summarise(observation, { summary: 'true' })).toEqual({
      resourceType: 'Observation',
      id: 'a',
      meta: { versionId: '2', tag },
      modifierExtension: [{ url: 'http://example.org/negated', valueBoolean: true }],
      status: 'final',
      code: observation.code,
      subject: { reference: 'Patient/b' },
      valueQuantity: { value: 92, unit: '/min' },
    });
  });

  it('looks inside: the bytes of an attachment are no summary, their size is', () => {
    const reference: AnyResource = {
      resourceType: 'DocumentReference',
      status: 'current',
      content: [{ attachment: { url: 'Binary/1', size: 7, data: 'AAAA' } }],
      context: { practiceSetting: { text: 'ward' }, period: { start: '2025-03-03' } },
    };
    expect(summarise(reference, { summary: 'true' })).toEqual({
      resourceType: 'DocumentReference',
      meta: { tag },
      status: 'current',
      content: [{ attachment: { url: 'Binary/1', size: 7 } }],
      context: { period: { start: '2025-03-03' } },
    });
  });

  it('keeps the reason why a value is absent', () => {
    const patient: AnyResource = {
      resourceType: 'Patient',
      _birthDate: { extension: [{ url: 'http://example.org/absent', valueCode: 'unknown' }] },
    };
    expect(summarise(patient, { summary: 'true' })).toEqual({ ...patient, meta: { tag } });
  });
});

describe('_summary=text', () => {
  it('keeps the narrative, and what may not be lacking', () => {
    expect(summarise(observation, { summary: 'text' })).toEqual({
      resourceType: 'Observation',
      id: 'a',
      meta: { versionId: '2', tag },
      text: observation.text,
      modifierExtension: observation.modifierExtension,
      status: 'final',
      _status: { id: 's' },
      code: observation.code,
    });
  });
});

describe('_summary=data', () => {
  it('leaves the narrative out', () => {
    const { text: _text, ...rest } = observation;
    expect(summarise(observation, { summary: 'data' })).toEqual({ ...rest, meta: { versionId: '2', tag } });
  });
});

describe('_elements', () => {
  it('keeps what is named, whatever type a choice has, and what may not be lacking', () => {
    expect(summarise(observation, { elements: ['value', 'Observation.note', 'Patient.name'] })).toEqual({
      resourceType: 'Observation',
      id: 'a',
      meta: { versionId: '2', tag },
      modifierExtension: observation.modifierExtension,
      status: 'final',
      _status: { id: 's' },
      code: observation.code,
      valueQuantity: { value: 92, unit: '/min' },
      note: [{ text: 'resting' }],
    });
  });

  it('leaves a type alone of which nothing is said', () => {
    expect(summarise(observation, { elements: ['Patient.name'] })).toBe(observation);
  });
});

describe('the text of a summary', () => {
  it('has its decimals as they were sent', () => {
    const text = '{"resourceType":"Observation","id":"a","valueQuantity":{"value":36.50}}';
    expect(summariseText(text, { elements: ['value'] })).toBe(
      `{"resourceType":"Observation","id":"a","meta":{"tag":${JSON.stringify(tag)}},"valueQuantity":{"value":36.50}}`,
    );
  });
});
