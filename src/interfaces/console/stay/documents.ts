/** The documents of a stay: what each is, and where its bytes are. */
import { isNumber, toNumber } from '../../../fhir/decimal';
import { isObject, listOf, type Json } from '../../../fhir/types';
import { isRestricted, labelsOfDocument } from '../../../terminology/confidentiality';
import { elementInWords } from '../../../use-cases/reading/narrative';
import { momentText } from '../present/moments';
import type { HeldResource } from './load-stay';

export interface StayDocumentLine {
  title: string;
  /** `18 kB`, or nothing where it was not sent. */
  size: string;
  when: string;
  state: string;
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

export function documentsOf(held: readonly HeldResource[]): StayDocumentLine[] {
  return held.flatMap(({ resource }) =>
    listOf<Json>(resource.content)
      .filter(isObject)
      .flatMap(({ attachment }) => {
        if (!isObject(attachment)) return [];
        const { title, url, contentType, size, creation } = attachment;
        const binaryId =
          typeof url === 'string' ? /(?:^|\/)Binary\/([0-9a-f-]{36})$/.exec(url)?.[1] : undefined;
        const states = [resource.status, resource.docStatus].flatMap((each) => STATES[String(each)] ?? []);
        if (labelsOfDocument(resource).some(isRestricted)) states.unshift('Restricted');
        return [
          {
            title: elementInWords(title) || elementInWords(resource.description) || 'Document',
            size: isNumber(size) ? sizeText(toNumber(size)) : '',
            when: momentText(resource.date ?? creation),
            state: [...new Set(states)].join(', '),
            contentType: elementInWords(contentType),
            isPdf: /^application\/pdf\b/i.test(String(contentType)),
            binaryId,
          },
        ];
      }),
  );
}

const sizeText = (bytes: number): string =>
  bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
