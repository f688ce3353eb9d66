/** The documents of a stay: what each is, and where its bytes are. */
import { isNumber, toNumber } from '../../../fhir/decimal';
import { isInError } from '../../../fhir/in-error';
import { isObject, listOf, type AnyResource, type Json, type JsonObject } from '../../../fhir/types';
import { isRestricted, labelsOfDocument } from '../../../terminology/confidentiality';
import { answered, type Answered } from '../../../use-cases/call/answered';
import { nothing } from '../../../use-cases/call/disclosed';
import type { Reader } from '../../../use-cases/call/reader';
import type { ReadingDependencies } from '../../../use-cases/reading/dependencies';
import { documentsInOrder, isHolding, replacedBy } from '../../../use-cases/reading/documents-in-order';
import { elementInWords } from '../../../use-cases/reading/narrative';
import { search } from '../../../use-cases/reading/search';
import { momentText } from '../present/moments';
import { resourceOf } from '../resource-of';
import type { HeldResource } from './load-stay';

export interface StayDocumentLine {
  title: string;
  /** `18 kB`, or nothing where it was not sent. */
  size: string;
  when: string;
  state: string;
  /** `Replaced by Discharge summary, 10 March 2025, 14:20`; empty where nothing that holds replaces it. */
  replaced: string;
  /** What to know before it is read; empty where the document holds. */
  warning: string;
  contentType: string;
  isPdf: boolean;
  binaryId: string | undefined;
}

const STATES: Readonly<Record<string, string>> = {
  'entered-in-error': 'Entered in error',
  superseded: 'Superseded',
  preliminary: 'Not final',
  amended: 'Amended',
};

/** @param elsewhere documents of other stays that replace one of these */
export function documentsOf(
  held: readonly HeldResource[],
  elsewhere: readonly AnyResource[],
): StayDocumentLine[] {
  const replacements = replacementsIn(
    held.map(({ resource }) => resource),
    elsewhere,
  );
  return documentsInOrder(held, ({ resource }) => resource).flatMap(({ id, resource }) =>
    listOf<Json>(resource.content)
      .filter(isObject)
      .flatMap(({ attachment }) => {
        if (!isObject(attachment)) return [];
        const { url, contentType, size, creation } = attachment;
        const binaryId =
          typeof url === 'string' ? /(?:^|\/)Binary\/([0-9a-f-]{36})$/.exec(url)?.[1] : undefined;
        const states = [resource.status, resource.docStatus].flatMap((each) => STATES[String(each)] ?? []);
        if (labelsOfDocument(resource).some(isRestricted)) states.unshift('Restricted');
        return [
          {
            title: titleOf(attachment, resource),
            size: isNumber(size) ? sizeText(toNumber(size)) : '',
            when: momentText(resource.date ?? creation),
            state: [...new Set(states)].join(', '),
            warning: warningOf(resource),
            replaced: (replacements.get(id) ?? []).join('; '),
            contentType: elementInWords(contentType),
            isPdf: /^application\/pdf\b/i.test(String(contentType)),
            binaryId,
          },
        ];
      }),
  );
}

function warningOf(document: AnyResource): string {
  if (isInError(document)) return 'The sender has retracted this document. Do not use it.';
  return document.status === 'superseded' ? 'Another document has taken the place of this one.' : '';
}

const titleOf = ({ title }: JsonObject, { description }: AnyResource): string =>
  elementInWords(title) || elementInWords(description) || 'Document';

/**
 * What replaces a document, in words, by the id of that.
 * @param here documents of the same stay
 */
export function replacementsIn(
  here: readonly AnyResource[],
  elsewhere: readonly AnyResource[],
): ReadonlyMap<string, string[]> {
  const found = new Map<string, string[]>();
  const put = (document: AnyResource, where: string): void => {
    if (!isHolding(document)) return;
    const [content] = listOf<Json>(document.content).filter(isObject);
    const attachment = isObject(content?.attachment) ? content.attachment : {};
    const when = momentText(document.date ?? attachment.creation);
    const words = [
      'Replaced by',
      [titleOf(attachment, document), when].filter((text) => text !== '').join(', '),
    ];
    for (const id of replacedBy(document)) {
      const known = found.get(id) ?? [];
      known.push(`${words.join(' ')}${where}`);
      found.set(id, known);
    }
  };
  for (const each of here) put(each, '');
  for (const each of elsewhere) put(each, ', of another stay');
  return found;
}

/** More documents than one search can name are not looked for. */
const MOST_NAMED = 150;

/** The documents of the patient that say they replace one of these, and are not among them. */
export async function replacingElsewhere(
  reader: Reader,
  documents: readonly HeldResource[],
  reading: ReadingDependencies,
): Promise<Answered<AnyResource[]>> {
  const [first] = documents;
  if (!first) return answered([], nothing);
  const { type } = first;
  const named = documents.slice(0, MOST_NAMED).map(({ reference }) => reference);
  const params = [
    ['relatesto', named.join(',')],
    ['relation', 'replaces'],
    ['status', 'current'],
  ] as const;
  const found = await search(reader, { type, params, handling: 'strict' }, reading);
  if (!found.ok) return found;
  const here = new Set(documents.map(({ id }) => id));
  const others = found.answer.matches.filter(({ id }) => !here.has(id));
  return answered(
    others.map(({ content }) => resourceOf(content)),
    found.disclosed,
  );
}

const sizeText = (bytes: number): string =>
  bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
