/** `/console/access/<Patient id>`: who has seen this patient's data, as a dated table, and as CSV. */
import { accessReport, type AccessReport } from '../../../../use-cases/auditing/access-report';
import {
  csvHead,
  csvOf,
  csvOfMissing,
  jsonOf,
  readAccessCursor,
  type AccessRow,
} from '../../../../use-cases/auditing/access-rows';
import type { OtherRecord } from '../../../../use-cases/auditing/other-records';
import { answered, mapped, type Answered } from '../../../../use-cases/call/answered';
import { nothing } from '../../../../use-cases/call/disclosed';
import { isUuid } from '../../../../fhir/uuid';
import { isMonth } from '../../../../platform/months';
import { nhsNumberIn } from '../../../http/handlers/list-parameters';
import { readerOf } from '../../../http/reader';
import type { HttpFailure } from '../../../http/request-context';
import { refused } from '../../../http/request-context';
import type { ConsoleDependencies } from '../../dependencies';
import { CSV, fileOf, type Page, type Shown, type Visit } from '../../page';
import { addressWith, spanOf, valueOf } from '../../query';
import { clock, grouped, monthText } from '../../text';
import { doneInWords } from './access-words';

const PATH = '/console/access';
const ROWS = 200;
const MOST_IN_CSV = 50_000;

export const accessStart: Page = {
  method: 'GET',
  path: PATH,
  roles: ['auditor'],
  navigation: 'Access',
  show: async () => answered(startPage(), nothing),
};

/** The NHS number is posted, so that it is in no address. */
export const findAccess: Page = {
  method: 'POST',
  path: PATH,
  roles: ['auditor'],
  audit: { action: 'E', interaction: '$access-report' },
  show: async ({ form }, { auditing }) => {
    const given = form.text('nhs-number');
    const digits = nhsNumberIn(given);
    if (digits === undefined)
      return answered(startPage({ given, fault: `This is not an NHS number` }), nothing);
    const id = auditing.patients.idOf(digits);
    return answered<Shown>(
      { kind: 'redirect', to: `${PATH}/${id}` },
      { ...nothing, patients: [id], nhsNumbers: [digits] },
    );
  },
};

export const access: Page = {
  method: 'GET',
  path: `${PATH}/:id`,
  roles: ['auditor'],
  audit: { action: 'E', interaction: '$access-report' },
  show: async (visit, dependencies) => {
    const { query } = visit.context;
    const { faults } = spanOf(query);
    const asked = { from: valueOf(query, 'from'), to: valueOf(query, 'to'), month: monthIn(query) ?? '' };
    const result = await reportFor(visit, dependencies, ROWS, (row) => jsonOf(row).length);
    return mapped(result, (report): Shown => pageOf(report, asked, faults));
  },
};

export const accessCsv: Page = {
  method: 'GET',
  path: `${PATH}/:id/csv`,
  roles: ['auditor'],
  audit: { action: 'E', interaction: '$access-report' },
  show: async (visit, dependencies) => {
    const result = await reportFor(visit, dependencies, MOST_IN_CSV, (row) => Buffer.byteLength(csvOf(row)));
    return mapped(result, ({ rows, outside, otherRecords }) => {
      const text = csvHead() + rows.map(csvOf).join('') + csvOfMissing(outside, otherRecords);
      return fileOf('access-report.csv', CSV, Buffer.from(text));
    });
  },
};

/** The month that the page shows alone; undefined when it shows all that are in the database. */
function monthIn(query: Visit['context']['query']): string | undefined {
  const month = valueOf(query, 'month');
  return isMonth(month) ? month : undefined;
}

async function reportFor(
  { context }: Visit,
  { reading, auditing }: ConsoleDependencies,
  limit: number,
  sizeOf: (row: AccessRow) => number,
): Promise<Answered<AccessReport, HttpFailure>> {
  const id = context.path.id?.toLowerCase() ?? '';
  if (!isUuid(id))
    throw refused('not-found', { code: 'not-found', rule: 'http-path', text: 'No patient has this id.' });
  const { from, to } = spanOf(context.query);
  const month = monthIn(context.query);
  const cursor = valueOf(context.query, 'cursor');
  const before = cursor === '' ? undefined : readAccessCursor(cursor);
  return accessReport(
    readerOf(context, reading),
    {
      id,
      limit,
      sizeOf,
      ...(from ? { from } : {}),
      ...(to ? { to } : {}),
      ...(month === undefined ? {} : { month }),
      ...(before ? { before } : {}),
    },
    auditing,
  );
}

const outcomes: Readonly<Record<string, string>> = {
  '0': 'Answered',
  '4': 'Refused',
  '8': 'Failed',
  '12': 'Failed',
};

const rowOf = (row: AccessRow): object => ({
  when: row.when === null ? '' : clock(row.when),
  who: row.who ?? '',
  organisation: [row.organisation, row.endUserOrganisation].filter((each) => each !== null).join(', for '),
  ...doneInWords(row),
  reason: row.breakGlass ?? '',
  outcome: row.isEmpty ? 'Answered: nothing was shown' : (outcomes[row.outcome ?? ''] ?? row.outcome),
});

const relations: Readonly<Record<OtherRecord['relation'], string>> = {
  earlier: 'The patient had another NHS number before',
  later: 'A patient with another NHS number had this one before',
  linked: 'A sender linked this record with another one',
};

const otherRecordOf = ({ patient, nhsNumber, relation }: OtherRecord): object => ({
  text: `${relations[relation]}${nhsNumber === undefined ? '' : `: ${grouped(nhsNumber)}`}.`,
  href: `${PATH}/${patient}`,
});

function pageOf(
  { patient, nhsNumber, rows, next, outside, otherRecords }: AccessReport,
  asked: { from: string; to: string; month: string },
  faults: readonly object[],
): Shown {
  const path = `${PATH}/${patient}`;
  return {
    kind: 'page',
    template: 'pages/access/access.njk',
    title: 'Who has seen this patient’s data',
    ...(faults.length > 0 ? { isError: true, status: 400 } : {}),
    values: {
      patient,
      nhsNumber: nhsNumber === undefined ? undefined : grouped(nhsNumber),
      asked,
      month: asked.month === '' ? undefined : { text: monthText(asked.month), all: path },
      outside: outside.map((month) => ({ text: monthText(month), href: addressWith(path, { month }) })),
      otherRecords: otherRecords.map(otherRecordOf),
      faults,
      rows: rows.map(rowOf),
      csv: addressWith(`${path}/csv`, asked),
      next: next === null ? undefined : addressWith(path, { ...asked, cursor: next }),
    },
  };
}

const startPage = (mistake?: { given: string; fault: string }): Shown => ({
  kind: 'page',
  template: 'pages/access/start.njk',
  title: 'Who has seen a patient’s data',
  ...(mistake ? { isError: true } : {}),
  values: { ...mistake },
});
