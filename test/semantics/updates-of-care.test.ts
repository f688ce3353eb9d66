/** What an update of a stay or document by its id says, and what a correction about other patients may not withdraw. */
import type { SummaryBuilder } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import {
  accepted,
  freshNhsNumber,
  freshSummary,
  read,
  send,
  stored,
  told,
  type AnyJson,
  type Sent,
} from './sending';
import { at, of } from './statements';
import { reasons } from './story';
import { bundleOf, put } from './transacting';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.close());

const PDF = Buffer.from('%PDF-1.4\n%%EOF\n').toString('base64');
const IN_ERROR = { status: 'entered-in-error' };

/** A `PUT` by id of what a submission stored, with a change; a document with its bytes. */
async function again(sent: Sent, type: string, change: AnyJson): Promise<AnyJson> {
  const entry = await stored(homeward, sent.submissionId, type);
  const { meta: _meta, text: _text, ...resource } = await read(homeward, entry);
  if (type === 'DocumentReference') {
    const { title, creation } = resource.content[0].attachment;
    resource.content[0].attachment = { contentType: 'application/pdf', data: PDF, title, creation };
  }
  return put(`${type}/${entry.id}`, { ...resource, ...change });
}

const answers = ({ json }: Sent): string =>
  json.entry
    .map(({ response }: AnyJson) => [response.status, ...told(response.outcome)].join(' '))
    .join('; ');
const summary = (): SummaryBuilder => at(of(freshNhsNumber()), '01');
const batch = (...entries: AnyJson[]): Promise<Sent> =>
  send(homeward, bundleOf('batch', ...entries), { path: '/FHIR/R4' });
const marked = async (nhsNumber: string): Promise<string[]> => {
  const { json } = await homeward.call('GET', `/submissions?nhs-number=${nhsNumber}`);
  const all: string[] = [];
  for (const { id } of json.submissions)
    all.push(...(await homeward.call('GET', `/submissions/${id}`)).json.review.reasons);
  return all;
};

describe('an update by id', () => {
  it.each([
    ['Encounter', 'serviceProvider'],
    ['DocumentReference', 'custodian'],
  ])(
    'that gives a %s to another organisation (%s) has a warning and a review mark',
    async (type, element) => {
      const nhsNumber = freshNhsNumber();
      const first = await accepted(homeward, at(of(nhsNumber), '01'));
      const other = at(of(freshNhsNumber()), '01').with('Organization.identifier[0].value', 'RX1');
      const { id } = await stored(
        homeward,
        (await accepted(homeward, other, { as: 'RX1' })).submissionId,
        'Organization',
      );
      const sent = await batch(await again(first, type, { [element]: { reference: `Organization/${id}` } }));
      expect(answers(sent)).toMatch(/^200.*warning submission-held-by-other/);
      expect(await marked(nhsNumber)).toEqual([expect.stringContaining('becomes another’s')]);
    },
  );

  it('that enters a stay in error, whose stored readings are not, has a warning and a review mark', async () => {
    const nhsNumber = freshNhsNumber();
    const first = await accepted(homeward, at(freshSummary().nhsNumber(nhsNumber), '01'));
    const sent = await batch(await again(first, 'Encounter', IN_ERROR));
    expect(answers(sent)).toMatch(/^200.*warning submission-readings-stay/);
    expect(await marked(nhsNumber)).toContain(
      'A stay or document is entered in error, and other data that came with it is not',
    );
  });

  it('tells its sender nothing of the readings of others, which are for a person to look at', async () => {
    const nhsNumber = freshNhsNumber();
    const first = await accepted(homeward, at(of(nhsNumber), '01'));
    const [stay, patient] = [
      await stored(homeward, first.submissionId, 'Encounter'),
      await stored(homeward, first.submissionId, 'Patient'),
    ];
    const reading = {
      resourceType: 'Observation',
      status: 'final',
      code: {
        coding: [{ system: 'http://snomed.info/sct', code: '1000661000000107', display: 'Plasma glucose' }],
      },
      subject: { reference: `Patient/${patient.id}` },
      encounter: { reference: `Encounter/${stay.id}` },
      performer: [{ display: 'a nurse' }],
      effectiveDateTime: '2025-03-05T10:00:00Z',
      valueQuantity: { value: 6.1, unit: 'mmol/L', system: 'http://unitsofmeasure.org', code: 'mmol/L' },
    };
    const post = { resource: reading, request: { method: 'POST', url: 'Observation' } };
    const other = await send(homeward, bundleOf('batch', post as never), { path: '/FHIR/R4', as: 'RX1' });
    expect(answers(other)).toMatch(/^201/);
    const sent = await batch(await again(first, 'Encounter', IN_ERROR));
    expect(answers(sent)).toMatch(/^200/);
    expect(answers(sent)).not.toContain('submission-readings-stay');
    expect(await marked(nhsNumber)).toContain(
      'A stay or document is entered in error, and other data that came with it is not',
    );
  });

  it('has none where the stay has no readings', async () => {
    const first = await accepted(homeward, summary());
    const sent = await batch(await again(first, 'Encounter', IN_ERROR));
    expect(answers(sent)).toMatch(/^200/);
    expect(answers(sent)).not.toContain('submission-readings-stay');
  });
});

it.each([1, 2])(
  'a correction about %s other patients is a conflict, and withdraws nothing',
  async (count) => {
    const first = summary().observations(2);
    const kept = await accepted(homeward, first);
    const updates: AnyJson[] = [];
    for (let index = 0; index < count; index += 1)
      updates.push(
        await again(await accepted(homeward, summary().observations(2)), 'Observation', {
          note: [{ text: 'x' }],
        }),
      );
    const correction = {
      ...bundleOf('transaction', ...updates),
      identifier: first.build().identifier!,
      meta: { lastUpdated: '2025-05-05T12:00:00Z' },
    };
    const sent = await send(homeward, correction, { path: '/FHIR/R4' });
    expect(sent.status).toBe(409);
    expect(told(sent.json).join()).toContain('submission-other-patient');
    expect((await read(homeward, await stored(homeward, kept.submissionId, 'Encounter'))).status).toBe(
      'finished',
    );
    expect(await reasons(homeward, kept)).toBe(0);
  },
);
