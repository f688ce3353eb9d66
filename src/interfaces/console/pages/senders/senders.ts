/**
 * `/console/senders` and `/console/senders/<ODS code>`: what senders send, and what each gets wrong, as a page, as CSV
 * and as a PDF to send to them. It says nothing of a patient.
 */
import { isUuid } from '../../../../fhir/uuid';
import type { RuleCounts, StatisticsSpan } from '../../../../engines/store/sender-counts';
import { answered, certain } from '../../../../use-cases/call/answered';
import { nothing } from '../../../../use-cases/call/disclosed';
import {
  csvOfSender,
  csvOfSenders,
  listOfSenders,
  oneSender,
  type SenderReport,
} from '../../../../use-cases/auditing/senders';
import type { RequestContext } from '../../../http/request-context';
import { findingShown } from '../../numbered-lines';
import { CSV, fileOf, type Page, type Shown, type Visit } from '../../page';
import { addressWith, spanOf, valueOf, type SpanAsked } from '../../query';
import { clock } from '../../text';
import { senderPdf } from './sender-pdf';

const PATH = '/console/senders';
const DAY_MILLIS = 24 * 60 * 60 * 1000;
/** Unless other days are asked for. */
const DAYS = 30;
const audit = { action: 'E', interaction: '$senders' } as const;
const who = { roles: ['auditor', 'operator'] as const };

export const senders: Page = {
  ...who,
  method: 'GET',
  path: PATH,
  navigation: 'Senders',
  show: async ({ context }, { auditing }) => {
    const asked = askedIn(context);
    const answer = certain(await listOfSenders(asked.span, auditing));
    return answered(
      pageOf('senders', 'Senders', asked, {
        rows: answer.map(({ sender, accepted, refused, lastReceived }) => ({
          sender,
          href: addressWith(`${PATH}/${encodeURIComponent(sender)}`, asked.given),
          accepted,
          refused,
          share: shareOf(refused, accepted + refused),
          last: clock(lastReceived),
        })),
        csv: addressWith(`${PATH}.csv`, asked.given),
      }),
      nothing,
    );
  },
};

export const sendersCsv: Page = {
  ...who,
  method: 'GET',
  path: `${PATH}.csv`,
  show: async ({ context }, { auditing }) => {
    const answer = certain(await listOfSenders(askedIn(context).span, auditing));
    return answered(fileOf('senders.csv', CSV, Buffer.from(csvOfSenders(answer))), nothing);
  },
};

export const sender: Page = {
  ...who,
  method: 'GET',
  path: `${PATH}/:sender`,
  audit,
  show: async (visit, { auditing }) => {
    const asked = askedIn(visit.context);
    const answer = certain(await oneSender(senderOf(visit), asked.span, auditing));
    const path = `${PATH}/${encodeURIComponent(answer.sender)}`;
    const mayOpen = visit.person?.roles.includes('auditor') === true;
    const listOf = (rule: string): string =>
      addressWith('/console/submissions', { sender: answer.sender, ...asked.given, rule });
    return answered(
      pageOf('sender', `Sender ${answer.sender}`, asked, {
        ...answer,
        share: shareOf(answer.refused, answer.accepted + answer.refused),
        rules: answer.rules.map((rule) => ruleRow(rule, mayOpen ? listOf(rule.rule) : undefined)),
        path,
        csv: addressWith(`${path}/csv`, asked.given),
        pdf: addressWith(`${path}/pdf`, asked.given),
      }),
      nothing,
    );
  },
};

export const senderCsv: Page = {
  ...who,
  method: 'GET',
  path: `${PATH}/:sender/csv`,
  audit,
  show: async (visit, { auditing }) => {
    const answer = certain(await oneSender(senderOf(visit), askedIn(visit.context).span, auditing));
    return answered(fileOf(`${nameOf(answer)}.csv`, CSV, Buffer.from(csvOfSender(answer))), nothing);
  },
};

export const senderPdfFile: Page = {
  ...who,
  method: 'GET',
  path: `${PATH}/:sender/pdf`,
  audit,
  show: async (visit, { auditing }) => {
    const { span } = askedIn(visit.context);
    const answer = certain(await oneSender(senderOf(visit), span, auditing));
    const pdf = await senderPdf(answer, span, visit.context.now);
    return answered(fileOf(`${nameOf(answer)}.pdf`, 'application/pdf', pdf), nothing);
  },
};

interface Asked {
  span: StatisticsSpan;
  given: { from: string; to: string };
  faults: SpanAsked['faults'];
}

function askedIn({ query, now }: Pick<RequestContext, 'query' | 'now'>): Asked {
  const { from, to, faults } = spanOf(query);
  return {
    span: {
      from: from ?? new Date(now.getTime() - DAYS * DAY_MILLIS),
      to: to ?? new Date(now.getTime() + DAY_MILLIS),
    },
    given: { from: valueOf(query, 'from'), to: valueOf(query, 'to') },
    faults,
  };
}

/** ODS codes are stored in capitals; a client's id is used as it is. */
function senderOf({ context }: Visit): string {
  const given = (context.path.sender ?? '').slice(0, 300);
  return /^[A-Za-z0-9]{3,12}$/.test(given) ? given.toUpperCase() : given;
}

const nameOf = ({ sender: name }: SenderReport): string => `sender-${name.replace(/[^A-Za-z0-9-]/g, '-')}`;

const shareOf = (part: number, whole: number): string =>
  whole === 0 ? '0 %' : `${Math.round((100 * part) / whole)} %`;

/** @param list the address of the submissions with such a finding; absent for who may not open them */
function ruleRow(rule: RuleCounts, list: string | undefined): object {
  return {
    finding: findingShown(rule),
    submissions: rule.submissions,
    list,
    examples: rule.examples
      .filter(isUuid)
      .map((id) => ({ id, href: list === undefined ? '' : `/console/submissions/${id}` })),
  };
}

const pageOf = (template: string, title: string, { given, faults }: Asked, values: object): Shown => ({
  kind: 'page',
  template: `pages/senders/${template}.njk`,
  title,
  ...(faults.length > 0 ? { isError: true, status: 400 } : {}),
  values: { asked: given, faults, lastDays: DAYS, ...values },
});
