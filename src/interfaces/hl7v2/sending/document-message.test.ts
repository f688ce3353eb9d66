import { aSummary } from '../../../../test/fixtures/summary';
import { readContent } from '../content';
import { headOf } from '../head';
import { readMessage, type Message } from '../message';
import { documentMessage, type DocumentMessage } from './document-message';

const given = (more: Partial<DocumentMessage> = {}): DocumentMessage => ({
  id: '01a22431-85e0-7a2c-a1e3-925d02166d3d',
  createdAt: new Date('2026-01-02T03:04:05.678Z'),
  submission: '01a22431-85e0-7a2c-a1e3-925d02166d3e',
  bundle: aSummary().build(),
  isCorrection: false,
  sender: { application: 'HOMEWARD', facility: 'RR8' },
  ...more,
});

function made(message: DocumentMessage): Message {
  const result = documentMessage(message);
  if (!result.ok) throw new Error(result.reason);
  const read = readMessage(result.bytes.toString('utf8'), 'utf8');
  if (!read.ok) throw new Error('the message cannot be read');
  return read.message;
}

describe('the message of a document', () => {
  it('is an MDM^T02 with the PDF, the patient and the stay', () => {
    const message = made(given());
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
    expect(documentMessage(given())).toEqual(documentMessage(given()));
  });

  it('is a T10 for a correction, with the number of the document that it replaces', () => {
    const [first, second] = [made(given()), made(given({ isCorrection: true }))];
    expect(second.header.text(9, 2)).toBe('T10');
    const number = (message: Message, field: number): string | undefined => message.first('TXA')?.text(field);
    expect(number(second, 12)).toBe(number(first, 12));
    expect(number(second, 13)).toBe(number(first, 12));
  });

  it('is a T11 without the PDF for a retraction', () => {
    const bundle = aSummary().with('DocumentReference.status', 'entered-in-error').build();
    const message = made(given({ bundle, isCorrection: true }));
    expect([message.header.text(9, 2), message.first('TXA')?.text(19)]).toEqual(['T11', 'CA']);
    expect(message.all('OBX')).toEqual([]);
  });

  it('carries the whole Bundle, byte for byte, where that is wanted', () => {
    const bytes = aSummary().bytes();
    const message = made(given({ whole: { bytes, contentType: 'application/fhir+json' } }));
    const read = readContent(message);
    expect(read.ok && read.content.kind === 'bundle' && read.content.bytes.equals(bytes)).toBe(true);
  });

  it('escapes the separators and keeps the letters of names', () => {
    const bundle = aSummary()
      .with('Patient.name', [{ family: 'O’Neil|^&~\\', given: ['Zoë', 'Ann'] }])
      .build();
    const pid = made(given({ bundle })).first('PID')!;
    expect([pid.text(5, 1), pid.text(5, 2), pid.text(5, 3)]).toEqual(['O’Neil|^&~\\', 'Zoë', 'Ann']);
  });

  it('names the GP practice', () => {
    const bundle = aSummary()
      .with('Patient.generalPractitioner', [
        {
          identifier: { system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'A12345' },
          display: 'The Surgery',
        },
      ])
      .build();
    const pd1 = made(given({ bundle })).first('PD1')!;
    expect([pd1.text(3, 1), pd1.text(3, 10)]).toEqual(['The Surgery', 'A12345']);
  });

  it('is not made where there is no PDF', () => {
    const bundle = aSummary().without('DocumentReference').build();
    expect(documentMessage(given({ bundle }))).toEqual({
      ok: false,
      reason: 'the summary contains no PDF to send',
    });
  });

  it('has a control id of 20 characters', () => {
    const result = documentMessage(given());
    expect(result.ok && headOf(result.bytes).controlId).toMatch(/^[0-9A-F]{20}$/);
  });
});
