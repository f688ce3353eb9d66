/**
 * Counts what was received, for auditors: by day, by sender and by rule. It says nothing of a patient.
 *
 * @example
 * const { answer } = await countSubmissions({ from, to }, auditing);
 * answer.days; // [{ day: '2026-11-28', accepted: 40, refused: 2, waiting: 1 }, …]
 */
import {
  countAllByDay,
  countAllByRule,
  countAllBySender,
  type Counts,
  type RuleCounts,
  type StatisticsSpan,
} from '../../engines/store/sender-counts';
import { type Answered, answered } from '../call/answered';
import { nothing } from '../call/disclosed';
import { csvLine } from './csv';
import type { AuditingDependencies } from './dependencies';

export interface SubmissionCounts extends Counts {
  days: (Counts & { day: string })[];
  senders: (Counts & { sender: string })[];
  rules: RuleCounts[];
}

export async function countSubmissions(
  span: StatisticsSpan,
  { database }: Pick<AuditingDependencies, 'database'>,
): Promise<Answered<SubmissionCounts, never>> {
  const [days, senders, rules] = await Promise.all([
    countAllByDay(database, span),
    countAllBySender(database, span),
    countAllByRule(database, span),
  ]);
  const sum = (of: (day: Counts) => number): number => days.reduce((total, day) => total + of(day), 0);
  return answered(
    {
      accepted: sum(({ accepted }) => accepted),
      refused: sum(({ refused }) => refused),
      waiting: sum(({ waiting }) => waiting),
      ...{ days, senders, rules },
    },
    nothing,
  );
}

/** The tables of the counts for a spreadsheet. */
export const csvOfCounts = {
  days: ({ days }: SubmissionCounts): string =>
    csvLine(['day', ...COUNTED]) + days.map((row) => lineOf(row.day, row)).join(''),
  senders: ({ senders }: SubmissionCounts): string =>
    csvLine(['sender', ...COUNTED]) + senders.map((row) => lineOf(row.sender, row)).join(''),
  rules: ({ rules }: SubmissionCounts): string =>
    csvLine(['rule', 'severity', 'section', 'submissions', 'sentence']) +
    rules
      .map(({ rule, severity, section, submissions, text }) =>
        csvLine([rule, severity, section, String(submissions), text]),
      )
      .join(''),
} as const;

const COUNTED = ['accepted', 'refused', 'not yet reviewed'] as const;

const lineOf = (name: string, { accepted, refused, waiting }: Counts): string =>
  csvLine([name, String(accepted), String(refused), String(waiting)]);
