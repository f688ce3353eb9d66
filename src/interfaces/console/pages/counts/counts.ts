/**
 * `/console/counts`: how many submissions came, by day, by sender and by rule. Each number leads to the submissions that
 * it counts. It says nothing of a patient.
 */
import type { Counts, RuleCounts } from '../../../../engines/store/sender-counts';
import {
  countSubmissions,
  csvOfCounts,
  type SubmissionCounts,
} from '../../../../use-cases/auditing/submission-counts';
import { answered, certain, disclosing } from '../../../../use-cases/call/answered';
import { nothing } from '../../../../use-cases/call/disclosed';
import { unknownResource } from '../../../../use-cases/call/failures';
import type { RequestContext } from '../../../http/request-context';
import { findingShown } from '../../numbered-lines';
import { CSV, fileOf, type Page, type Shown } from '../../page';
import { dateText } from '../../present/moments';
import { addressWith, daysBefore, spanOf, valueOf, type SpanAsked } from '../../query';

const PATH = '/console/counts';
const SUBMISSIONS = '/console/submissions';
const DAY_MILLIS = 24 * 60 * 60 * 1000;
/** Unless other days are asked for. */
const DAYS = 30;
/** Counting looks at every submission of the time. */
const MOST_DAYS = 366;

const tables = ['days', 'senders', 'rules'] as const;

export const counts: Page = {
  method: 'GET',
  path: PATH,
  roles: ['auditor'],
  navigation: 'Counts',
  show: async ({ context }, { auditing }) => {
    const asked = askedIn(context);
    if (asked.faults.length > 0) return answered(pageOf(asked), nothing);
    return answered(pageOf(asked, certain(await countSubmissions(asked.span, auditing))), nothing);
  },
};

export const countsCsv: Page = {
  method: 'GET',
  path: `${PATH}/:table/csv`,
  roles: ['auditor'],
  audit: { action: 'E', interaction: '$counts' },
  show: async ({ context }, { auditing }) => {
    const table = tables.find((each) => each === context.path.table);
    const asked = askedIn(context);
    if (table === undefined) return disclosing(unknownResource());
    if (asked.faults.length > 0) return answered(pageOf(asked), nothing);
    const answer = certain(await countSubmissions(asked.span, auditing));
    return answered(fileOf(`${table}.csv`, CSV, Buffer.from(csvOfCounts[table](answer))), nothing);
  },
};

interface Asked {
  span: { from: Date; to: Date };
  /** The days as the fields of the form have them. */
  given: { from: string; to: string };
  faults: SpanAsked['faults'];
}

function askedIn({ query, now }: Pick<RequestContext, 'query' | 'now'>): Asked {
  const given = { from: valueOf(query, 'from') || daysBefore(now, DAYS), to: valueOf(query, 'to') };
  const { from = now, to = new Date(now.getTime() + DAY_MILLIS), faults } = spanOf(Object.entries(given));
  const isLong = to.getTime() - from.getTime() > (MOST_DAYS + 1) * DAY_MILLIS;
  return {
    span: { from, to },
    given,
    faults: isLong ? [{ text: `Choose ${MOST_DAYS} days or fewer`, href: '#from' }] : faults,
  };
}

/** A number, and where the submissions that it counts are listed. */
interface Counted {
  count: number;
  /** Absent for none. */
  href?: string;
}

const listed = (count: number, parameters: Readonly<Record<string, string>>): Counted => ({
  count,
  ...(count > 0 ? { href: addressWith(SUBMISSIONS, parameters) } : {}),
});

function pageOf({ given, faults }: Asked, answer?: SubmissionCounts): Shown {
  const countsOf = (
    { accepted, refused, waiting }: Counts,
    of: Readonly<Record<string, string>>,
  ): Counted[] => [
    listed(accepted, { status: 'accepted', ...given, ...of }),
    listed(refused, { status: 'refused', ...given, ...of }),
    listed(waiting, { review: 'open', ...given, ...of }),
  ];
  const ruleRow = (rule: RuleCounts): object => ({
    finding: findingShown(rule),
    submissions: listed(rule.submissions, { ...given, rule: rule.rule }),
  });
  return {
    kind: 'page',
    template: 'pages/counts/counts.njk',
    title: 'Counts',
    ...(faults.length > 0 ? { isError: true, status: 400 } : {}),
    values: {
      asked: given,
      faults,
      ...(answer && {
        all: countsOf(answer, {}),
        groups: [
          {
            id: 'days',
            title: 'By day',
            name: 'Day',
            rows: answer.days.map((row) => ({
              name: dateText(row.day),
              counts: countsOf(row, { from: row.day, to: row.day }),
            })),
          },
          {
            id: 'senders',
            title: 'By sender',
            name: 'Sender',
            rows: answer.senders.map((row) => ({
              name: row.sender,
              counts: countsOf(row, { sender: row.sender }),
            })),
          },
        ],
        rules: answer.rules.map(ruleRow),
      }),
      csv: Object.fromEntries(tables.map((table) => [table, addressWith(`${PATH}/${table}/csv`, given)])),
    },
  };
}
