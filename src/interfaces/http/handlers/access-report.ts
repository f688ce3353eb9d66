/**
 * `/access-report`: who has seen this patient's data, as JSON or as a table for a spreadsheet (`Accept: text/csv`). By POST
 * the patient is named in a form, so that an NHS number need not stand in a URL. @see contract «Auditing»
 */
import {
  accessRowOf,
  csvHead,
  csvOf,
  cursorAfter,
  readAccessCursor,
} from '../../../use-cases/auditing/access-report';
import type { Patients } from '../../../definitions/patients';
import { prefers } from '../../../fhir/media-type';
import { isUuid } from '../../../platform/ids';
import type { Queryable } from '../../../platform/postgres';
import { type AccessQuery, listAccess } from '../../../engines/store/access-report';
import type { Answer, RequestContext } from '../request-context';
import {
  badParameter,
  howManyFit,
  limitParameter,
  type ListParameters,
  NHS_NUMBER_IS_RIGHT,
  nhsNumberIn,
  readParameters,
  spanParameters,
} from './list-parameters';
import { formOf } from './form';

export interface AccessReportDependencies {
  database: Queryable;
  patients: Pick<Patients, 'type' | 'idOf'>;
}

/** A page to read has fewer rows than a table to keep. */
const DEFAULT_LIMIT = { json: 500, csv: 10_000 };
const MAX_LIMIT = 50_000;

interface Asked extends AccessQuery {
  id: string;
  nhsNumber: string;
}

const parameters: ListParameters<Asked, AccessReportDependencies> = {
  patient: {
    right: 'the server’s id of the patient, with or without “Patient/”; an NHS number goes into nhs-number',
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
  cursor: {
    right: 'the `next` of the page before',
    read: (value) => {
      const before = readAccessCursor(value);
      return before && { before };
    },
  },
  limit: limitParameter(MAX_LIMIT),
};

export async function accessReport(
  context: RequestContext,
  body: Buffer,
  d: AccessReportDependencies,
): Promise<Answer> {
  context.query = [...context.query, ...formOf(context, body)];
  const { id, nhsNumber, ...asked } = readParameters('access-report', context.query, parameters, d);
  const patient = patientOf(id, nhsNumber, d);
  context.audit.patients.add(patient);
  if (nhsNumber !== undefined) context.audit.nhsNumbers.add(nhsNumber);
  const isCsv = prefers('text/csv', 'application/json', context.request.headers.accept);
  const limit = asked.limit ?? DEFAULT_LIMIT[isCsv ? 'csv' : 'json'];
  const found = await listAccess(d.database, {
    ...asked,
    patient: `${d.patients.type}/${patient}`,
    limit: limit + 1,
  });
  const rows = found.slice(0, limit).map(accessRowOf);
  const texts = rows.map((row) => (isCsv ? csvOf(row) : JSON.stringify(row)));
  const sizes = texts.map((text) => Buffer.byteLength(text));
  const page = texts.slice(0, howManyFit(sizes, context.maxAnswerBytes));
  const last = found[page.length - 1];
  const next = found.length > page.length && last ? cursorAfter(last) : null;
  const headers = next === null ? {} : { Link: linkTo(context, patient, next) };
  if (!isCsv) {
    const text = `{"rows":[${page.join(',')}],"next":${JSON.stringify(next)}}\n`;
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
      body: Buffer.from(csvHead() + page.join('')),
    },
  };
}

/** @throws Refused (400) where no patient is named, or two are */
function patientOf(
  id: string | undefined,
  nhsNumber: string | undefined,
  { patients }: AccessReportDependencies,
): string {
  const ofNumber = nhsNumber === undefined ? undefined : patients.idOf(nhsNumber);
  const patient = id ?? ofNumber;
  if (patient === undefined)
    throw badParameter(
      'access-report-patient',
      'Name the patient: patient=<id>, or nhs-number=<ten digits>. By POST the parameters go into a form.',
    );
  if (ofNumber !== undefined && ofNumber !== patient)
    throw badParameter(
      'access-report-patient',
      'The id in patient and the NHS number in nhs-number are of two patients. Give one of the two.',
    );
  return patient;
}

/** The next page, with the patient by id: an NHS number from a form does not get into a URL. */
function linkTo({ baseUrl, query }: RequestContext, patient: string, cursor: string): string {
  const kept = query.filter(([name]) => ['from', 'to', 'limit'].includes(name));
  const pairs = new URLSearchParams([
    ['patient', patient],
    ...kept.map(([...pair]) => pair),
    ['cursor', cursor],
  ]);
  return `<${baseUrl}/access-report?${pairs.toString()}>; rel="next"`;
}
