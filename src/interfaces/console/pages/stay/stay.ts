/** `/console/stays/<Encounter id>`: all that is held of one stay. */
import { isObject, type AnyResource } from '../../../../fhir/types';
import { answered, type Answered } from '../../../../use-cases/call/answered';
import { together } from '../../../../use-cases/call/disclosed';
import { elementInWords } from '../../../../use-cases/reading/narrative';
import { isAbout } from '../../../../use-cases/reading/stay-state';
import { submissionsOf, type ResourceOrigin } from '../../../../use-cases/reading/submissions-of';
import type { HttpFailure } from '../../../http/request-context';
import type { ConsoleDependencies } from '../../dependencies';
import type { Page, Shown, Visit } from '../../page';
import { momentText, periodText } from '../../present/moments';
import { bannerOf } from '../../present/person';
import { statesOf } from '../../present/state';
import { readerFor } from '../../reader-for';
import { alsoSent, questionnairesOf } from '../../stay/also-sent';
import { documentsOf, replacingElsewhere, type StayDocumentLine } from '../../stay/documents';
import { loadStay, type HeldResource, type LoadedStay } from '../../stay/load-stay';
import { CHART, news2Charts } from '../../stay/news2-chart';
import { news2Sets, wholeSets } from '../../stay/news2-sets';
import { news2Table } from '../../stay/news2-table';
import { missingInWords, readingLines } from '../../stay/readings';
import { readingOnce } from '../../stay/once';
import { TREND, trendsOf } from '../../stay/trends';
import { versionsOf } from '../../stay/versions';
import { placeOf } from '../patient/patient';

export const stayPage: Page = {
  method: 'GET',
  path: '/console/stays/:id',
  roles: ['clinician'],
  audit: { action: 'R', interaction: 'read' },
  show: async (visit, dependencies) => {
    const id = (visit.context.path.id ?? '').toLowerCase();
    const reader = readerFor(visit, await dependencies.ownersOf([id]), dependencies);
    const { reading } = dependencies;
    const loaded = await loadStay(reader, id, reading);
    if (!loaded.ok) return loaded;
    const { stay, readings, others } = loaded.answer;
    const shown = new Map([stay, ...others, ...readings].map((each) => [each.reference, each.version]));
    const origins = await submissionsOf(reader, { type: 'Encounter', id, shown }, reading);
    if (!origins.ok) return origins;
    const changed = await versionsOf(reader, [stay, ...others, ...readings], reading);
    const documents = others.filter(({ type }) => type === 'DocumentReference');
    const replacing = await replacingElsewhere(reader, documents, reading);
    if (!replacing.ok) return replacing;
    const disclosed = together(loaded.disclosed, origins.disclosed, changed.disclosed, replacing.disclosed);
    const lines = documentsOf(documents, replacing.answer);
    return pageOf(visit, loaded.answer, origins.answer, { ...changed, lines, disclosed }, dependencies);
  },
};

function pageOf(
  { context }: Visit,
  loaded: LoadedStay,
  origins: readonly ResourceOrigin[],
  {
    versions,
    isCut,
    lines,
    disclosed,
  }: Awaited<ReturnType<typeof versionsOf>> & { lines: StayDocumentLine[] },
  { reading }: ConsoleDependencies,
): Answered<Shown, HttpFailure> {
  const { stay, patient, readings, others } = loaded;
  const documents = others.filter(({ type }) => type === 'DocumentReference');
  const ofStay = documents.filter(({ resource }) => isAbout(resource, stay.reference));
  const remarksOn = remarksByResource(origins);
  const chart = readingOnce(reading.stayChart);
  const sets = wholeSets(news2Sets(loaded, { chart, remarksOn, now: context.now }), loaded.older);
  const isCorrected = origins.some(({ isCorrection }) => isCorrection);
  return answered(
    {
      kind: 'page',
      template: 'pages/stay/stay.njk',
      title: 'Virtual ward stay',
      values: {
        banner: patient ? bannerOf(patient.resource, context.now) : undefined,
        patientId: patient?.id,
        breakGlass: context.notes.breakGlass,
        states: statesOf(
          stay.resource,
          ofStay.map(({ resource }) => resource),
          isCorrected,
        ),
        facts: factsOf(stay.resource, others, origins),
        warnings: warningsOf(origins),
        documents: lines,
        charts: news2Charts(sets, chart),
        chartSizes: CHART,
        table: news2Table(sets, chart),
        trends: trendsOf(sets, readings, chart, context.now),
        trendSizes: TREND,
        readings: readingLines(readings, chart, context.now),
        missing: missingInWords(loaded),
        questionnaires: questionnairesOf(others),
        groups: alsoSent(others),
        versions,
        isCut: loaded.isCut,
        lacksVersions: isCut,
      },
    },
    disclosed,
  );
}

/** Those of the submissions that no other has replaced. */
const currentOf = (origins: readonly ResourceOrigin[]): ResourceOrigin[] =>
  origins.filter(({ isReplaced }) => !isReplaced);

/** Rules whose information a reader of the chart needs, though the sender need not change anything. */
const NEEDED_BY_READERS: ReadonlySet<string> = new Set(['news2-21']);

function remarksByResource(origins: readonly ResourceOrigin[]): (reference: string) => readonly string[] {
  const found = new Map<string, string[]>();
  for (const { remarks } of currentOf(origins))
    for (const { about, text, rule, severity } of remarks)
      if (rule.startsWith('news2') && (severity !== 'information' || NEEDED_BY_READERS.has(rule)))
        found.set(about, [...(found.get(about) ?? []), text]);
  return (reference) => found.get(reference) ?? [];
}

/** The warnings of the submissions, each sentence once, with how often it was said. */
function warningsOf(origins: readonly ResourceOrigin[]): { text: string; source: string; times: number }[] {
  const found = new Map<string, { text: string; source: string; times: number }>();
  for (const { remarks } of currentOf(origins))
    for (const { severity, text, source = '' } of remarks) {
      if (severity !== 'warning') continue;
      const known = found.get(text) ?? { text, source, times: 0 };
      found.set(text, { ...known, times: known.times + 1 });
    }
  return [...found.values()];
}

function factsOf(
  stay: AnyResource,
  others: readonly HeldResource[],
  origins: readonly ResourceOrigin[],
): { key: { text: string }; value: { text: string } }[] {
  const period = isObject(stay.period) ? stay.period : {};
  const places = new Map(others.map(({ reference, resource }) => [reference, resource] as const));
  const [latest] = origins;
  const organisations = others.filter(({ type }) => type === 'Organization').map(({ resource }) => resource);
  return [
    { name: 'Dates', text: periodText(period.start, period.end) },
    { name: 'Ward and trust', text: placeOf(stay, places) },
    { name: 'Reason', text: elementInWords(stay.reasonCode) },
    { name: 'Status', text: inSentenceCase(elementInWords(stay.status)) },
    { name: 'Sent by', text: latest ? senderText(latest.sender, organisations) : '' },
    { name: 'Received', text: latest ? momentText(latest.receivedAt) : '' },
  ].flatMap(({ name, text }) => (text === '' ? [] : [{ key: { text: name }, value: { text } }]));
}

/** `in-progress` as `In progress`. */
const inSentenceCase = (code: string): string =>
  `${code.charAt(0).toUpperCase()}${code.slice(1).replaceAll('-', ' ')}`;

/** `Royal Devon University Healthcare NHS Foundation Trust (RH8)`, where the name came with the stay. */
function senderText(sender: string, organisations: readonly AnyResource[]): string {
  const named = organisations.find(({ identifier }) =>
    JSON.stringify(identifier ?? []).includes(`"${sender}"`),
  );
  return typeof named?.name === 'string' ? `${named.name} (${sender})` : sender;
}
