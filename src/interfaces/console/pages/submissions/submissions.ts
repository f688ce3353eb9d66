/** `/console/submissions`: everything that was received, newest first, and the queue of what waits for a review. */
import type { RegisterQuery } from '../../../../engines/store/submission-register';
import { answered, mapped } from '../../../../use-cases/call/answered';
import { nothing } from '../../../../use-cases/call/disclosed';
import { readCursor, type SubmissionEntry } from '../../../../use-cases/auditing/submission-register';
import { listOfSubmissions } from '../../../../use-cases/auditing/submissions';
import { readerOf } from '../../../http/reader';
import type { Page, Shown } from '../../page';
import { addressWith, daysBefore, spanOf, valueOf } from '../../query';
import { clock, doorName, grouped } from '../../text';

const PATH = '/console/submissions';
const ROWS = 50;
/** `client:` and the longest client id. */
const LONGEST_SENDER = 7 + 256;

const LONGEST_RULE = 100;
/** How long ago submissions with a finding of a rule are looked for, unless a day is given. */
const DAYS = 30;

const statuses = ['accepted', 'refused'] as const;

export const submissions: Page = {
  method: 'GET',
  path: PATH,
  roles: ['auditor'],
  audit: { action: 'E', interaction: '$submissions' },
  navigation: 'Submissions',
  show: async ({ context }, dependencies) => {
    const { query } = context;
    const rule = valueOf(query, 'rule').slice(0, LONGEST_RULE);
    // Of the findings there is no index, so their submissions are looked for in a limited time.
    const earliest = rule === '' ? '' : daysBefore(context.now, DAYS);
    const asked = {
      status: valueOf(query, 'status'),
      sender: valueOf(query, 'sender').slice(0, LONGEST_SENDER),
      from: valueOf(query, 'from') || earliest,
      to: valueOf(query, 'to'),
      rule,
      review: valueOf(query, 'review') === 'open' ? 'open' : '',
    };
    const { faults, ...span } = spanOf(Object.entries(asked));
    if (faults.length > 0) return answered(pageOf({ asked, faults, rows: [] }), nothing);
    const reader = readerOf(context, dependencies.reading);
    const result = await listOfSubmissions(
      reader,
      queryOf(asked, span, valueOf(query, 'cursor')),
      dependencies.auditing,
    );
    return mapped(result, ({ submissions: entries, next }) =>
      pageOf({
        asked,
        faults,
        rows: entries.map(rowOf),
        ...(next === null ? {} : { next: addressWith(PATH, { ...asked, cursor: next }) }),
      }),
    );
  },
};

type Asked = Record<'status' | 'sender' | 'from' | 'to' | 'review' | 'rule', string>;

function queryOf(
  { status, sender, review, rule }: Asked,
  { from, to }: Pick<RegisterQuery, 'from' | 'to'>,
  cursor: string,
): RegisterQuery {
  const known = statuses.find((each) => each === status);
  const before = cursor === '' ? undefined : readCursor(cursor);
  return {
    limit: ROWS,
    ...(known === undefined ? {} : { status: known }),
    ...(sender === '' ? {} : { sender: sender.startsWith('client:') ? sender : sender.toUpperCase() }),
    ...(rule === '' ? {} : { rule }),
    ...(review === 'open' ? { status: 'refused', isOpen: true as const } : {}),
    ...(from ? { from } : {}),
    ...(to ? { to } : {}),
    ...(before ? { before } : {}),
  };
}

const rowOf = (entry: SubmissionEntry): object => ({
  href: `${PATH}/${entry.id}`,
  received: clock(entry.receivedAt),
  sender: entry.sender,
  outcome: entry.status,
  door: doorName(entry.door),
  nhsNumber: entry.nhsNumber === undefined ? '' : grouped(entry.nhsNumber),
  review: entry.review === undefined || entry.review.state === 'none' ? '' : entry.review.state,
});

const pageOf = (values: {
  asked: Asked;
  faults: readonly { text: string; href: string }[];
  rows: readonly object[];
  next?: string;
}): Shown => ({
  kind: 'page',
  template: 'pages/submissions/submissions.njk',
  title: values.asked.review === 'open' ? 'Refused, not yet reviewed' : 'Submissions',
  ...(values.faults.length > 0 ? { isError: true, status: 400 } : {}),
  values,
});
