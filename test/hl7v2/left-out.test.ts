/** What a message says that its summary does not: nothing is left out unseen. @see docs/transports/hl7v2.md */
import { aSummary } from '../fixtures/summary';
import { minimalPdf } from '../fixtures/minimal-pdf';
import { aMessage, aReading, nextId, ofBundle, pdfBase64, type MessageOptions } from './messages';
import type { Answer } from './mllp';
import { receiverOfThisFile } from './receiving';

const { accepted, ask, call, get } = receiverOfThisFile();

let stay = 8800;

const outcomeOf = async ({ said }: Answer): Promise<string> =>
  JSON.stringify(await get(`/submissions/${said}/outcome`));
const reviewOf = async ({ said }: Answer): Promise<{ state?: string; reasons?: string[] }> =>
  (await get(`/submissions/${said}`)).review ?? {};
const raw = async (id: string): Promise<string> =>
  (await call('GET', `/submissions/${id}/raw`)).bytes.toString('utf8');

const otherPdf = minimalPdf('another document').toString('base64');
const document = (number: number, base64: string, status = 'F'): string =>
  `OBX|${number}|ED|VW^Summary^L||RPM^AP^PDF^Base64^${base64}||||||${status}`;
/** The document of the summary that an answer names. */
const storedPdf = async ({ said }: Answer): Promise<string> =>
  (await get(`/FHIR/R4/Bundle/${said}`)).entry[3].resource.content[0].attachment.data;

const aResult = (id: string, ...obx: readonly string[]): MessageOptions => ({
  id,
  type: 'ORU^R01^ORU_R01',
  without: ['TXA', 'EVN', 'OBX'],
  more: [anOrder(`RESULT-${id}`), ...obx],
});
const anOrder = (number: string, status = 'F'): string =>
  `OBR|1||${number}|371534008^Summary report^SCT|||20250228090000|||||||||||||||20250301100000|||${status}`;

describe('Beside a Bundle', () => {
  it.each([
    ['another document', [document(2, otherPdf)]],
    ['a second Bundle', [`OBX|2|ED|VW^Bundle^L||${ofBundle('{"resourceType":"Bundle"}')}||||||F`]],
    ['a reading', [aReading(2, '8867-4^Heart rate^LN', '140', '/min')]],
    ['a text', ['OBX|2|TX|NOTE^Note^L||Call the ward||||||F']],
    ['a note', ['NTE|1||Call the ward']],
    ['an allergy', ['AL1|1|DA|PEN^Penicillin^L']],
  ])('%s has a warning and a review mark, and the whole message is kept', async (_what, more) => {
    const summary = aSummary().stay((stay += 1));
    const message = aMessage({ value: ofBundle(summary.bytes()), more });
    const answer = await ask(message);
    expect(answer.text).toContain('MSA|AA|');
    expect(await raw(answer.said)).toBe(summary.bytes().toString());
    const said = await outcomeOf(answer);
    expect(said).toContain('hl7v2-beside-bundle');
    expect((await reviewOf(answer)).reasons).toContain(
      'A message of HL7 v2 has more beside its Bundle, which was not taken',
    );
    const kept = /kept as the refused submission ([0-9a-f-]{36})/.exec(said)![1]!;
    expect(await raw(kept)).toBe(message);
    const before = await get('/submissions?status=refused&_summary=count');
    expect((await ask(message)).said).toBe(answer.said);
    expect(await get('/submissions?status=refused&_summary=count')).toEqual(before);
  });

  it('a document that is in the Bundle, too, has neither', async () => {
    const pdf = minimalPdf('in both');
    const summary = aSummary()
      .stay((stay += 1))
      .pdf(pdf);
    const more = [document(2, pdf.toString('base64'))];
    expect(await outcomeOf(await accepted({ value: ofBundle(summary.bytes()), more }))).not.toContain(
      'hl7v2-beside-bundle',
    );
  });
});

describe('Of two documents', () => {
  it.each(['W', 'D', 'X', 'w'])('the right one is taken, not the one with OBX-11 %s', async (status) => {
    const id = nextId();
    const answer = await accepted(aResult(id, document(1, otherPdf, status), document(2, pdfBase64())));
    expect(await storedPdf(answer)).toBe(pdfBase64());
    const found = await get(`/FHIR/R4/DocumentReference?identifier=RESULT-${id}`);
    expect(found.entry[0].resource.status).toBe('current');
    expect(await reviewOf(answer)).not.toMatchObject({ state: 'open' });
  });

  it('the right one is taken also of a document message', async () => {
    const fields = { OBX: { 5: `RPM^AP^PDF^Base64^${otherPdf}`, 11: 'W' } };
    const answer = await accepted({ fields, more: [document(2, pdfBase64())] });
    expect(await storedPdf(answer)).toBe(pdfBase64());
  });

  it('a right one that cannot be read is refused, and the wrong one is not taken', async () => {
    const answer = await ask(aMessage(aResult(nextId(), document(1, otherPdf, 'W'), document(2, '%%%'))));
    expect(answer).toMatchObject({ code: 'AE', errors: [{ place: 'OBX^2^5', rule: 'hl7v2-base64' }] });
  });

  it('that are both right and differ, the first is taken, with a warning and a review mark', async () => {
    const answer = await accepted(aResult(nextId(), document(1, pdfBase64()), document(2, otherPdf)));
    expect(await storedPdf(answer)).toBe(pdfBase64());
    expect(await outcomeOf(answer)).toContain('and they differ');
    expect(await reviewOf(answer)).toMatchObject({ state: 'open' });
  });

  it.each(['W', 'D', 'X'])('that are both %s, the document is retracted', async (status) => {
    const id = nextId();
    await accepted(aResult(id, document(1, pdfBase64())));
    await accepted({
      ...aResult(id, document(1, otherPdf, status), document(2, pdfBase64(), status)),
      sentAt: '20250302101500',
    });
    const found = await get(`/FHIR/R4/DocumentReference?identifier=RESULT-${id}`);
    expect(found.entry[0].resource.status).toBe('entered-in-error');
  });

  it('an MDM whose only document is wrong retracts it', async () => {
    const id = nextId();
    await accepted({ id });
    await accepted({ id, sentAt: '20250302101500', fields: { OBX: { 11: 'W' } } });
    const found = await get(`/FHIR/R4/DocumentReference?identifier=DOC-${id}`);
    expect(found.entry[0].resource.status).toBe('entered-in-error');
  });
});

describe('A result of several orders', () => {
  it('names its document by the order before it', async () => {
    const id = nextId();
    await accepted({
      ...aResult(id),
      more: [
        anOrder(`VITALS-${id}`),
        aReading(1, '8867-4^Heart rate^LN', '72', '/min'),
        anOrder(`RESULT-${id}`),
        document(2, pdfBase64()),
      ],
    });
    expect((await get(`/FHIR/R4/DocumentReference?identifier=RESULT-${id}`)).total).toBe(1);
    expect((await get(`/FHIR/R4/DocumentReference?identifier=VITALS-${id}`)).total).toBe(0);
  });
});

describe('A reading', () => {
  it.each(['72~140', '72^140', '>72', '72,5'])('of %s is refused, with its field', async (value) => {
    const answer = await ask(aMessage({ more: [aReading(2, '8867-4^Heart rate^LN', value, '/min')] }));
    expect(answer).toMatchObject({ code: 'AE', errors: [{ place: 'OBX^2^5' }] });
  });

  it('that was wrong and its correction are two, and one is entered in error', async () => {
    const answer = await accepted({
      more: [
        aReading(2, '8867-4^Heart rate^LN', '140', '/min', 'W'),
        aReading(3, '8867-4^Heart rate^LN', '72', '/min', 'C'),
      ],
    });
    const { entry } = await get(`/FHIR/R4/Bundle/${answer.said}`);
    expect(entry.slice(4).map(({ resource }: { resource: { status: string } }) => resource.status)).toEqual([
      'entered-in-error',
      'corrected',
    ]);
  });

  it('without OBX-11 or with an unknown one is refused', async () => {
    for (const status of ['', 'N', 'Z']) {
      const answer = await ask(
        aMessage({ more: [aReading(2, '8867-4^Heart rate^LN', '72', '/min', status)] }),
      );
      expect(answer).toMatchObject({ code: 'AE', errors: [{ place: 'OBX^2^11' }] });
    }
  });
});

describe('A document', () => {
  it.each(['UN', 'XX'])('with TXA-19 %s is stored with a warning and a review mark', async (status) => {
    const answer = await accepted({ fields: { TXA: { 19: status } } });
    expect(await outcomeOf(answer)).toContain('hl7v2-availability');
    expect(await reviewOf(answer)).toMatchObject({ state: 'open' });
  });

  it('of an order without a result has a warning and a review mark', async () => {
    const id = nextId();
    const more = [anOrder(`RESULT-${id}`, 'X'), document(1, pdfBase64())];
    const answer = await accepted({ ...aResult(id), more });
    expect(await outcomeOf(answer)).toContain('hl7v2-availability');
    expect(await reviewOf(answer)).toMatchObject({ state: 'open' });
  });

  it.each([
    ['P', 'preliminary'],
    ['C', 'amended'],
    ['F', 'final'],
  ])('of a final order with OBX-11 %s is %s', async (status, docStatus) => {
    const id = nextId();
    await accepted(aResult(id, document(1, pdfBase64(), status)));
    const found = await get(`/FHIR/R4/DocumentReference?identifier=RESULT-${id}`);
    expect(found.entry[0].resource.docStatus).toBe(docStatus);
  });

  it('with notes and allergies beside it has an information', async () => {
    const answer = await accepted({ more: ['NTE|1||Call the ward', 'AL1|1|DA|PEN^Penicillin^L'] });
    expect(await outcomeOf(answer)).toContain('2 of the segments NTE, AL1, DG1, PR1');
  });
});
