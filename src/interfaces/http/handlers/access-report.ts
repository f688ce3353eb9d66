/**
 * `/access-report`: who has seen a patient's data, as JSON or as a table for a spreadsheet (`Accept: text/csv`). With
 * POST the patient is named in a form, so that the NHS number is not in a URL.
 * @see contract "Auditing"
 */
import { isUuid } from '../../../fhir/uuid';
import { accessReport as reportOf, type AccessQuestion } from '../../../use-cases/auditing/access-report';
import {
  csvHead,
  csvOf,
  csvOfMissing,
  jsonOf,
  readAccessCursor,
} from '../../../use-cases/auditing/access-rows';
import type { AuditingDependencies } from '../../../use-cases/auditing/dependencies';
import { mapped } from '../../../use-cases/call/answered';
import type { Reader } from '../../../use-cases/call/reader';
import { prefers } from '../../../fhir/media-type';
import { isMonth } from '../../../platform/months';
import type { Reply, RequestContext } from '../request-context';
import {
  limitParameter,
  type ListParameters,
  NHS_NUMBER_IS_RIGHT,
  nhsNumberIn,
  readParameters,
  spanParameters,
} from './list-parameters';

/** A page of JSON has fewer rows than a table for a spreadsheet. */
const DEFAULT_LIMIT = { json: 500, csv: 10_000 };
const MAX_LIMIT = 50_000;

const parameters: ListParameters<AccessQuestion, AuditingDependencies> = {
  patient: {
    right: 'the server’s id of the patient, with or without "Patient/" (send an NHS number in nhs-number)',
    read: (value, { patients }) => {
      const id = value.replace(new RegExp(`^${patients.type}/`), '').toLowerCase();
      return isUuid(id) ? { id } : undefined;
    },
  },
  'nhs-number': {
    right: NHS_NUMBER_IS_RIGHT,
    read: (value) => {
      const nhsNumber = nhsNumberIn(value);
      return nhsNumber === undefined ? undefined : { nhsNumber };
    },
  },
  ...spanParameters,
  month: {
    right: 'a month such as `2026-03`',
    read: (value) => (isMonth(value) ? { month: value } : undefined),
  },
  cursor: {
    right: 'the `next` of the previous page',
    read: (value) => {
      const before = readAccessCursor(value);
      return before && { before };
    },
  },
  limit: limitParameter(MAX_LIMIT),
};

export async function accessReport(
  context: RequestContext,
  reader: Reader,
  auditing: AuditingDependencies,
): Promise<Reply> {
  const asked = readParameters('access-report', context.query, parameters, auditing);
  const isCsv = prefers('text/csv', 'application/json', context.request.headers.accept);
  const textOf = isCsv ? csvOf : jsonOf;
  const question = {
    limit: DEFAULT_LIMIT[isCsv ? 'csv' : 'json'],
    ...asked,
    sizeOf: (row: Parameters<typeof csvOf>[0]) => Buffer.byteLength(textOf(row)),
  };
  return mapped(
    await reportOf(reader, question, auditing),
    ({ patient, rows, next, outside, otherRecords }) => {
      const headers = next === null ? {} : { Link: linkTo(context, patient, next) };
      const texts = rows.map((row) => textOf(row));
      if (!isCsv) {
        const more = withSome('outside', outside) + withSome('otherRecords', otherRecords);
        const text = `{"rows":[${texts.join(',')}],"next":${JSON.stringify(next)}${more}}\n`;
        return {
          status: 200,
          headers,
          bytes: { contentType: 'application/json; charset=utf-8', body: Buffer.from(text) },
        };
      }
      return {
        status: 200,
        headers: { ...headers, 'Content-Disposition': 'attachment; filename="access-report.csv"' },
        bytes: {
          contentType: 'text/csv; charset=utf-8; header=present',
          body: Buffer.from(
            csvHead() + texts.join('') + (next === null ? csvOfMissing(outside, otherRecords) : ''),
          ),
        },
      };
    },
  );
}

/** A member with a list, after others, where the list has something. */
const withSome = (name: string, list: readonly unknown[]): string =>
  list.length === 0 ? '' : `,"${name}":${JSON.stringify(list)}`;

/** The link to the next page. It names the patient by id, so that an NHS number from a form is not put into a URL. */
function linkTo({ baseUrl, query }: RequestContext, patient: string, cursor: string): string {
  const kept = query.filter(([name]) => ['from', 'to', 'month', 'limit'].includes(name));
  const pairs = new URLSearchParams([
    ['patient', patient],
    ...kept.map(([...pair]) => pair),
    ['cursor', cursor],
  ]);
  return `<${baseUrl}/access-report?${pairs.toString()}>; rel="next"`;
}
