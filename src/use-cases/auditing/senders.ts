/**
 * The conformance of senders over time: what each sends, and what each gets wrong. It says nothing of a patient, so an
 * operator may see it.
 *
 * @example
 * const { answer } = await listOfSenders({ from, to }, auditing);
 * const one = await oneSender('RR8', { from, to }, auditing);
 */
import {
  countByDay,
  countByDoor,
  countByRule,
  countBySender,
  type DayCounts,
  type DoorCounts,
  type RuleCounts,
  type SenderCounts,
  type StatisticsSpan,
} from '../../engines/store/sender-counts';
import { type Answered, answered } from '../call/answered';
import { nothing } from '../call/disclosed';
import { csvLine } from './csv';
import type { AuditingDependencies } from './dependencies';

type Dependencies = Pick<AuditingDependencies, 'database'>;

export async function listOfSenders(
  span: StatisticsSpan,
  { database }: Dependencies,
): Promise<Answered<SenderCounts[], never>> {
  return answered(await countBySender(database, span), nothing);
}

export interface SenderReport {
  sender: string;
  accepted: number;
  refused: number;
  days: DayCounts[];
  rules: RuleCounts[];
}

export async function oneSender(
  sender: string,
  span: StatisticsSpan,
  { database }: Dependencies,
): Promise<Answered<SenderReport, never>> {
  const [days, rules] = await Promise.all([
    countByDay(database, sender, span),
    countByRule(database, sender, span),
  ]);
  const sum = (of: (day: DayCounts) => number): number => days.reduce((total, day) => total + of(day), 0);
  const report = {
    sender,
    accepted: sum((day) => day.accepted),
    refused: sum((day) => day.refused),
    days,
    rules,
  };
  return answered(report, nothing);
}

/** What came by each road since a time. */
export async function receivedByDoor(
  since: Date,
  { database }: Dependencies,
): Promise<Answered<DoorCounts[], never>> {
  return answered(await countByDoor(database, since), nothing);
}

/** The rules that a sender breaks, as a table for a spreadsheet. */
export const csvOfSender = ({ rules }: SenderReport): string =>
  csvLine(['rule', 'severity', 'section', 'submissions', 'sentence', 'examples']) +
  rules
    .map(({ rule, severity, section, submissions, text, examples }) =>
      csvLine([rule, severity, section, String(submissions), text, examples.join(' ')]),
    )
    .join('');

/** The senders, as a table for a spreadsheet. */
export const csvOfSenders = (senders: readonly SenderCounts[]): string =>
  csvLine(['sender', 'accepted', 'refused', 'last received']) +
  senders
    .map(({ sender, accepted, refused, lastReceived }) =>
      csvLine([sender, String(accepted), String(refused), lastReceived.toISOString()]),
    )
    .join('');
