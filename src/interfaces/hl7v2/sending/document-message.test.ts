import { aSummary, type SummaryBuilder } from '../../../../test/fixtures/summary';
import { isObject, isResource, listOf, type AnyResource } from '../../../fhir/types';
import { readContent } from '../content';
import { headOf } from '../head';
import { readMessage, type Message } from '../message';
import { contentOf, documentMessage, type MadeMessage } from './document-message';
import type { Statement } from './statement';
import type { DocumentToSend, SummaryToSend, ToldBefore } from './summary-to-send';
import { statementOfBundle, statementsOfPdfs } from './what-to-send';

const CREATED = new Date('2026-01-02T03:04:05.678Z');

const resourcesOf = (bundle: AnyResource): AnyResource[] =>
  listOf(bundle.entry)
    .filter(isObject)
    .map(({ resource }) => resource)
    .filter(isResource);

/** A summary as it is stored: its documents are `d1`, `d2` and so on. */
function toSend(summary: SummaryBuilder, more: Partial<SummaryToSend> = {}): SummaryToSend {
  const bundle = summary.build();
  const first = (type: string): AnyResource | undefined =>
    resourcesOf(bundle).find(({ resourceType }) => resourceType === type);
  const documents = listOf(bundle.entry)
    .filter(isObject)
    .filter(({ resource }) => isResource(resource) && resource.resourceType === 'DocumentReference')
    .map(({ resource, fullUrl }, index): DocumentToSend => ({
      id: `d${index + 1}`,
      resource: resource as AnyResource,
      names: new Set([String(fullUrl)]),
      hasNumberOfOther: false,
      isHistory: false,
      stay: first('Encounter'),
    }));
  return {
    bundle,
    submission: '01a22431-85e0-7a2c-a1e3-925d02166d3e',
    sender: 'RR8',
    isSummary: true,
    patient: first('Patient'),
    practice: undefined,
    documents,
    withdrawn: [],
    told: [],
    ...more,
  };
}

const told = (document: string, number: string, more: Partial<ToldBefore> = {}): ToldBefore => ({
  document,
  number,
  is: 'current',
  isLater: false,
  isOfLineage: true,
  ...more,
});

function bytesOf(summary: SummaryToSend, statement: Statement): MadeMessage {
  return documentMessage({
    id: '01a22431-85e0-7a2c-a1e3-925d02166d3d',
    createdAt: CREATED,
    statement,
    patient: summary.patient,
    practice: summary.practice,
    sender: { application: 'HOMEWARD', facility: 'RR8' },
  });
}

function read(summary: SummaryToSend, statement: Statement): Message {
  const message = readMessage(bytesOf(summary, statement).bytes.toString('utf8'), 'utf8');
  if (!message.ok) throw new Error('the message cannot be read');
  return message.message;
}

const messages = (summary: SummaryToSend): Message[] =>
  statementsOfPdfs(summary).statements.map((each) => read(summary, each));
const made = (summary: SummaryBuilder): Message => messages(toSend(summary))[0]!;

/** Trigger, TXA-12, TXA-13 and TXA-19 of each message. */
const said = (summary: SummaryToSend): string[] =>
  statementsOfPdfs(summary).statements.map(({ trigger, number, parent = '', availability }) =>
    [trigger, number, parent, availability].join(' ').replaceAll(/\^[^ ]*/g, ''),
  );

/** A second DocumentReference, `two.pdf`. */
const withSecond = (summary: SummaryBuilder, change: (document: AnyResource) => void): SummaryBuilder =>
  summary.changed((bundle) => {
    const entries = listOf(bundle.entry).filter(isObject);
    const entry = entries.find(
      ({ resource }) => isResource(resource) && resource.resourceType === 'DocumentReference',
    )!;
    const copy = structuredClone(entry) as { fullUrl: string; resource: AnyResource };
    copy.fullUrl = 'urn:uuid:00000000-0000-4000-8000-00000000000d';
    copy.resource.masterIdentifier = { system: 'urn:x', value: 'D2' };
    change(copy.resource);
    bundle.entry = [...entries, copy as never];
  });
const numbered = aSummary().with('DocumentReference.masterIdentifier', { system: 'urn:x', value: 'D1' });

describe('the message of a document', () => {
  it('is an MDM^T02 with the PDF, the patient and the stay', () => {
    const message = made(aSummary());
    const field = (segment: string, number: number, component = 1): string | undefined =>
      message.first(segment)?.text(number, component);
    expect(message.header.text(9, 2)).toBe('T02');
    expect([message.header.text(3), message.header.text(4), message.header.text(7)]).toEqual([
      'HOMEWARD',
      'RR8',
      '20260102030405.678+0000',
    ]);
    expect([field('PID', 3), field('PID', 3, 4), field('PID', 3, 5)]).toEqual(['9990000018', 'NHS', 'NH']);
    expect(field('PID', 7)).toMatch(/^\d{8}$/);
    expect(field('PV1', 44)).toMatch(/^20250303\d{6}\+0000$/);
    expect(field('PV1', 45)).toMatch(/^20250310\d{6}\+0000$/);
    expect(field('TXA', 19)).toBe('AV');
    const content = readContent(message);
    expect(content).toMatchObject({ ok: true, content: { kind: 'pdf' } });
  });

  it('has the same bytes in every attempt', () => {
    const summary = toSend(aSummary());
    const [statement] = statementsOfPdfs(summary).statements;
    expect(bytesOf(summary, statement!)).toEqual(bytesOf(summary, statement!));
  });

  it('carries the whole Bundle, byte for byte, where that is wanted', () => {
    const bytes = aSummary().bytes();
    const summary = toSend(aSummary());
    const { statements } = statementOfBundle(
      summary,
      contentOf({ bytes, contentType: 'application/fhir+json' }),
    );
    const content = readContent(read(summary, statements[0]!));
    expect(content.ok && content.content.kind === 'bundle' && content.content.bytes.equals(bytes)).toBe(true);
  });

  it('escapes the separators and keeps the letters of names', () => {
    const pid = made(
      aSummary().with('Patient.name', [{ family: 'O’Neil|^&~\\', given: ['Zoë', 'Ann'] }]),
    ).first('PID')!;
    expect([pid.text(5, 1), pid.text(5, 2), pid.text(5, 3)]).toEqual(['O’Neil|^&~\\', 'Zoë', 'Ann']);
  });

  it('names the GP practice', () => {
    const practice = { code: 'A12345', name: 'The Surgery' };
    const pd1 = messages(toSend(aSummary(), { practice }))[0]!.first('PD1')!;
    expect([pd1.text(3, 1), pd1.text(3, 10)]).toEqual(['The Surgery', 'A12345']);
  });

  it('has a control id of 20 characters', () => {
    const summary = toSend(aSummary());
    const [statement] = statementsOfPdfs(summary).statements;
    expect(headOf(bytesOf(summary, statement!).bytes).controlId).toMatch(/^[0-9A-F]{20}$/);
  });
});

describe('PID', () => {
  it('has the NHS number that identifies the patient, and none that no longer does', () => {
    const system = 'https://fhir.nhs.uk/Id/nhs-number';
    const status = (code: string): object => ({
      url: 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus',
      valueCodeableConcept: {
        coding: [
          { system: 'https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland', code },
        ],
      },
    });
    const message = made(
      aSummary().with('Patient.identifier', [
        { use: 'old', system, value: '9990000026', extension: [status('03')] },
        { system, value: '9990000034', period: { end: '2020-01-01' } },
        { use: 'old', system: 'https://rr8.nhs.uk/Id/hospital-number', value: 'OLD' },
        { system: 'https://rr8.nhs.uk/Id/hospital-number', value: 'H1' },
        { system, value: '9990000018', extension: [status('01')] },
      ] as never),
    );
    const pid = message.first('PID')!;
    expect(pid.repetitions(3)).toBe(2);
    expect([pid.text(3, 1, 1), pid.text(3, 1, 2)]).toEqual(['9990000018', 'H1']);
    expect(pid.text(32)).toBe('01');
  });

  it('has the current name, address and telephone number, each as what it is', () => {
    const pid = made(
      aSummary()
        .with('Patient.name', [
          { use: 'maiden', family: 'Maiden' },
          { use: 'official', family: 'Ended', period: { end: '2020-01-01' } },
          { use: 'official', family: 'Current' },
        ])
        .with('Patient.address', [
          { use: 'old', line: ['9 Old Street'] },
          { use: 'temp', line: ['7 Temporary Street'] },
          { use: 'home', line: ['1 Home Street'] },
        ])
        .with('Patient.telecom', [
          { use: 'old', system: 'phone', value: '01' },
          { use: 'work', system: 'phone', value: '03' },
          { use: 'home', system: 'phone', value: '02' },
        ]),
    ).first('PID')!;
    expect([pid.text(5, 1), pid.text(5, 7), pid.text(11, 1), pid.text(11, 7)]).toEqual([
      'Current',
      'L',
      '1 Home Street',
      'H',
    ]);
    expect([pid.text(13, 1, 1), pid.text(13, 2, 1), pid.text(13, 1, 2), pid.text(13, 2, 2)]).toEqual([
      '02',
      'PRN',
      '03',
      'WPN',
    ]);
    const maiden = made(aSummary().with('Patient.name', [{ use: 'maiden', family: 'Maiden' }])).first('PID')!;
    expect(maiden.text(5, 7)).toBe('M');
  });
});

describe('what is said of a summary with PDFs', () => {
  it('is a T02, and a T10 under the number that the listener has', () => {
    expect(said(toSend(numbered))).toEqual(['T02 D1  AV']);
    expect(said(toSend(numbered, { told: [told('d1', 'D1')] }))).toEqual(['T10 D1 D1 AV']);
    expect(said(toSend(numbered, { told: [told('d1', 'D0')] }))).toEqual(['T10 D1 D0 AV']);
  });

  it('is one message for each current PDF, in order, each with a number of its own', () => {
    const two = withSecond(numbered, () => undefined);
    expect(said(toSend(two))).toEqual(['T02 D1  AV', 'T02 D2  AV']);
    const without = withSecond(aSummary().without('DocumentReference.masterIdentifier'), (document) => {
      delete document.masterIdentifier;
    });
    const [first, second] = said(toSend(without));
    expect(second).toBe('T02 d2  AV');
    expect(first).not.toBe('T02 d1  AV');
    const twice = withSecond(numbered, (document) => {
      document.masterIdentifier = { system: 'urn:x', value: 'D1' };
    });
    expect(said(toSend(twice))).toEqual(['T02 D1  AV', 'T02 d2  AV']);
  });

  it('never has the number of a document of another patient', () => {
    const [document] = toSend(numbered).documents;
    const documents = [{ ...document!, hasNumberOfOther: true }];
    expect(said(toSend(numbered, { documents }))).toEqual(['T02 d1  AV']);
    expect(said(toSend(numbered, { told: [told('d1', 'd1')] }))).toEqual(['T10 d1 d1 AV']);
  });

  it('is a message for each of several PDFs of one document', () => {
    const pdf = { attachment: { contentType: 'application/pdf', data: 'JVBERi0=' } };
    const several = numbered.with('DocumentReference.content', [
      { attachment: { contentType: 'text/html', data: 'PGI+' } },
      pdf,
      pdf,
    ]);
    expect(said(toSend(several))).toEqual(['T02 D1  AV', 'T02 D1-2  AV']);
    const one = numbered.with('DocumentReference.content', [pdf]);
    const before = [told('d1', 'D1'), told('d1#2', 'D1-2')];
    expect(said(toSend(one, { told: before }))).toEqual(['T11 D1-2 D1-2 CA', 'T10 D1 D1 AV']);
  });

  it('is a T11 for a retracted document, and a T02 for the one beside it', () => {
    const wrong = numbered.with('DocumentReference.status', 'entered-in-error');
    expect(said(toSend(wrong, { told: [told('d1', 'D1')] }))).toEqual(['T11 D1 D1 CA']);
    const right = withSecond(wrong, (document) => {
      document.status = 'current';
    });
    expect(said(toSend(right, { told: [told('d1', 'D1')] }))).toEqual(['T11 D1 D1 CA', 'T02 D2  AV']);
    const later = [told('d1', 'D1'), told('d1', 'D1', { is: 'retracted' }), told('d2', 'D2')];
    expect(said(toSend(right, { told: later }))).toEqual(['T10 D2 D2 AV']);
  });

  it('is a T11 that has no PDF', () => {
    const [message] = messages(toSend(numbered.with('DocumentReference.status', 'entered-in-error')));
    expect([message!.header.text(9, 2), message!.first('TXA')?.text(19)]).toEqual(['T11', 'CA']);
    expect(message!.all('OBX')).toEqual([]);
  });

  it('is a T11 where the status of what is in the document retracts it', () => {
    const wrong = numbered.with('DocumentReference.docStatus', 'entered-in-error');
    expect(said(toSend(wrong, { told: [told('d1', 'D1')] }))).toEqual(['T11 D1 D1 CA']);
    expect(made(wrong).first('TXA')?.text(17)).toBe('IN');
  });

  it('says what is preliminary, and what is restricted', () => {
    const system = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
    const message = made(
      numbered
        .with('DocumentReference.docStatus', 'preliminary')
        .with('DocumentReference.securityLabel', [{ coding: [{ system, code: 'R' }] }])
        .with('Patient.meta.security', [{ system, code: 'V' }]),
    );
    expect([message.first('TXA')?.text(17), message.first('TXA')?.text(18)]).toEqual(['PA', 'V']);
    expect(message.first('OBX')?.text(11)).toBe('P');
    const labelled = numbered.with('DocumentReference.meta.security', [{ system, code: 'R' }]);
    expect(made(labelled).first('TXA')?.text(18)).toBe('R');
  });

  it('is a T10 for a document that replaces a superseded one', () => {
    const replaced = withSecond(numbered.with('DocumentReference.status', 'superseded'), (document) => {
      document.status = 'current';
    }).changed((bundle) => {
      const documents = listOf(bundle.entry)
        .filter(isObject)
        .filter(({ resource }) => isResource(resource) && resource.resourceType === 'DocumentReference');
      const target = { reference: documents[0]!.fullUrl! };
      (documents[1]!.resource as AnyResource).relatesTo = [{ code: 'replaces', target }];
    });
    expect(said(toSend(replaced, { told: [told('d1', 'D1')] }))).toEqual(['T10 D2 D1 AV']);
    expect(said(toSend(replaced))).toEqual(['T02 D2  AV']);
  });

  it('tells of a superseded document before the current one, if the listener has it', () => {
    const superseded = withSecond(numbered.with('DocumentReference.status', 'superseded'), (document) => {
      document.status = 'current';
    });
    expect(said(toSend(superseded, { told: [told('d1', 'D1')] }))).toEqual(['T10 D1 D1 OB', 'T02 D2  AV']);
    expect(said(toSend(superseded))).toEqual(['T02 D2  AV']);
  });

  it('retracts the number of what was withdrawn', () => {
    const withdrawn = [{ id: 'd0', resource: undefined }];
    expect(said(toSend(numbered, { withdrawn, told: [told('d0', 'D0')] }))).toEqual([
      'T11 D0 D0 CA',
      'T02 D1  AV',
    ]);
    const none = aSummary().without('DocumentReference');
    expect(said(toSend(none, { withdrawn, told: [told('d0', 'D0')] }))).toEqual(['T11 D0 D0 CA']);
  });

  it('is not older than what this server holds, or than what was passed on later', () => {
    const [document] = toSend(numbered).documents;
    const history = toSend(numbered, {
      documents: [{ ...document!, isHistory: true }],
      told: [told('d1', 'D1')],
    });
    expect(statementsOfPdfs(history)).toEqual({
      statements: [],
      leftOut: ['a document that is older than the one stored before it was not sent'],
    });
    const late = toSend(numbered, { told: [told('d1', 'D1', { isLater: true })] });
    expect(statementsOfPdfs(late).statements).toEqual([]);
  });

  it('says what has no PDF', () => {
    expect(statementsOfPdfs(toSend(aSummary().without('DocumentReference')))).toEqual({
      statements: [],
      leftOut: [],
    });
    const link = numbered.with('DocumentReference.content', [
      { attachment: { contentType: 'application/pdf', url: 'https://elsewhere.example/1.pdf' } },
    ]);
    expect(statementsOfPdfs(toSend(link)).leftOut).toEqual(['a document without a PDF was not sent']);
  });
});

describe('what is said of a Bundle', () => {
  const content = { subtype: 'JSON', base64: 'e30=' } as const;
  const saidOf = (summary: SummaryToSend): string[] =>
    statementOfBundle(summary, content).statements.map(({ trigger, number, parent = '', availability }) =>
      [trigger, number, parent, availability].join(' ').replaceAll(/\^[^ ]*/g, ''),
    );

  it('is a T02, and a T10 under the number that the listener has of its lineage', () => {
    expect(saidOf(toSend(numbered))).toEqual(['T02 D1  AV']);
    expect(saidOf(toSend(numbered, { told: [told('d9', 'D0')] }))).toEqual(['T10 D1 D0 AV']);
    expect(saidOf(toSend(numbered, { told: [told('d9', 'D0', { isOfLineage: false })] }))).toEqual([
      'T02 D1  AV',
    ]);
  });

  it('does not call a retracted document available', () => {
    const wrong = numbered.with('DocumentReference.status', 'entered-in-error');
    expect(saidOf(toSend(wrong, { told: [told('d1', 'D1')] }))).toEqual(['T10 D1 D1 UN']);
    const none = aSummary().without('DocumentReference');
    const withdrawn = [{ id: 'd1', resource: undefined }];
    expect(saidOf(toSend(none, { withdrawn, told: [told('d1', 'D1')] }))).toEqual(['T10 D1 D1 UN']);
  });

  it('is a T11 where a transaction withdraws the documents and brings none', () => {
    const none = aSummary().without('DocumentReference');
    const withdrawn = [{ id: 'd1', resource: undefined }];
    const given = { isSummary: false, withdrawn, told: [told('d1', 'D1')] };
    expect(saidOf(toSend(none, given))).toEqual(['T11 D1 D1 CA']);
  });

  it('is not of a document that this server holds as history', () => {
    const [document] = toSend(numbered).documents;
    const history = toSend(numbered, { documents: [{ ...document!, isHistory: true }] });
    expect(saidOf(history)).toEqual([]);
  });
});
