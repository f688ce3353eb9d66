/** In which order a reader meets the documents of a stay, and what is said where one replaces another. */
import type { AnyResource, Json } from '../../src/fhir/types';
import { aSummary, type SummaryBuilder } from '../fixtures/summary';
import { startHomeward, type Homeward } from '../support/homeward';
import { plain, Visitor } from './visitor';

interface Entry {
  fullUrl: string;
  resource: AnyResource;
}

let homeward: Homeward;
let visitor: Visitor;
beforeAll(async () => {
  homeward = await startHomeward();
  visitor = new Visitor(homeward);
  await visitor.signIn('clinician');
});
afterAll(() => homeward.close());

const submit = async (summary: SummaryBuilder): Promise<void> => {
  const reply = await homeward.call('POST', '/FHIR/R4/Bundle', { body: summary.bytes() });
  expect([reply.status, reply.status === 201 ? undefined : reply.json]).toEqual([201, undefined]);
};
const resourcesOf = async (path: string): Promise<AnyResource[]> =>
  ((await homeward.call('GET', `/FHIR/R4/${path}`)).json.entry ?? []).map(({ resource }: Entry) => resource);
const ofPatient = (number: string): string =>
  `patient:identifier=https://fhir.nhs.uk/Id/nhs-number|${number}`;

/** The heading of each document, with what is said below it. */
async function documentsOn(stay: string): Promise<string[]> {
  const { text, status } = await visitor.get(`/console/stays/${stay}`);
  expect(status).toBe(200);
  const [, section = ''] = text.split('<section id="document"');
  return section
    .split('</section>')[0]!
    .split('<h3')
    .slice(1)
    .map((each) =>
      plain(`<h3${each}`)
        .replace(/&#32;.*/, '')
        .trim(),
    );
}

const titled = (title: string, date: string) => (bundle: AnyResource) => {
  const document = (bundle.entry as unknown as Entry[]).find(
    ({ resource }) => resource.resourceType === 'DocumentReference',
  )!.resource;
  const [content] = document.content as unknown as [{ attachment: Record<string, Json> }];
  Object.assign(document, { date, description: title });
  content.attachment.title = title;
};
/** The summary of the stay of another one, with the document of a date. */
const aboutStayOf = (other: SummaryBuilder) => (bundle: AnyResource) => {
  const stayIn = ({ entry }: AnyResource): AnyResource =>
    (entry as unknown as Entry[]).find(({ resource }) => resource.resourceType === 'Encounter')!.resource;
  stayIn(bundle).identifier = stayIn(other.build()).identifier!;
};

describe('an interim document that a discharge document replaces', () => {
  const number = '9990000085';
  const [OLD, NEW] = ['2025-03-05T10:00:00+00:00', '2025-03-10T14:20:00+00:00'];
  let stay: string;
  let patient: string;
  beforeAll(async () => {
    const interim = aSummary().stay(60).nhsNumber(number).changed(titled('Interim', OLD));
    await submit(interim);
    const [{ id } = { id: '' }] = await resourcesOf(`DocumentReference?${ofPatient(number)}`);
    const relatesTo = [{ code: 'replaces', target: { reference: `DocumentReference/${id}` } }];
    await submit(
      aSummary()
        .stay(61)
        .nhsNumber(number)
        .changed(titled('Discharge', NEW))
        .changed(aboutStayOf(interim))
        .with('DocumentReference.relatesTo', relatesTo),
    );
    // Of another stay, later, and about the first document too.
    await submit(
      aSummary()
        .stay(62)
        .nhsNumber(number)
        .changed(titled('Readmission', '2025-03-10T15:00:00+00:00'))
        .with('DocumentReference.relatesTo', relatesTo),
    );
    // An administrative correction of the first makes it the one that was stored last.
    await submit(
      interim
        .correction(2)
        .with('Patient.maritalStatus', { text: 'Widowed' })
        .changed((bundle) => {
          const document = (bundle.entry as unknown as Entry[]).find(
            ({ resource }) => resource.resourceType === 'DocumentReference',
          )!.resource;
          document.language = 'en-GB';
        }),
    );
    const [document] = await resourcesOf(`DocumentReference/?_id=${id}&_include=DocumentReference:encounter`);
    const context = document!.context as { encounter: { reference: string }[] };
    stay = context.encounter[0]!.reference.replace('Encounter/', '');
    patient = String((document!.subject as { reference: string }).reference).replace('Patient/', '');
  });

  it('comes second on the page of the stay, with words that say what replaced it', async () => {
    expect(await documentsOn(stay)).toEqual([
      'Discharge 10 March 2025, 14:20',
      expect.stringMatching(
        /^Interim (?=.*Replaced by Discharge, 10 March 2025, 14:20)(?=.*Replaced by Readmission, 10 March 2025, 15:00, of another stay).* 5 March 2025, 10:00$/,
      ),
    ]);
  });

  it('is not on the page of the other stay, whose document says that it replaces it', async () => {
    const [readmission] = await resourcesOf(`DocumentReference?patient=${patient}&description=Readmission`);
    const { encounter } = readmission!.context as { encounter: { reference: string }[] };
    expect(await documentsOn(encounter[0]!.reference.replace('Encounter/', ''))).toEqual([
      'Readmission 10 March 2025, 15:00',
    ]);
  });

  it('keeps its status, and what was disclosed is in the audit trail', async () => {
    const found = await resourcesOf(`DocumentReference?patient=${patient}&description=Interim`);
    expect(found.map(({ status, docStatus }) => [status, docStatus])).toEqual([['current', 'final']]);
    const events = await resourcesOf('AuditEvent?_sort=-_lastUpdated&_count=20');
    const [readmission] = await resourcesOf(`DocumentReference?patient=${patient}&description=Readmission`);
    const ofPage = events.filter((each) => JSON.stringify(each).includes(`Encounter/${stay}`));
    expect(JSON.stringify(ofPage)).toContain(`DocumentReference/${String(readmission!.id)}`);
  });

  it('comes second in $summary and after the newest in $docref', async () => {
    const [composition, ...others] = await resourcesOf(`Encounter/${stay}/$summary`);
    const sections = composition!.section as unknown as { entry: { reference: string }[] }[];
    const references = sections.flatMap(({ entry }) => entry.map(({ reference }) => reference));
    const documents = references.filter((each) => each.startsWith('DocumentReference/'));
    const descriptionOf = (reference: string): unknown =>
      others.find(({ id }) => reference.endsWith(`/${String(id)}`))?.description;
    expect(documents.map(descriptionOf)).toEqual(['Discharge', 'Interim']);
    const listed = await resourcesOf(`DocumentReference/$docref?patient=${patient}`);
    expect(listed.map(({ description }) => description)).toEqual(['Readmission', 'Discharge', 'Interim']);
  });
});

describe('a superseded document beside its current successor', () => {
  it('comes after it, also in $docref, whatever their dates', async () => {
    const number = '9990000093';
    await submit(
      aSummary()
        .stay(63)
        .nhsNumber(number)
        .changed(titled('Old', '2025-03-12T10:00:00+00:00'))
        .changed((bundle) => {
          const entries = bundle.entry as unknown as Entry[];
          const old = entries.find(({ resource }) => resource.resourceType === 'DocumentReference')!.resource;
          const id = 'a4a1f3c0-0000-4000-8000-000000000063';
          const masterIdentifier = { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${id}` };
          const date = '2025-03-10T14:20:00+00:00';
          const right: AnyResource = structuredClone({ ...old, id, masterIdentifier, date });
          (right.content as unknown as [{ attachment: { title: string } }])[0].attachment.title = 'New';
          right.description = 'New';
          old.status = 'superseded';
          entries.push({ fullUrl: `urn:uuid:${id}`, resource: right });
        }),
    );
    const [stay] = await resourcesOf(`Encounter?${ofPatient(number)}`);
    expect(await documentsOn(String(stay!.id))).toEqual([
      'New 10 March 2025, 14:20',
      'Old Superseded 12 March 2025, 10:00',
    ]);
    const { reference } = stay!.subject as { reference: string };
    const listed = await resourcesOf(
      `DocumentReference/$docref?patient=${reference.replace('Patient/', '')}`,
    );
    expect(listed.map(({ description }) => description)).toEqual(['New', 'Old']);
  });
});
