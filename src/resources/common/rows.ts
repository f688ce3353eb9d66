/** The rows that the guidance's element tables share: `id`, `meta`, `meta.profile` (README, decision 2: warnings). */
import { always, stricter, type ElementRow } from '../../definitions/rule';

const PROFILES = 'https://fhir.hl7.org.uk/StructureDefinition';

/** What to send where a resource has no id. */
export const SEND_AN_ID = 'Add one, for example a UUID.';

/** What to send where a resource has no meta. */
export const sendMeta = (type: string): string =>
  `Add it with profile \`${profileOf(type)}\`${type === 'Bundle' ? ', versionId and lastUpdated' : ''}.`;

/** The UK Core profile of a type. */
export function profileOf(type: string): string {
  return `${PROFILES}/UKCore-${type}`;
}

export function idRow(id: string, section: string, type: string): ElementRow {
  return {
    id,
    path: 'id',
    guidance: `${section} ${type}.id`,
    optionality: 'mandatory',
    min: 1,
    max: 1,
    absent: stricter('warning', 'error'),
    send: SEND_AN_ID,
  };
}

export function metaRows(
  ids: { meta: string; profile: string },
  section: string,
  type: string,
): ElementRow[] {
  return [
    {
      id: ids.meta,
      path: 'meta',
      guidance: `${section} ${type}.meta`,
      optionality: 'mandatory',
      min: 1,
      max: 1,
      absent: stricter('warning', 'error'),
      send: sendMeta(type),
    },
    {
      id: ids.profile,
      path: 'meta.profile',
      guidance: `${section} ${type}.meta.profile`,
      optionality: 'mandatory',
      min: 1,
      max: '*',
      absent: stricter('warning', 'error'),
      fixed: { value: profileOf(type), canonical: true, otherwise: stricter('warning', 'error') },
    },
  ];
}

/** A code of R4's required binding: any other is an error (README, decision 1). */
export function codeRow(
  row: Pick<ElementRow, 'id' | 'path' | 'guidance' | 'optionality'> & Partial<ElementRow>,
  values: readonly string[],
): ElementRow {
  return { max: 1, ...row, codes: { values, otherwise: always('error') } };
}
