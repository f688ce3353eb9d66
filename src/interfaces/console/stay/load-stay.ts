/** Everything of a stay that the reader may see: the stay itself, its patient, and what came with it. */
import type { AnyResource } from '../../../fhir/types';
import type { Answered } from '../../../use-cases/call/answered';
import { answered } from '../../../use-cases/call/answered';
import { together, type Disclosed } from '../../../use-cases/call/disclosed';
import type { Reader } from '../../../use-cases/call/reader';
import type { ReadingDependencies } from '../../../use-cases/reading/dependencies';
import { everything } from '../../../use-cases/reading/everything';
import { resourceOf } from '../resource-of';

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
  /** All that came with the stay, in the order of the server. */
  others: readonly HeldResource[];
  /** True where more is held than a page can show. */
  isCut: boolean;
}

/** Pages of the server that are read, a thousand resources each. */
const MOST_PAGES = 5;

export async function loadStay(
  reader: Reader,
  id: string,
  reading: ReadingDependencies,
): Promise<Answered<LoadedStay>> {
  const found = new Map<string, HeldResource>();
  const disclosed: Disclosed[] = [];
  let place: Parameters<typeof everything>[1]['place'];
  for (let page = 0; page < MOST_PAGES && (page === 0 || place); page += 1) {
    const result = await everything(reader, { type: 'Encounter', id, ...(place ? { place } : {}) }, reading);
    if (!result.ok) return result;
    disclosed.push(result.disclosed);
    for (const each of [...result.answer.matches, ...result.answer.included]) {
      const reference = `${each.type}/${each.id}`;
      if (found.has(reference)) continue;
      const { type, id: ofResource, versionId: version, content } = each;
      found.set(reference, { reference, type, id: ofResource, version, resource: resourceOf(content) });
    }
    place = result.answer.next;
  }
  const stay = found.get(`Encounter/${id}`);
  if (!stay) throw new Error('a stay is not among its own data');
  const all = [...found.values()];
  return answered(
    {
      stay,
      patient: all.find(({ type }) => type === reading.patients.type),
      others: all.filter((each) => each !== stay && each.type !== reading.patients.type),
      isCut: place !== undefined,
    },
    together(...disclosed),
  );
}
