/** What a sender of HL7 v2 messages can rely on: what is stored, and what is answered. */
import { aSummary } from '../fixtures/summary';
import { aMessage, aReading, escaped, nextId, ofBundle, pdfBase64 } from './messages';
import type { Answer } from './mllp';
import { receiverOfThisFile } from './receiving';

const { ask, call, get } = receiverOfThisFile();

let stay = 7000;
const aBundle = (): ReturnType<typeof aSummary> => aSummary().stay((stay += 1));

/** The submission that an answer names. */
async function submissionOf(
  answer: Answer,
): Promise<any> /* eslint-disable-line @typescript-eslint/no-explicit-any */ {
  expect(answer.text).toContain('MSA|AA|');
  return get(`/submissions/${answer.said}`);
}

describe('A message with a PDF', () => {
  it('becomes a summary: Patient, Organization, Encounter and document', async () => {
    const id = nextId();
    const answer = await ask(aMessage({ id }));
    const submission = await submissionOf(answer);
    expect(submission).toMatchObject({
      status: 'accepted',
      sender: 'RR8',
      door: 'hl7v2',
      nhsNumber: '9994762788',
      contentType: 'x-application/hl7-v2+er7',
    });
    const bundle = await get(`/FHIR/R4/Bundle/${answer.said}`);
    const [patient, organization, encounter, document] = bundle.entry.map(
      ({ resource }: { resource: unknown }) => resource,
    );
    expect(patient).toMatchObject({
      birthDate: '1950-03-14',
      gender: 'female',
      name: [{ use: 'official', family: 'Testfamily', given: ['Testgiven', 'Middle'], prefix: ['Mrs'] }],
      address: [{ use: 'home', line: ['1 Test Street'], city: 'Leeds', postalCode: 'LS1 4AP' }],
    });
    expect(organization.identifier[0].value).toBe('RR8');
    expect(encounter).toMatchObject({
      status: 'finished',
      class: { code: 'IMP' },
      period: { start: '2025-02-20T09:30:00+00:00', end: '2025-03-01T09:30:00+00:00' },
    });
    expect(document).toMatchObject({
      masterIdentifier: { value: `DOC-${id}` },
      status: 'current',
      docStatus: 'final',
      date: '2025-03-01T10:00:00+00:00',
      type: { coding: [{ system: 'http://snomed.info/sct', code: '371534008' }] },
      content: [{ attachment: { title: 'summary.pdf', data: pdfBase64() } }],
    });
  });

  it('is kept as it was received', async () => {
    const message = aMessage();
    const answer = await ask(message);
    const raw = await call('GET', `/submissions/${answer.said}/raw`);
    expect(raw.bytes.toString('utf8')).toBe(message);
  });

  it('can be found and its document fetched', async () => {
    const id = nextId();
    await ask(aMessage({ id }));
    const found = await get(`/FHIR/R4/DocumentReference?identifier=DOC-${id}`);
    expect(found.total).toBe(1);
    const { url } = found.entry[0].resource.content[0].attachment;
    const binary = await call('GET', `/FHIR/R4/${/Binary\/.*/.exec(url)![0]}`);
    expect(binary.bytes.toString('base64')).toBe(pdfBase64());
  });

  it('brings readings with a SNOMED CT or LOINC code of NEWS2', async () => {
    const answer = await ask(
      aMessage({
        more: [
          aReading(2, '72313002^Systolic^SCT', '124', 'mmHg'),
          aReading(3, '8867-4^Heart rate^LN', '72', '/min'),
          aReading(4, '1104051000000101^NEWS2 total^SCT', '3', ''),
          aReading(5, 'WEIGHT^Weight^L', '80', 'kg'),
        ],
      }),
    );
    const { entry } = await get(`/FHIR/R4/Bundle/${answer.said}`);
    const readings = entry.slice(4).map(({ resource }: { resource: unknown }) => resource);
    expect(readings).toHaveLength(3);
    expect(readings[0]).toMatchObject({
      status: 'final',
      effectiveDateTime: '2025-02-28T08:00:00+00:00',
      valueQuantity: { value: 124, unit: 'mmHg', code: 'mm[Hg]', system: 'http://unitsofmeasure.org' },
    });
    expect(readings[1].code.coding).toMatchObject([
      { code: '78564009' },
      { system: 'http://loinc.org', code: '8867-4' },
    ]);
    expect(readings[2]).toMatchObject({ valueInteger: 3 });
    const outcome = await get(`/submissions/${answer.said}/outcome`);
    expect(JSON.stringify(outcome)).toContain('hl7v2-left-out');
  });

  it.each([
    ['PID', 3, 'A123456^^^RR8^MR', 'PID^1^3', 'PID-3'],
    ['PV1', 44, '', 'PV1^1^44', 'PV1-44'],
    ['TXA', 12, '', 'TXA^1^12', 'TXA-12'],
    ['TXA', 4, '', 'TXA^1^4', 'TXA-4'],
    ['PV1', 2, '', 'PV1^1^2', 'PV1-2'],
  ])('that lacks %s-%d is refused, and the field is named', async (segment, field, value, place, name) => {
    const answer = await ask(aMessage({ fields: { [segment]: { [field]: value } } }));
    expect(answer.code).toBe('AE');
    const named = answer.errors.filter((error) => error.place === place);
    expect(named.length).toBeGreaterThan(0);
    expect(named[0]!.text).toContain(name);
    expect(named[0]!.code).toMatch(/^10[0-3]$/);
    expect(named[0]!.rule).toMatch(/^vw-/);
  });

  it('of a stay that has not ended is stored, with a warning', async () => {
    const answer = await ask(aMessage({ fields: { PV1: { 45: '' } } }));
    expect(answer.code).toBe('AA');
    const { entry } = await get(`/FHIR/R4/Bundle/${answer.said}`);
    expect(entry[2].resource.status).toBe('in-progress');
    const outcome = await get(`/submissions/${answer.said}/outcome`);
    expect(JSON.stringify(outcome)).toContain('PV1-45: ');
  });

  it('and a second document is stored with a warning, and both stay in the message', async () => {
    const second = `OBX|2|ED|VW^Chart^L||RPM^AP^PDF^Base64^${pdfBase64()}||||||F`;
    const answer = await ask(aMessage({ more: [second] }));
    expect(answer.code).toBe('AA');
    const outcome = await get(`/submissions/${answer.said}/outcome`);
    expect(JSON.stringify(outcome)).toContain('hl7v2-second-document');
  });

  it('is told every field that it lacks, at once', async () => {
    const answer = await ask(aMessage({ without: ['PID', 'PV1'] }));
    const places = answer.errors.map(({ place }) => place);
    expect(places).toEqual(expect.arrayContaining(['PID^1^3', 'PV1^1^44', 'PV1^1^2']));
  });

  it('is refused with the field for a time that is none', async () => {
    const answer = await ask(aMessage({ fields: { PV1: { 44: 'yesterday' } } }));
    expect(answer.code).toBe('AE');
    expect(answer.errors.map(({ place }) => place)).toContain('PV1^1^44');
  });

  it('never has patient data in its answer', async () => {
    const answer = await ask(
      aMessage({ fields: { PV1: { 44: '' }, PID: { 7: '19999999', 3: '9994762789^^^NHS^NH' } } }),
    );
    expect(answer.code).toBe('AE');
    for (const word of ['9994762789', 'Testfamily', 'Testgiven', '1999', 'Test Street', 'LS1'])
      expect(answer.text).not.toContain(word);
  });
});

describe('A message with a Bundle', () => {
  it('is submitted as it is', async () => {
    const summary = aBundle();
    const answer = await ask(aMessage({ value: ofBundle(summary.bytes()) }));
    const submission = await submissionOf(answer);
    expect(submission).toMatchObject({ sender: 'RR8', door: 'hl7v2', contentType: 'application/fhir+json' });
    const raw = await call('GET', `/submissions/${answer.said}/raw`);
    expect(raw.bytes.equals(summary.bytes())).toBe(true);
  });

  it('is the same submission as over HTTP', async () => {
    const summary = aBundle();
    const stored = await call('POST', '/FHIR/R4/Bundle', { body: summary.bytes() });
    expect(stored.status).toBe(201);
    const answer = await ask(aMessage({ value: ofBundle(summary.bytes()) }));
    expect(answer.said).toBe(stored.headers.get('x-submission-id'));
  });

  it('may be escaped text', async () => {
    const summary = aBundle();
    const text = escaped(summary.bytes().toString('utf8'));
    const answer = await ask(aMessage({ value: `RPM^TEXT^^A^${text}` }));
    expect(answer.code).toBe('AA');
    const raw = await call('GET', `/submissions/${answer.said}/raw`);
    expect(raw.bytes.equals(summary.bytes())).toBe(true);
  });

  it('comes before a PDF', async () => {
    const summary = aBundle();
    const answer = await ask(
      aMessage({ more: [`OBX|2|ED|VW^Bundle^L||${ofBundle(summary.bytes())}||||||F`] }),
    );
    const raw = await call('GET', `/submissions/${answer.said}/raw`);
    expect(raw.bytes.equals(summary.bytes())).toBe(true);
  });

  it('that breaks a rule is refused with the rule, the place and the sentence', async () => {
    const summary = aBundle().without('Encounter.period.start');
    const answer = await ask(aMessage({ value: ofBundle(summary.bytes()) }));
    expect(answer.code).toBe('AE');
    expect(answer.errors[0]).toMatchObject({ place: 'OBX^1^5', code: '101', rule: 'vw-enc-12' });
    expect(answer.errors[0]!.text).toContain('Encounter.period.start');
  });
});

describe('The same message', () => {
  it('is answered as before', async () => {
    const message = aMessage();
    const first = await ask(message);
    const again = await ask(message);
    expect({ code: again.code, said: again.said }).toEqual({ code: 'AA', said: first.said });
  });

  it('with other bytes is a new message, and a later one with the same document a correction', async () => {
    const id = nextId();
    const first = await ask(aMessage({ id }));
    const later = await ask(
      aMessage({ id, sentAt: '20250301111500', fields: { TXA: { 16: 'corrected.pdf' } } }),
    );
    expect(later.code).toBe('AA');
    expect(later.said).not.toBe(first.said);
    const found = await get(`/FHIR/R4/DocumentReference?identifier=DOC-${id}`);
    expect(found.entry).toHaveLength(1);
    expect(found.entry[0].resource).toMatchObject({
      meta: { versionId: '2' },
      content: [{ attachment: { title: 'corrected.pdf' } }],
    });
  });

  it('with an earlier time and other content is a conflict', async () => {
    const id = nextId();
    await ask(aMessage({ id }));
    const older = await ask(aMessage({ id, sentAt: '20250301091500', fields: { TXA: { 16: 'older.pdf' } } }));
    expect(older.code).toBe('AE');
    expect(older.errors[0]).toMatchObject({ rule: 'submission-older', code: '205' });
  });

  it('that was refused is judged again', async () => {
    const message = aMessage({ fields: { PV1: { 44: '' } } });
    expect((await ask(message)).code).toBe('AE');
    expect((await ask(message)).code).toBe('AE');
  });

  it('with the same content and a new id is a resend', async () => {
    const document = `DOC-${nextId()}`;
    const options = { document, fields: { PV1: { 19: 'V1' } } };
    const first = await ask(aMessage(options));
    const rebuilt = await ask(aMessage({ ...options, sentAt: '20250302101500' }));
    expect(rebuilt.said).toBe(first.said);
  });
});

describe('A replacement or retraction', () => {
  it('T10 with the same number replaces the document', async () => {
    const id = nextId();
    await ask(aMessage({ id }));
    const answer = await ask(
      aMessage({ id, type: 'MDM^T10^MDM_T02', sentAt: '20250302', fields: { TXA: { 16: 'new.pdf' } } }),
    );
    expect(answer.code).toBe('AA');
    const found = await get(`/FHIR/R4/DocumentReference?identifier=DOC-${id}`);
    expect(found.entry[0].resource.content[0].attachment.title).toBe('new.pdf');
  });

  it('T10 with a parent number replaces the parent', async () => {
    const id = nextId();
    const first = await ask(aMessage({ id, document: `A-${id}` }));
    const answer = await ask(
      aMessage({
        id,
        type: 'MDM^T10^MDM_T02',
        document: `B-${id}`,
        sentAt: '20250302101500',
        fields: { TXA: { 13: `A-${id}` } },
      }),
    );
    expect((await submissionOf(answer)).replaces).toBe(first.said);
    expect((await get(`/FHIR/R4/DocumentReference?identifier=A-${id}`)).total).toBe(0);
    const found = await get(`/FHIR/R4/DocumentReference?identifier=B-${id}`);
    expect(found.entry[0].resource.meta.versionId).toBe('2');
  });

  const retraction = (id: string): string =>
    aMessage({ id, type: 'MDM^T11^MDM_T01', sentAt: '20250303101500', without: ['OBX'] });

  it('T11 enters the document in error, and is answered again as before', async () => {
    const id = nextId();
    await ask(aMessage({ id }));
    const answer = await ask(retraction(id));
    expect(answer.code).toBe('AA');
    const found = await get(`/FHIR/R4/DocumentReference?identifier=DOC-${id}`);
    expect(found.entry[0].resource.status).toBe('entered-in-error');
    expect((await ask(retraction(id))).said).toBe(answer.said);
    const bundle = await get(`/FHIR/R4/Bundle/${answer.said}`);
    expect(bundle.entry[3].resource.status).toBe('entered-in-error');
  });

  it('T10 and T11 of the same second follow the document', async () => {
    const id = nextId();
    await ask(aMessage({ id }));
    const replaced = await ask(aMessage({ id, type: 'MDM^T10', fields: { TXA: { 16: 'new.pdf' } } }));
    expect(replaced.code).toBe('AA');
    const answer = await ask(aMessage({ id, type: 'MDM^T11', without: ['OBX'] }));
    expect(answer.text).toContain('MSA|AA|');
    const found = await get(`/FHIR/R4/DocumentReference?identifier=DOC-${id}`);
    expect(found.entry[0].resource).toMatchObject({ meta: { versionId: '3' }, status: 'entered-in-error' });
  });

  it('T11 retracts a document that came as a Bundle', async () => {
    const id = nextId();
    const summary = aBundle();
    await ask(aMessage({ id, value: ofBundle(summary.bytes()) }));
    const answer = await ask(
      aMessage({ id, type: 'MDM^T11^MDM_T01', sentAt: '20300101', without: ['OBX', 'PID'] }),
    );
    expect(answer.text).toContain('MSA|AA|');
    const { entry } = await get(`/FHIR/R4/Bundle/${answer.said}`);
    const document = entry.find(
      ({ resource }: { resource: { resourceType: string } }) => resource.resourceType === 'DocumentReference',
    );
    expect(document.resource.status).toBe('entered-in-error');
  });

  it('TXA-19 CA means the same', async () => {
    const id = nextId();
    await ask(aMessage({ id }));
    const answer = await ask(aMessage({ id, sentAt: '20250303101500', fields: { TXA: { 19: 'CA' } } }));
    expect(answer.code).toBe('AA');
    const found = await get(`/FHIR/R4/DocumentReference?identifier=DOC-${id}`);
    expect(found.entry[0].resource.status).toBe('entered-in-error');
  });

  it('of a document that is not known is refused', async () => {
    const answer = await ask(retraction(nextId()));
    expect(answer).toMatchObject({
      code: 'AE',
      errors: [{ place: 'TXA^1^12', code: '204', rule: 'hl7v2-unknown-document' }],
    });
  });

  it('of another patient is refused', async () => {
    const id = nextId();
    await ask(aMessage({ id }));
    const answer = await ask(
      aMessage({
        id,
        type: 'MDM^T11',
        sentAt: '20250303101500',
        fields: { PID: { 3: '9990000018^^^NHS^NH' } },
        without: ['OBX'],
      }),
    );
    expect(answer).toMatchObject({ code: 'AE', errors: [{ place: 'PID^1^3', rule: 'hl7v2-other-patient' }] });
  });
});

describe('A result (ORU^R01)', () => {
  it('with a PDF becomes a summary, with the numbers of OBR', async () => {
    const id = nextId();
    const answer = await ask(
      aMessage({
        id,
        type: 'ORU^R01^ORU_R01',
        without: ['TXA', 'EVN', 'OBX'],
        more: [
          `OBR|1||RESULT-${id}|371534008^Summary report^SCT|||20250228090000|||||||||||||||20250301100000|||F`,
          `OBX|1|ED|VW^Summary^L||RPM^AP^PDF^Base64^${pdfBase64()}||||||F`,
        ],
      }),
    );
    expect(answer.text).toContain('MSA|AA|');
    const found = await get(`/FHIR/R4/DocumentReference?identifier=RESULT-${id}`);
    expect(found.entry[0].resource).toMatchObject({
      docStatus: 'final',
      date: '2025-03-01T10:00:00+00:00',
    });
  });
});
