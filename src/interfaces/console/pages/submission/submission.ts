/**
 * `/console/submissions/<id>`: the life of one submission, from receipt to reading, and its review. Posting the review
 * leads to the same page.
 */
import { hasVisibleText } from '../../../../platform/visible-text';
import type { Issue } from '../../../../fhir/issue';
import { answered, mapped, type Answered } from '../../../../use-cases/call/answered';
import { together } from '../../../../use-cases/call/disclosed';
import { proofOfSubmission } from '../../../../use-cases/auditing/ledger';
import type { ReadBy, SubmissionDescription } from '../../../../use-cases/auditing/submission-register';
import {
  oneSubmission,
  outcomeOfSubmission,
  rawSubmission,
  reviewSubmission,
  type RawSubmission,
} from '../../../../use-cases/auditing/submissions';
import type { Reader } from '../../../../use-cases/call/reader';
import { formatOfContent } from '../../../../use-cases/submitting/format-of-content';
import { rawAnswer } from '../../../http/handlers/submissions';
import { readerOf } from '../../../http/reader';
import type { HttpFailure } from '../../../http/request-context';
import type { ConsoleDependencies } from '../../dependencies';
import { findingOf, numberedLines, type Finding } from '../../numbered-lines';
import { fileOf, type Page, type Shown, type Visit } from '../../page';
import { clock, doorName, grouped, monthText, sizeOf } from '../../text';

const PATH = '/console/submissions';

export const submission: Page = {
  method: 'GET',
  path: `${PATH}/:id`,
  roles: ['auditor'],
  audit: { action: 'R', interaction: '$submission' },
  show: (visit, dependencies) => show(visit, dependencies),
};

export const review: Page = {
  method: 'POST',
  path: `${PATH}/:id`,
  roles: ['auditor'],
  audit: { action: 'C', interaction: '$review' },
  show: async (visit, dependencies) => {
    const { context, form } = visit;
    const id = context.path.id ?? '';
    const note = form.text('note').trim();
    const isEmpty = !hasVisibleText(note);
    if (isEmpty || note.length > LONGEST_NOTE) {
      const fault = isEmpty ? 'Write a note' : `The note must have ${LONGEST_NOTE} characters or fewer`;
      return show(visit, dependencies, { fault, note });
    }
    const closed = actions[form.text('action')];
    const given = closed === undefined ? { note } : { note, closed };
    const result = await reviewSubmission(
      readerOf(context, dependencies.reading),
      id,
      given,
      dependencies.auditing,
    );
    return mapped(result, (): Shown => ({
      kind: 'redirect',
      to: `${PATH}/${encodeURIComponent(id)}#review`,
    }));
  },
};

const LONGEST_NOTE = 4_000;
const actions: Readonly<Record<string, boolean>> = { close: true, open: false };

export const received: Page = {
  method: 'GET',
  path: `${PATH}/:id/raw`,
  roles: ['auditor'],
  audit: { action: 'R', interaction: '$raw' },
  show: async ({ context }, { reading, auditing }) => {
    const result = await rawSubmission(readerOf(context, reading), context.path.id ?? '', auditing);
    return mapped(result, (raw): Shown => ({ kind: 'file', answer: rawAnswer(raw) }));
  },
};

export const proof: Page = {
  method: 'GET',
  path: `${PATH}/:id/proof`,
  roles: ['auditor'],
  audit: { action: 'R', interaction: '$proof' },
  show: async ({ context }, { reading, auditing }) => {
    const id = context.path.id ?? '';
    const result = await proofOfSubmission(readerOf(context, reading), id, auditing);
    return mapped(result, (found) =>
      fileOf(
        `proof-${id.toLowerCase()}.json`,
        'application/json; charset=utf-8',
        Buffer.from(`${JSON.stringify(found, null, 2)}\n`),
      ),
    );
  },
};

async function show(
  { context }: Visit,
  { reading, auditing }: ConsoleDependencies,
  mistake?: { fault: string; note: string },
): Promise<Answered<Shown, HttpFailure>> {
  const reader = readerOf(context, reading);
  const id = context.path.id ?? '';
  const described = await oneSubmission(reader, id, auditing);
  if (!described.ok) return described;
  const outcome = await outcomeOfSubmission(reader, id, auditing);
  if (!outcome.ok) return outcome;
  const raw = await rawIfSmall(reader, described.answer, auditing);
  const page: Shown = {
    kind: 'page',
    template: 'pages/submission/submission.njk',
    title: 'Submission',
    ...(mistake ? { isError: true, status: 400 } : {}),
    values: {
      ...valuesOf(described.answer, outcome.answer, raw),
      patients: patientsOf(described.answer, auditing.patients.idOf),
      ...mistake,
    },
  };
  return answered(page, together(described.disclosed, outcome.disclosed));
}

/** A larger body is offered as a download only. */
const MOST_SHOWN = 40 * 1024 * 1024;

async function rawIfSmall(
  reader: Reader,
  { id, size }: SubmissionDescription,
  auditing: ConsoleDependencies['auditing'],
): Promise<RawSubmission | undefined> {
  if (size > MOST_SHOWN) return undefined;
  const raw = await rawSubmission(reader, id, auditing);
  return raw.ok ? raw.answer : undefined;
}

const formatOf = ({ bytes, contentType }: RawSubmission): 'json' | 'xml' | 'hl7v2' =>
  contentType.includes('hl7-v2') ? 'hl7v2' : formatOfContent(bytes);

function valuesOf(
  one: SubmissionDescription,
  issues: readonly Issue[],
  raw: RawSubmission | undefined,
): object {
  const lines = raw && numberedLines(raw.bytes, formatOf(raw), issues);
  const findings = lines?.findings ?? issues.map((issue) => findingOf(issue));
  return {
    id: one.id,
    summary: summaryOf(one),
    technical: technicalOf(one),
    outcome: one.status,
    groups: byEntry(findings),
    repairs: one.repairs.map(repairOf),
    stored: one.stored.map(({ type, id, version, written }) => ({
      what: `${type}/${id}`,
      version,
      isNew: written !== false,
    })),
    withdrawn: one.withdrawn.map(({ type, id, version }) => ({ what: `${type}/${id}`, version })),
    replaces: one.replaces,
    replacedBy: one.replacedBy,
    review: {
      state: one.review.state,
      reasons: one.review.reasons,
      marks: one.review.marks.map((mark) => ({
        at: clock(mark.at),
        by: mark.user ?? mark.clientId,
        note: mark.note,
        effect:
          mark.closed === undefined ? '' : mark.closed ? 'Closed the review' : 'Opened the review again',
      })),
    },
    readBy: one.readBy.map(readingOf),
    readByOutside: (one.readByOutside ?? []).map(monthText),
    shown: lines,
  };
}

/** The ids of the patients. A refused submission has none of a stored patient, but may name one by number. */
function patientsOf(
  { patients, patient, nhsNumber }: SubmissionDescription,
  idOf: (nhsNumber: string) => string,
): string[] {
  const named = patients ?? (patient === undefined ? [] : [patient]);
  if (named.length > 0) return named.map((reference) => reference.split('/').at(-1) ?? '');
  return nhsNumber === undefined ? [] : [idOf(nhsNumber)];
}

interface Fact {
  key: string;
  value: string;
}

const fact = (key: string, value: string | undefined): Fact[] =>
  value === undefined ? [] : [{ key, value }];

const summaryOf = (one: SubmissionDescription): Fact[] => [
  ...fact('Received', clock(one.receivedAt)),
  ...fact('Sender', one.sender),
  ...fact('User', one.user),
  ...fact('Road', doorName(one.door)),
  ...fact('NHS number', one.nhsNumber === undefined ? undefined : grouped(one.nhsNumber)),
  ...fact('SHA-256', one.sha256),
];

/** What only a question about the transport needs. */
const technicalOf = (one: SubmissionDescription): Fact[] => [
  ...fact('Submission', one.id),
  ...fact('Client', one.clientId),
  ...fact('Bundle type', one.bundleType),
  ...fact('Media type', one.contentType),
  ...fact('Size', sizeOf(one.size)),
  ...fact('Request', one.requestId),
];

interface Group {
  title: string;
  findings: Finding[];
}

/** In the order of the findings: errors first. */
function byEntry(findings: readonly Finding[]): Group[] {
  const groups = new Map<string, Group>();
  for (const finding of findings) {
    const index = /^Bundle\.entry\[(\d+)\]/.exec(finding.expression ?? '')?.[1];
    const title =
      index === undefined ? 'The whole Bundle' : `Entry ${Number(index) + 1} (Bundle.entry[${index}])`;
    const group = groups.get(title);
    if (group) group.findings.push(finding);
    else groups.set(title, { title, findings: [finding] });
  }
  return [...groups.values()];
}

function repairOf(repair: unknown): object {
  const { norm, path, before, after } = (repair ?? {}) as Record<string, unknown>;
  const text = (value: unknown): string => (value === undefined ? '' : JSON.stringify(value).slice(0, 300));
  return { norm, path, before: text(before), after: text(after) };
}

/** What the readings of a submission are called on its page. Requests without a word here are shown as FHIR names them. */
const interactionsInWords: ReadonlyMap<string, string> = new Map([
  ['$submissions', 'A page of submissions'],
  ['$submission', 'The submission'],
  ['$raw', 'The bytes as received'],
  ['$proof', 'The proof'],
  ['$review', 'The review'],
  ['$access-report', 'Who has seen the data'],
  ['$everything', 'The whole record'],
  ['$pass-on', 'Passed on'],
  ['read', 'Read by id'],
  ['vread', 'A version, read by id'],
  ['search-type', 'A search'],
  ['search-compartment', 'A search of the patient’s data'],
  ['history-instance', 'The history'],
  ['history-type', 'The history'],
  ['history-system', 'The history'],
]);

const readingOf = ({ at, user, clientId, organisation, interaction }: ReadBy): object => ({
  at: clock(at),
  by: user ?? clientId ?? '',
  organisation: organisation ?? '',
  how: interactionsInWords.get(interaction) ?? interaction,
});
