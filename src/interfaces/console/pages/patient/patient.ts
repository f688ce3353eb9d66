/** `/console/patients/<id>`: who the patient is, and the stays, newest first. */
import { listOf, isObject, type AnyResource, type Json } from '../../../../fhir/types';
import { answered, type Answered } from '../../../../use-cases/call/answered';
import { together, type Disclosed } from '../../../../use-cases/call/disclosed';
import type { Reader } from '../../../../use-cases/call/reader';
import { elementInWords } from '../../../../use-cases/reading/narrative';
import { read } from '../../../../use-cases/reading/read';
import { search } from '../../../../use-cases/reading/search';
import { isAbout } from '../../../../use-cases/reading/stay-state';
import { correctedOf } from '../../../../use-cases/reading/submissions-of';
import type { HttpFailure } from '../../../http/request-context';
import type { ConsoleDependencies } from '../../dependencies';
import type { Page, Shown, Visit } from '../../page';
import { periodText } from '../../present/moments';
import { bannerOf } from '../../present/person';
import { statesOf, type StateTag } from '../../present/state';
import { mayBreakGlass, readerFor } from '../../reader-for';
import { resourceOf } from '../../resource-of';
import { askForReason } from '../break-glass/break-glass';

export const patientPage: Page = {
  method: 'GET',
  path: '/console/patients/:id',
  roles: ['clinician'],
  audit: { action: 'R', interaction: 'read' },
  show: async (visit, dependencies) => {
    const id = (visit.context.path.id ?? '').toLowerCase();
    const reader = readerFor(visit, [id], dependencies);
    const { reading } = dependencies;
    const patient = await read(reader, { type: reading.patients.type, id }, reading);
    if (!patient.ok) {
      const isHidden =
        patient.failure.category === 'not-found' && reader.visibility.sees(reading.patients.type) !== null;
      return isHidden && mayBreakGlass(visit, dependencies)
        ? answered(askForReason(id), patient.disclosed)
        : patient;
    }
    return shownWith(
      visit,
      reader,
      { id, patient: resourceOf(patient.answer.content ?? ''), disclosed: patient.disclosed },
      dependencies,
    );
  },
};

interface StayLine {
  id: string;
  dates: string;
  reason: string;
  place: string;
  states: readonly StateTag[];
}

async function shownWith(
  { context }: Visit,
  reader: Reader,
  { id, patient, disclosed }: { id: string; patient: AnyResource; disclosed: Disclosed },
  { reading }: ConsoleDependencies,
): Promise<Answered<Shown, HttpFailure>> {
  const about = [['patient', id]] as const;
  const stays = await search(
    reader,
    {
      type: 'Encounter',
      params: [
        ...about,
        ['_sort', '-date'],
        ['_count', '100'],
        ['_include', 'Encounter:service-provider'],
        ['_include', 'Encounter:location'],
      ],
      handling: 'strict',
    },
    reading,
  );
  if (!stays.ok) return stays;
  const documents = await search(
    reader,
    { type: 'DocumentReference', params: [...about, ['_count', '500']], handling: 'strict' },
    reading,
  );
  if (!documents.ok) return documents;
  const shown = { patientId: id, type: 'Encounter', ids: stays.answer.matches.map((each) => each.id) };
  const corrected = await correctedOf(reader, shown, reading);
  if (!corrected.ok) return corrected;
  const places = new Map(
    stays.answer.included.map((each) => [`${each.type}/${each.id}`, resourceOf(each.content)] as const),
  );
  const all = documents.answer.matches.map(({ content }) => resourceOf(content));
  const lines = stays.answer.matches.map((each): StayLine => {
    const stay = resourceOf(each.content);
    const period = isObject(stay.period) ? stay.period : {};
    const ofStay = all.filter((document) => isAbout(document, `Encounter/${each.id}`));
    return {
      id: each.id,
      dates: periodText(period.start, period.end) || 'Dates not sent',
      reason: elementInWords(stay.reasonCode),
      place: placeOf(stay, places),
      states: statesOf(stay, ofStay, corrected.answer.has(each.id)),
    };
  });
  return answered(
    {
      kind: 'page',
      template: 'pages/patient/patient.njk',
      title: 'Patient',
      values: { banner: bannerOf(patient, context.now), stays: lines, breakGlass: context.notes.breakGlass },
    },
    together(disclosed, stays.disclosed, documents.disclosed),
  );
}

/** The ward and the trust, by name where it was sent. */
export function placeOf(stay: AnyResource, resources: ReadonlyMap<string, AnyResource>): string {
  const wards = listOf<Json>(stay.location)
    .filter(isObject)
    .map(({ location }) => nameOf(location, resources));
  return [...wards, nameOf(stay.serviceProvider, resources)].filter((name) => name !== '').join(', ');
}

function nameOf(reference: Json | undefined, resources: ReadonlyMap<string, AnyResource>): string {
  if (!isObject(reference)) return '';
  const found = typeof reference.reference === 'string' ? resources.get(reference.reference) : undefined;
  return typeof found?.name === 'string' ? found.name : elementInWords(reference);
}
