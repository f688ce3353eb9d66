/**
 * `Composition/<id>/$document`, and `Encounter/<id>/$summary` of our own: the stay as a document Bundle, what its sender
 * sent as it stands now. @see https://hl7.org/fhir/R4/composition-operation-document.html
 */
import {
  isObject,
  isResource,
  listOf,
  type AnyResource,
  type Json,
  type JsonObject,
} from '../../../fhir/types';
import { parseJson } from '../../../fhir/json';
import { binariesOf, documentText, partOf, type DocumentPart } from '../../../use-cases/reading/document';
import { belongingTo } from '../../../use-cases/reading/belonging';
import { follow } from '../../../use-cases/reading/follow';
import { gather, otherTypesOf } from '../../../use-cases/reading/gather';
import { paragraphNarrative, sectionNarrative } from '../../../use-cases/reading/narrative';
import type { NewId } from '../../../platform/ids';
import type { StoredVersion } from '../../../engines/store/read';
import { type Answer, type RequestContext, refused } from '../request-context';
import { sightOf } from '../sight';
import { mayReadBinary } from './binary';
import { bounded } from './bounded';
import { isFollowed, readingOf, subjectOf, type EverythingDependencies } from './everything';
import { meterOf, stillWanted } from './fitting';
import { disclose, unknown } from './read';

export interface DocumentDependencies extends EverythingDependencies {
  newId: NewId;
}

export async function compositionDocument(
  context: RequestContext,
  dependencies: DocumentDependencies,
): Promise<Answer> {
  refuseUnknown(context, ['persist', 'graph']);
  const persist = context.query.find(([name]) => name === 'persist')?.[1];
  if (persist !== undefined && persist !== 'false')
    throw badParameter('persist', 'documents are not stored; leave it out');
  const composition = await subjectOf(inType(context, 'Composition'), dependencies);
  const meter = meterOf(context);
  meter(composition.content.length);
  const parts = await completed({ context, meter }, [partOf(composition)], composition, dependencies);
  return documentAnswer({ context, meter }, parts, dependencies);
}

/** A document that is being put together, and what counts its bytes. */
interface Course {
  context: RequestContext;
  meter: (bytes: number) => void;
}

/** The parts with all that they refer to and the caller may read: of nobody, or of the same patient. */
async function completed(
  { context, meter }: Course,
  parts: readonly DocumentPart[],
  { patientId }: Pick<StoredVersion, 'patientId'>,
  dependencies: DocumentDependencies,
): Promise<DocumentPart[]> {
  const { database, searchEngine } = dependencies;
  const reached = await bounded(
    follow(database, searchEngine, parts, {
      who: readingOf(sightOf(context, dependencies)),
      follows: (type) => isFollowed(type, context, dependencies),
      may: () => (alias, bind) =>
        `(${alias}.patient_id IS NULL OR ${alias}.patient_id = ${bind(patientId, 'uuid')})`,
      keep: ({ content }) => {
        stillWanted(context);
        meter(content.length);
      },
    }),
  );
  return [...parts, ...reached];
}

export async function encounterSummary(
  context: RequestContext,
  dependencies: DocumentDependencies,
): Promise<Answer> {
  refuseUnknown(context, []);
  const encounter = await subjectOf(inType(context, 'Encounter'), dependencies);
  const sight = sightOf(context, dependencies);
  const { patientId } = encounter;
  if (patientId === null) throw unknown();
  const { database, searchEngine, definitions, definitionFor, otherTable, patients } = dependencies;
  const own = definitions.filter(
    ({ type, table }) => (type === patients.type || table.patient.length > 0) && type !== 'Provenance',
  );
  const types = [
    ...own.map(({ type }) => type),
    ...(await otherTypesOf(database, patientId, otherTable)),
  ].filter((type) => sight.allowed(type, 'r'));
  const belongs = belongingTo({ ...encounter, patientId }, patients.type, definitionFor);
  const who = readingOf(sight);
  const found = [];
  const meter = meterOf(context);
  const maxBytes = context.maxAnswerBytes;
  let place: { type: string; cursor?: string } | undefined;
  do {
    stillWanted(context);
    const from = place ? { place } : {};
    const gathering = { types, count: 1000, maxBytes, belongs, paramsOf: () => [], who, ...from };
    const page = await bounded(gather(database, searchEngine, gathering));
    if (!page.ok) throw new Error('a gathering of our own was refused');
    for (const { content } of page.matches) meter(content.length);
    found.push(...page.matches);
    place = page.next;
  } while (place);
  const parts = await completed({ context, meter }, found, encounter, dependencies);
  const composition = compositionOf(encounter, parts, dependencies.newId(), context.now);
  const first = {
    type: 'Composition',
    id: String(composition.id),
    versionId: 1,
    patientId,
    content: JSON.stringify(composition),
  };
  meter(first.content.length);
  return documentAnswer({ context, meter }, [first, ...parts], dependencies);
}

/** Under strict handling, what the operation does not know is refused. */
function refuseUnknown({ query, prefer }: RequestContext, known: readonly string[]): void {
  const unknown = query.find(([name]) => name !== '_format' && name !== '_pretty' && !known.includes(name));
  if (unknown && prefer.handling !== 'lenient')
    throw badParameter(unknown[0], `it takes ${['_format', '_pretty', ...known].join(', ')}`);
}

function badParameter(name: string, sentence: string): Error {
  return refused('bad-request', {
    code: 'value',
    rule: 'operation-parameter',
    text: `The parameter \`${name.slice(0, 64)}\` can’t be used: ${sentence}.`,
  });
}

const inType = (context: RequestContext, type: string): RequestContext => ({
  ...context,
  path: { ...context.path, type },
});

async function documentAnswer(
  { context, meter }: Course,
  parts: readonly DocumentPart[],
  dependencies: DocumentDependencies,
): Promise<Answer> {
  const { database, newId } = dependencies;
  const binaries = await binariesOf(database, parts, async (record) => {
    stillWanted(context);
    const mayRead = await mayReadBinary(context, record, dependencies);
    if (mayRead) meter(Math.ceil((4 * record.size) / 3));
    return mayRead;
  });
  for (const each of [...parts, ...binaries]) disclose(context, { ...each, version: each.versionId });
  return {
    status: 200,
    json: documentText([...parts, ...binaries], context.fhirBase, newId(), context.now.toISOString()),
  };
}

const TITLE = 'Virtual ward stay: supplementary remote monitoring data';

/** A Composition over the parts of a stay: its documents, its Observations, the rest. Nothing in it is inferred. */
function compositionOf(
  encounter: StoredVersion,
  parts: readonly DocumentPart[],
  id: string,
  now: Date,
): AnyResource {
  const stay = resourceOf(encounter.content);
  const document = parts.find(({ type }) => type === 'DocumentReference');
  const author = documentAuthor(document && resourceOf(document.content)) ?? stay?.serviceProvider;
  const section = (title: string, belongs: (type: string) => boolean): JsonObject[] => {
    const within = parts.filter(({ type }) => belongs(type));
    const entry = within.map((each) => ({ reference: `${each.type}/${each.id}` }));
    const text = sectionNarrative(within.flatMap(({ content }) => resourceOf(content) ?? []));
    return entry.length === 0 ? [] : [{ title, text, entry }];
  };
  const told = ['DocumentReference', 'Observation', 'Patient', 'Encounter', 'Organization'];
  return {
    resourceType: 'Composition',
    id,
    text: paragraphNarrative(
      `${TITLE}. Put together by Homeward from what is stored on ${now.toISOString()}.`,
    ),
    status: 'final',
    type: {
      coding: [
        { system: 'http://snomed.info/sct', code: '371534008', display: 'Summary report (record artifact)' },
      ],
    },
    ...(isObject(stay?.subject) ? { subject: stay.subject } : {}),
    encounter: { reference: `Encounter/${encounter.id}` },
    date: now.toISOString(),
    author: [isObject(author) ? author : { display: 'Homeward' }],
    title: TITLE,
    section: [
      ...section('Documents', (type) => type === 'DocumentReference'),
      ...section('Observations', (type) => type === 'Observation'),
      ...section('Also sent', (type) => !told.includes(type)),
    ],
  };
}

function documentAuthor(document: AnyResource | undefined): Json | undefined {
  return listOf(document?.author)[0] ?? document?.custodian;
}

function resourceOf(content: string): AnyResource | undefined {
  const parsed = parseJson(Buffer.from(content));
  return parsed.ok && isResource(parsed.value) ? parsed.value : undefined;
}
