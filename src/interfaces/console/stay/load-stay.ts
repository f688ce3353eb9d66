/** Everything of a stay that the reader may see: the stay itself, its patient, and what came with it. */
import type { AnyResource } from '../../../fhir/types';
import type { Answered } from '../../../use-cases/call/answered';
import { answered } from '../../../use-cases/call/answered';
import { together, type Disclosed } from '../../../use-cases/call/disclosed';
import type { Reader } from '../../../use-cases/call/reader';
import type { ReadingDependencies } from '../../../use-cases/reading/dependencies';
import { everything, type EverythingPage } from '../../../use-cases/reading/everything';
import { resourceOf } from '../resource-of';
import { takenOf, type Taken } from './times';

export interface HeldResource {
  /** `Type/id` */
  reference: string;
  type: string;
  id: string;
  version: number;
  resource: AnyResource;
}

export interface LoadedStay {
  stay: HeldResource;
  patient: HeldResource | undefined;
  /** The newest ones, where more are held than a page can show. */
  readings: readonly HeldResource[];
  /** Which are held beside them; undefined where there are none. */
  older: OlderReadings | undefined;
  /** Readings of another stay, which readings of this one may name. */
  elsewhere: readonly HeldResource[];
  /** All else that came with the stay. */
  others: readonly HeldResource[];
  /** True where more of the others is held than a page can show. */
  isCut: boolean;
}

/** Readings that are not shown: those from `from` to `until`; without these two, readings that have no time. */
export interface OlderReadings {
  /** When the oldest reading of the stay was taken. */
  from?: Taken;
  /** When the oldest reading that is shown was taken. */
  until?: Taken;
}

/** Pages of the server that are read, a thousand resources each: of readings, and of all else. */
const MOST_PAGES = 5;
const READING = 'Observation';

export async function loadStay(
  reader: Reader,
  id: string,
  reading: ReadingDependencies,
): Promise<Answered<LoadedStay>> {
  const pages = await pagesOf(reader, id, reading);
  if (!pages.ok) return pages;
  const { found, older, isCut } = pages.answer;
  const stay = found.get(`Encounter/${id}`);
  if (!stay) throw new Error('a stay is not among its own data');
  const all = [...found.values()].filter(({ isElsewhere }) => !isElsewhere);
  return answered(
    {
      stay,
      patient: all.find(({ type }) => type === reading.patients.type),
      readings: all.filter(({ type }) => type === READING),
      older,
      elsewhere: [...found.values()].filter(({ type, isElsewhere }) => isElsewhere && type === READING),
      others: all.filter((each) => each !== stay && ![READING, reading.patients.type].includes(each.type)),
      isCut,
    },
    pages.disclosed,
  );
}

interface FoundResource extends HeldResource {
  isElsewhere: boolean;
}

interface Pages {
  found: ReadonlyMap<string, FoundResource>;
  /** Readings that were not read. */
  older: OlderReadings | undefined;
  /** True where not all of the other types were read. */
  isCut: boolean;
}

/** Reads the other types first, and then the readings, the newest first, so that the oldest are what may be missing. */
async function pagesOf(reader: Reader, id: string, reading: ReadingDependencies): Promise<Answered<Pages>> {
  const question = { type: 'Encounter', id };
  const found = new Map<string, FoundResource>();
  const disclosed: Disclosed[] = [];
  const read = { readings: 0, others: 0 };
  let isCut = false;
  let last: EverythingPage['matches'][number] | undefined;
  let place: EverythingPage['next'];
  do {
    const isOfReadings = place?.type === READING;
    const byTime = { type: READING, first: 'newest' } as const;
    const result = await everything(reader, { ...question, byTime, ...(place ? { place } : {}) }, reading);
    if (!result.ok) return result;
    disclosed.push(result.disclosed);
    for (const each of heldIn(result.answer, id))
      if (!found.has(each.reference)) found.set(each.reference, each);
    last = result.answer.matches.findLast(({ type }) => type === READING) ?? last;
    read[isOfReadings ? 'readings' : 'others'] += 1;
    place = result.answer.next;
    if (place !== undefined && place.type !== READING && read.others >= MOST_PAGES) {
      isCut = true;
      place = { type: READING };
    }
  } while (place !== undefined && read.readings < MOST_PAGES);
  if (place === undefined) return answered({ found, older: undefined, isCut }, together(...disclosed));
  const oldestFirst = { types: [READING], count: 1, byTime: { type: READING, first: 'oldest' } } as const;
  const result = await everything(reader, { ...question, ...oldestFirst }, reading);
  if (!result.ok) return result;
  const [oldest] = heldIn(result.answer, id);
  const until = takenOf(resourceOf(last?.content ?? ''));
  const isWithoutTime = !oldest || found.has(oldest.reference) || until.at === 0;
  const older = isWithoutTime ? {} : { from: takenOf(oldest.resource), until };
  return answered({ found, older, isCut }, together(...disclosed, result.disclosed));
}

const heldIn = ({ matches, included }: EverythingPage, stay: string): FoundResource[] =>
  [...matches, ...included].map(({ type, id, versionId: version, content }) => ({
    ...{ reference: `${type}/${id}`, type, id, version },
    resource: resourceOf(content),
    isElsewhere: type === 'Encounter' ? id !== stay : namesOnlyOtherStays(content, stay),
  }));

const STAY = /"reference":"Encounter\/([0-9a-f-]{36})/g;

/** True of a reading that moved to another stay, or of a document there that replaces one of here. */
function namesOnlyOtherStays(content: string, stay: string): boolean {
  const named = [...content.matchAll(STAY)].map(([, id]) => id);
  return named.length > 0 && !named.includes(stay);
}
