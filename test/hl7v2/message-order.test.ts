/** Messages about one document, in any order: what is a resend, a correction, a replacement. @see docs/transports/hl7v2.md */
import { aSummary } from '../fixtures/summary';
import { aMessage, aReading, nextId, ofBundle, type MessageOptions } from './messages';
import type { Answer } from './mllp';
import { receiverOfThisFile } from './receiving';

const { accepted, ask, call, connect, get } = receiverOfThisFile();

let stay = 8500;

async function refused(options: MessageOptions, rule: string, place: string): Promise<void> {
  const answer = await ask(aMessage(options));
  expect(answer).toMatchObject({ code: 'AE', errors: [{ rule, place }] });
}

const raw = async ({ said }: Answer): Promise<string> =>
  (await call('GET', `/submissions/${said}/raw`)).bytes.toString('utf8');

async function statusesOf(number: string): Promise<string[]> {
  const { entry = [] } = await get(`/FHIR/R4/DocumentReference?identifier=${number}`);
  return entry.map(({ resource }: { resource: { status: string } }) => resource.status);
}

/** The readings of a stay: value and version. */
async function ratesOf(visit: string): Promise<string[]> {
  const { entry = [] } = await get(`/FHIR/R4/Observation?encounter.identifier=${visit}`);
  return entry.map(
    ({ resource }: { resource: { valueQuantity: { value: number }; meta: { versionId: string } } }) =>
      `${resource.valueQuantity.value} v${resource.meta.versionId}`,
  );
}

const pulse = (rate: number, status = 'F'): string =>
  aReading(2, '8867-4^Heart rate^LN', String(rate), '/min', status);

interface Document {
  options: MessageOptions;
  number: string;
  visit: string;
}

/** A document whose messages differ in what a test gives alone. */
function aDocument(): Document {
  const id = nextId();
  const [number, visit] = [`DOC-${id}`, `V-${id}`];
  return { number, visit, options: { document: number, fields: { PV1: { 19: `${visit}^^^RR8^VN` } } } };
}

const replacing = (parent: string, document: string, more: MessageOptions = {}): MessageOptions => ({
  type: 'MDM^T10^MDM_T02',
  document,
  sentAt: '20250302101500',
  fields: { TXA: { 13: parent } },
  ...more,
});

const retraction: MessageOptions = {
  type: 'MDM^T11^MDM_T01',
  sentAt: '20260301101500',
  without: ['OBX', 'PID'],
};

describe('A message that says the same to a summary as one before', () => {
  it.each([
    ['at the same time', '20250301101500'],
    ['later', '20250301111500'],
  ])('and differs elsewhere, %s, is kept by itself and stores nothing twice', async (_when, sentAt) => {
    const { options, number, visit } = aDocument();
    await accepted({ ...options, more: [pulse(72)] });
    const other = aMessage({ ...options, sentAt, more: [pulse(72), 'NTE|1||Patient was exercising'] });
    const answer = await ask(other);
    expect(answer.text).toContain('MSA|AA|');
    expect(await raw(answer)).toBe(other);
    const { entry } = await get(`/FHIR/R4/DocumentReference?identifier=${number}`);
    expect(entry).toHaveLength(1);
    expect(entry[0].resource.meta.versionId).toBe('1');
    expect(await ratesOf(visit)).toEqual(['72 v1']);
    expect(await statusesOf(number)).toEqual(['current']);
    // Sent again, it is a resend of that one.
    expect((await accepted({ ...options, sentAt: '20250301121500', more: [pulse(72), 'NTE|1||Patient was exercising'] })).said).toBe(answer.said); // prettier-ignore
  });

  it('and differs in MSH-7, MSH-10, MSH-13 and EVN-2 alone is a resend', async () => {
    const { options } = aDocument();
    const first = await accepted(options);
    const fields = { ...options.fields, MSH: { 13: '42' } };
    expect((await accepted({ ...options, sentAt: '20250302101500', fields })).said).toBe(first.said);
  });
});

describe('Content that goes back to what it was', () => {
  it('in a PDF message is a correction, and a late copy of the first is a resend', async () => {
    const { options, visit } = aDocument();
    const first = aMessage({ ...options, more: [pulse(72)] });
    const { said } = await ask(first);
    await accepted({ ...options, sentAt: '20250301111500', more: [pulse(73)] });
    const third = await accepted({ ...options, sentAt: '20250301121500', more: [pulse(72)] });
    expect(third.said).not.toBe(said);
    expect(await ratesOf(visit)).toEqual(['72 v3']);
    await accepted({ ...options, sentAt: '20250301131500', more: [pulse(74)] });
    expect((await ask(first)).said).toBe(said);
    expect([said, third.said]).toContain((await accepted({ ...options, more: [pulse(72)] })).said);
    expect(await ratesOf(visit)).toEqual(['74 v4']);
  });

  it('in a Bundle that has no identifier is a correction, and can be read as a Bundle', async () => {
    const id = nextId();
    stay += 1;
    const bundle = (description: string): string =>
      ofBundle(
        aSummary()
          .stay(stay)
          .without('Bundle.identifier')
          .with('DocumentReference.description', description)
          .bytes(),
      );
    const options = { document: `DOC-${id}` };
    const first = await accepted({ ...options, value: bundle('one') });
    await accepted({ ...options, sentAt: '20270301111500', value: bundle('two') });
    const third = await accepted({ ...options, sentAt: '20270301121500', value: bundle('one') });
    expect(third.said).not.toBe(first.said);
    const made = await get(`/FHIR/R4/Bundle/${third.said}`);
    expect(made.identifier.value).toBe(`DOC-${id}`);
    expect(JSON.stringify(made)).toContain('"one"');
  });

  it('after a retraction is current again, with a warning and a review mark', async () => {
    const { options, number } = aDocument();
    const first = aMessage(options);
    const { said } = await ask(first);
    await accepted({ ...retraction, document: number });
    expect((await ask(first)).said).toBe(said);
    expect(await statusesOf(number)).toEqual(['entered-in-error']);
    const again = await accepted({ ...options, sentAt: '20260302101500' });
    expect(await statusesOf(number)).toEqual(['current']);
    expect(JSON.stringify(await get(`/submissions/${again.said}/outcome`))).toContain(
      'hl7v2-retracted-before',
    );
    expect((await get(`/submissions/${again.said}`)).review.state).toBe('open');
  });
});

describe('A replacement (T10)', () => {
  it('that comes before its parent keeps the parent out', async () => {
    const id = nextId();
    const answer = await accepted(replacing(`A-${id}`, `B-${id}`));
    expect(JSON.stringify(await get(`/submissions/${answer.said}/outcome`))).toContain(
      'hl7v2-unknown-parent',
    );
    for (const sentAt of ['20250301101500', '20250303101500'])
      await refused({ document: `A-${id}`, sentAt }, 'hl7v2-replaced-document', 'TXA^1^12');
    expect(await statusesOf(`A-${id}`)).toEqual([]);
    expect(await statusesOf(`B-${id}`)).toEqual(['current']);
  });

  it('of a replacement, all in the opposite order, leaves the last one', async () => {
    const id = nextId();
    const middle = aMessage(replacing(`A-${id}`, `B-${id}`));
    await accepted(replacing(`B-${id}`, `C-${id}`, { sentAt: '20250303101500' }));
    for (let times = 0; times < 2; times += 1) expect((await ask(middle)).code).toBe('AE');
    await refused({ document: `A-${id}` }, 'hl7v2-replaced-document', 'TXA^1^12');
    expect(await statusesOf(`A-${id}`)).toEqual([]);
    expect(await statusesOf(`B-${id}`)).toEqual([]);
    expect(await statusesOf(`C-${id}`)).toEqual(['current']);
  });

  it('of a replacement, in the opposite order, is refused also where the first document is stored', async () => {
    const id = nextId();
    await accepted({ document: `A-${id}` });
    await accepted(replacing(`B-${id}`, `C-${id}`, { sentAt: '20250303101500' }));
    const middle = await ask(aMessage(replacing(`A-${id}`, `B-${id}`)));
    expect(middle).toMatchObject({ code: 'AE', errors: [{ rule: 'hl7v2-replaced-document' }] });
    expect(JSON.stringify(middle)).toContain('is still current. If it is wrong, retract it (T11).');
    expect(await statusesOf(`B-${id}`)).toEqual([]);
    expect(await statusesOf(`C-${id}`)).toEqual(['current']);
  });

  it('of what has replaced a document that never came brings that one, in its place', async () => {
    const id = nextId();
    await accepted(replacing(`A-${id}`, `B-${id}`));
    await accepted(replacing(`B-${id}`, `A-${id}`, { sentAt: '20250303101500' }));
    expect(await statusesOf(`A-${id}`)).toEqual(['current']);
    expect(await statusesOf(`B-${id}`)).toEqual([]);
  });

  it('keeps a later message about the parent out, and answers the parent sent again', async () => {
    const id = nextId();
    const parent = aMessage({ document: `A-${id}` });
    const first = await ask(parent);
    const replacement = aMessage(replacing(`A-${id}`, `B-${id}`));
    const second = await ask(replacement);
    await refused({ document: `A-${id}`, sentAt: '20250303101500' }, 'hl7v2-replaced-document', 'TXA^1^12');
    expect((await ask(parent)).said).toBe(first.said);
    expect((await ask(replacement)).said).toBe(second.said);
    expect(await statusesOf(`A-${id}`)).toEqual([]);
    expect(await statusesOf(`B-${id}`)).toEqual(['current']);
  });

  it('by the parent itself brings the parent back', async () => {
    const id = nextId();
    await accepted({ document: `A-${id}` });
    await accepted(replacing(`A-${id}`, `B-${id}`));
    await accepted(replacing(`B-${id}`, `A-${id}`, { sentAt: '20250303101500' }));
    expect(await statusesOf(`A-${id}`)).toEqual(['current']);
    expect(await statusesOf(`B-${id}`)).toEqual([]);
  });

  it('of a document that another one has replaced is refused', async () => {
    const id = nextId();
    await accepted({ document: `A-${id}` });
    await accepted(replacing(`A-${id}`, `B-${id}`));
    const third = replacing(`A-${id}`, `C-${id}`, { sentAt: '20250303101500' });
    await refused(third, 'hl7v2-replaced-document', 'TXA^1^13');
    expect(await statusesOf(`B-${id}`)).toEqual(['current']);
  });

  it('and its parent on two connections at the same moment are one document', async () => {
    const other = await connect();
    for (let times = 0; times < 5; times += 1) {
      const id = nextId();
      const replacement = other.ask(aMessage(replacing(`A-${id}`, `B-${id}`)));
      const parent = ask(aMessage({ document: `A-${id}` }));
      expect((await replacement).code).toBe('AA');
      await parent;
      expect(await statusesOf(`A-${id}`)).toEqual([]);
      expect(await statusesOf(`B-${id}`)).toEqual(['current']);
    }
    other.close();
  });

  it('that is stored already as a document of its own is refused, because both would stay', async () => {
    const id = nextId();
    await accepted({ document: `A-${id}` });
    await accepted({ document: `B-${id}` });
    await refused(replacing(`A-${id}`, `B-${id}`), 'hl7v2-two-documents', 'TXA^1^13');
  });
});

describe('A retraction (T11)', () => {
  it('of a document that a Bundle over HTTP has replaced is refused', async () => {
    const id = nextId();
    const summary = aSummary().stay((stay += 1));
    const document = `DOC-${id}`;
    await accepted({ document, value: ofBundle(summary.bytes()) });
    const newer = summary.correction(2).with('DocumentReference.description', 'Seen again');
    const corrected = await call('POST', '/FHIR/R4/Bundle', { body: newer.bytes() });
    expect(corrected.status).toBe(201);
    const stored = corrected.headers.get('x-submission-id')!;
    await refused({ ...retraction, document }, 'hl7v2-replaced-document', 'TXA^1^12');
    const made = await get(`/submissions/${stored}`);
    const { id: reference } = made.stored.find((each: { type: string }) => each.type === 'DocumentReference');
    expect((await get(`/FHIR/R4/DocumentReference/${reference}`)).status).toBe('current');
  });

  it('whose patient has another birth date is refused, also without an NHS number', async () => {
    const { options, number } = aDocument();
    await accepted(options);
    const fields = { PID: { 3: 'A123456^^^RR8^MR', 7: '19600101' } };
    await refused({ ...retraction, document: number, without: ['OBX'], fields }, 'hl7v2-other-patient', 'PID^1^3'); // prettier-ignore
    expect(await statusesOf(number)).toEqual(['current']);
  });

  it('in other words is kept by itself, and the document stays retracted', async () => {
    const { options, number } = aDocument();
    await accepted(options);
    const first = await accepted({ ...retraction, document: number });
    const other = await accepted({
      ...retraction,
      document: number,
      sentAt: '20260302101500',
      more: ['NTE|1||Wrong'],
    });
    expect(other.said).not.toBe(first.said);
    expect(
      (await accepted({ ...retraction, document: number, sentAt: '20260303101500' })).said,
    ).toBeDefined();
    expect(await statusesOf(number)).toEqual(['entered-in-error']);
  });
});
