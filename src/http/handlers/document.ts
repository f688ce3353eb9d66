/**
 * `Composition/<id>/$document`, and `Encounter/<id>/$summary` of our own: the stay as a document Bundle, what its sender
 * sent as it stands now. @see https://hl7.org/fhir/R4/composition-operation-document.html
 */
import { isObject, isResource, listOf, type AnyResource, type Json, type JsonObject } from '../../fhir/types';
import { parseJson } from '../../fhir/json';
import { binariesOf, closureOf, documentText, partOf, type DocumentPart } from '../../reading/document';
import { gather, namedBy } from '../../reading/gather';
import type { StoredVersion } from '../../store/read';
import type { Answer, Exchange } from '../exchange';
import { seenVersionsOf, sightOf } from '../sight';
import { mayReadBinary } from './binary';
import { readingOf, subjectOf, type EverythingDependencies } from './everything';
import { disclose } from './read';

export interface DocumentDependencies extends EverythingDependencies {
  newId: () => string;
}

export async function compositionDocument(
  exchange: Exchange,
  dependencies: DocumentDependencies,
): Promise<Answer> {
  const composition = await subjectOf(inType(exchange, 'Composition'), dependencies);
  const sight = sightOf(exchange, dependencies);
  const { database, definitionFor } = dependencies;
  const parts = await closureOf(database, partOf(composition), definitionFor, async (stored) => {
    if (!sight.allowed(stored.type, 'r')) return false;
    return (await seenVersionsOf(database, stored.type, stored.id, sight, dependencies))(stored);
  });
  return documentAnswer(exchange, parts, dependencies);
}

export async function encounterSummary(
  exchange: Exchange,
  dependencies: DocumentDependencies,
): Promise<Answer> {
  const encounter = await subjectOf(inType(exchange, 'Encounter'), dependencies);
  const sight = sightOf(exchange, dependencies);
  const { patientId, submissionId } = encounter;
  const types = dependencies.definitions
    .filter(
      ({ type, table, idFromKey }) =>
        (idFromKey || table.patient.length > 0) && sight.allowed(type, 'r') && type !== 'Provenance',
    )
    .map(({ type }) => type);
  const patientType = dependencies.definitions.find(({ idFromKey }) => idFromKey)?.type;
  const who = readingOf(sight);
  const found = [];
  let place: { type: string; cursor?: string } | undefined;
  do {
    const page = await gather(dependencies.database, dependencies.searchEngine, {
      types,
      count: 1000,
      ...(place ? { place } : {}),
      belongs: (type) => (alias, bind) =>
        `${alias}.patient_id = ${bind(patientId, 'uuid')}` +
        (type === patientType ? '' : ` AND ${alias}.submission_id = ${bind(submissionId, 'uuid')}`),
      paramsOf: () => [],
      who,
    });
    if (!page.ok) throw new Error('a gathering of our own was refused');
    found.push(...page.matches);
    place = page.next;
  } while (place && found.length < 10_000);
  const shared = dependencies.definitions.filter(({ type }) => !types.includes(type));
  const named = await namedBy(dependencies.database, dependencies.searchEngine, found, shared, who);
  const parts: DocumentPart[] = [...found, ...named];
  const composition = compositionOf(encounter, parts, dependencies.newId(), exchange.now);
  const first = {
    type: 'Composition',
    id: String(composition.id),
    versionId: 1,
    patientId,
    content: JSON.stringify(composition),
  };
  return documentAnswer(exchange, [first, ...parts], dependencies);
}

const inType = (exchange: Exchange, type: string): Exchange => ({
  ...exchange,
  path: { ...exchange.path, type },
});

async function documentAnswer(
  exchange: Exchange,
  parts: readonly DocumentPart[],
  dependencies: DocumentDependencies,
): Promise<Answer> {
  const { database, newId } = dependencies;
  const binaries = await binariesOf(database, parts, (record) =>
    mayReadBinary(exchange, record, dependencies),
  );
  for (const each of [...parts, ...binaries]) disclose(exchange, { ...each, version: each.versionId });
  return {
    status: 200,
    json: documentText([...parts, ...binaries], exchange.fhirBase, newId(), exchange.now.toISOString()),
  };
}

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
  const referencesTo = (belongs: (type: string) => boolean): Json[] =>
    parts.filter(({ type }) => belongs(type)).map((each) => ({ reference: `${each.type}/${each.id}` }));
  const section = (title: string, entry: Json[]): JsonObject[] =>
    entry.length === 0 ? [] : [{ title, entry }];
  const told = ['DocumentReference', 'Observation', 'Patient', 'Encounter', 'Organization'];
  return {
    resourceType: 'Composition',
    id,
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
    title: 'Virtual ward stay: supplementary remote monitoring data',
    section: [
      ...section(
        'Documents',
        referencesTo((type) => type === 'DocumentReference'),
      ),
      ...section(
        'Observations',
        referencesTo((type) => type === 'Observation'),
      ),
      ...section(
        'Also sent',
        referencesTo((type) => !told.includes(type)),
      ),
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
