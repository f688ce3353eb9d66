/** The rows of the access report: one for each event of the audit trail that concerns the patient. @see docs/audit.md */
import { isUuid } from '../../fhir/uuid';
import type { AccessRecord } from '../../engines/store/access-report';
import { listed } from '../../platform/listed';
import { NOTHING_SHOWN } from './audit-facts';
import { csvLine } from './csv';

/** The columns, in their order. Each cell is a text, or null when it is empty. */
export const ACCESS_COLUMNS = [
  'when',
  'who',
  'client',
  'organisation',
  'endUserOrganisation',
  'action',
  'what',
  'purpose',
  'breakGlass',
  'outcome',
  'requestId',
] as const;

export interface AccessRow extends Record<(typeof ACCESS_COLUMNS)[number], string | null> {
  /** True of a search that was answered and showed nothing. In a table of the columns, `what` says so. */
  readonly isEmpty: boolean;
}

/** For example `{ when: '2026-11-28T…Z', who: 'Dr A. Singh', client: 'gp-app', action: 'R', what: 'GET /FHIR/R4/Binary/…', … }`. */
export function accessRowOf(record: AccessRecord): AccessRow {
  return {
    when: record.at.toISOString(),
    who: record.userName ?? record.userReference ?? record.clientId ?? 'not authenticated',
    client: record.clientId,
    organisation: record.organisation,
    endUserOrganisation: record.endUserOrganisation,
    action: record.action,
    what: record.target ?? doneWithout(record),
    purpose: record.breakGlass === null ? null : 'BTG',
    breakGlass: record.breakGlass,
    outcome: record.outcome,
    requestId: record.requestId,
    isEmpty: record.remark === NOTHING_SHOWN,
  };
}

/** Describes what was done where the event did not come over HTTP, so that it has no method and path. */
function doneWithout({ interaction, submissionId }: AccessRecord): string {
  return submissionId === null ? interaction : `${interaction} Bundle/${submissionId}`;
}

/** The row in its columns alone. */
function columnsOf({ isEmpty, ...row }: AccessRow): Omit<AccessRow, 'isEmpty'> {
  return isEmpty ? { ...row, what: `${row.what ?? ''} (${NOTHING_SHOWN})` } : row;
}

export const jsonOf = (row: AccessRow): string => JSON.stringify(columnsOf(row));

export const csvHead = (): string => csvLine(ACCESS_COLUMNS);

export function csvOf(row: AccessRow): string {
  const columns = columnsOf(row);
  return csvLine(ACCESS_COLUMNS.map((column) => columns[column]));
}

/** The last lines, for the reader of a table that lacks months or other records: nobody must take it for the whole. */
export function csvOfMissing(months: readonly string[], others: readonly { patient: string }[]): string {
  const lines = [
    ...(months.length === 0
      ? []
      : [
          `Not in this table: the records of ${listed(months)}. They are outside of the database. Ask for each with month=${months.at(-1) ?? ''}.`,
        ]),
    ...others.map(
      ({ patient }) =>
        `Not in this table: another record that may be of this patient. Ask for it with patient=${patient}.`,
    ),
  ];
  return lines
    .map((line) => csvLine(ACCESS_COLUMNS.map((column) => (column === 'what' ? line : null))))
    .join('');
}

/** Where a page ended. */
export function cursorAfter({ at, id }: Pick<AccessRecord, 'at' | 'id'>): string {
  return Buffer.from(`${at.getTime()}.${id}`).toString('base64url');
}

export function readAccessCursor(text: string): { at: Date; id: string } | undefined {
  const [millis = '', id = ''] = Buffer.from(text, 'base64url').toString('latin1').split('.');
  return /^\d{1,15}$/.test(millis) && isUuid(id) ? { at: new Date(Number(millis)), id } : undefined;
}
