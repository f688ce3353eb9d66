/**
 * Which months of the audit trail are outside of the database, and what is said of them to those who search the trail: no
 * answer leaves a month out silently.
 */
import { takePrefix } from '../../../engines/indexing/prefix';
import { readDroppedMonths } from '../../../engines/ledger/months/month-records';
import { dateRangeInQuery } from '../../../fhir/date';
import type { Issue } from '../../../fhir/issue';
import { listed } from '../../../platform/listed';
import { boundsOfMonth, monthOfId } from '../../../platform/months';
import type { Queryable } from '../../../platform/postgres';
import { failed, type Failed } from '../../call/answered';

/** Half-open. */
export interface Span {
  from?: Date;
  to?: Date;
}

/** Those that have a part in the span, the oldest first. */
export function monthsIn(months: Iterable<string>, { from, to }: Span): string[] {
  return [...months].sort().filter((month) => {
    const { starts, ends } = boundsOfMonth(month);
    return (from === undefined || ends > from) && (to === undefined || starts < to);
  });
}

type Pairs = readonly (readonly [string, string])[];

/** The span that the parameters of a search of AuditEvents limit it to, as far as it is certain. */
export function spanOfSearch(params: Pairs): Span {
  const span: Span = {};
  for (const [name, value] of params) {
    if (name !== 'date' && name !== '_lastUpdated') continue;
    const [prefix, text] = takePrefix(value);
    const range = dateRangeInQuery(text, 'instant');
    if (!range) continue;
    if (['eq', 'ge', 'gt', 'sa'].includes(prefix) && !(span.from && span.from > range.start))
      span.from = range.start;
    if (['eq', 'le', 'lt', 'eb'].includes(prefix) && !(span.to && span.to < range.end)) span.to = range.end;
  }
  return span;
}

/** What searches and reads of AuditEvents say of the months outside. */
interface OutsideTrail {
  /** For the answer of a search with these parameters. */
  remarks(params: Pairs): Promise<readonly Issue[]>;
  /** The failure for an AuditEvent that is not found; undefined when its month is in the database. */
  missing(id: string): Promise<Failed | undefined>;
}

export function outsideTrail(db: Queryable, auditKey: Buffer): OutsideTrail {
  const months = async (): Promise<string[]> => [...(await readDroppedMonths(db, auditKey)).keys()];
  return {
    remarks: async (params) => {
      const outside = monthsIn(await months(), spanOfSearch(params));
      if (outside.length === 0) return [];
      return [
        {
          severity: 'warning',
          code: 'incomplete',
          rule: 'audit-months-outside',
          text: `AuditEvents of ${listed(outside)} are not searched, because these months are outside of the database. GET /access-report with a patient and month=${outside.at(-1)} reads one of them.`,
        },
      ];
    },
    missing: async (id) => {
      const month = monthOfId(id);
      if (month === undefined || !(await months()).includes(month)) return undefined;
      return failed('not-found', {
        code: 'not-found',
        rule: 'audit-months-outside',
        text: `The AuditEvents of ${month} are outside of the database. GET /access-report with the patient and month=${month} reads them.`,
      });
    },
  };
}
