/**
 * Decides which messages a summary becomes for an HL7 v2 listener: what is new, what replaces what the listener has, and
 * what is retracted. Pure functions.
 *
 * As `mdm` each current PDF is a message with a number of its own. What the listener was told before decides between
 * T02 and T10, and under which number (TXA-13); a number that nothing has any more is retracted (T11).
 * @see docs/transports/passing-on.md
 */
import { isInError } from '../../../fhir/in-error';
import { isObject, listOf } from '../../../fhir/types';
import { findIn, pdfsOf, type Find } from './bundle-parts';
import { numbering, type NumberOf } from './document-numbers';
import type { Encoded, Statement } from './statement';
import {
  documentOf,
  type DocumentToSend,
  type SummaryToSend,
  type Told,
  type ToldBefore,
} from './summary-to-send';

export interface ToSend {
  statements: readonly Statement[];
  /** Sentences about what is not sent, without patient data. */
  leftOut: readonly string[];
}

export const NO_PDF = 'the summary contains no PDF to send';
const HISTORY = 'a document that is older than the one stored before it was not sent';
const PASSED_LATER = 'a document was not sent because a later version of it was passed on before';
const NOTHING_RETRACTED = 'nothing that was passed on there is retracted by this submission';
const WITHOUT_PDF = 'a document without a PDF was not sent';

const statusOf = ({ resource }: DocumentToSend): string => String(resource.status);
const isWrong = ({ resource }: DocumentToSend): boolean => isInError(resource);

/** What the listener has, by the id of the PDF: the newest that it was told. */
function knownFrom(told: readonly ToldBefore[]): Map<string, Told> {
  return new Map(told.filter(({ isLater }) => !isLater).map((each) => [each.document, each]));
}

/** The documents that the listener was told about by a later delivery. */
const toldLater = (told: readonly ToldBefore[]): Set<string> =>
  new Set(told.filter(({ isLater }) => isLater).map(({ document }) => documentOf(document)));

/** The documents that may be told about, and why the others are not. */
function tellable(summary: SummaryToSend): { documents: DocumentToSend[]; leftOut: string[] } {
  const later = toldLater(summary.told);
  const leftOut: string[] = [];
  const documents = summary.documents.filter(({ id, isHistory }) => {
    if (isHistory) leftOut.push(HISTORY);
    else if (later.has(id)) leftOut.push(PASSED_LATER);
    else return true;
    return false;
  });
  return { documents, leftOut };
}

/** The messages of the PDFs: retractions first, so that nothing has two current versions. */
export function statementsOfPdfs(summary: SummaryToSend): ToSend {
  const known = knownFrom(summary.told);
  const numberOf = numbering(summary, known);
  const find = findIn(summary.bundle);
  const { documents, leftOut } = tellable(summary);
  const valid = documents.filter((each) => !isWrong(each));
  const made = valid.flatMap((document) => {
    const pdfs = pdfStatements(document, find, { known, numberOf, beside: valid });
    if (pdfs.length === 0 && statusOf(document) === 'current') leftOut.push(WITHOUT_PDF);
    return pdfs;
  });
  const obsolete = made.filter(({ availability }) => availability === 'OB');
  const current = made.filter(({ availability }) => availability !== 'OB');
  const told = new Set(made.map(({ told: { document } }) => document));
  // A replacement names what it replaces, so that needs no retraction.
  const replaced = new Set(made.map(({ parent }) => parent));
  const dropped = retractions(summary, documents, { known, numberOf }).filter(
    (each) => !told.has(each.told.document) && !replaced.has(each.number),
  );
  // What the listener was told before is told again only where there is nothing else to say.
  const fresh = dropped.filter(({ told: { document } }) => known.get(document)?.is !== 'retracted');
  const statements = [...fresh, ...obsolete, ...current];
  return { statements: statements.length === 0 ? dropped : statements, leftOut };
}

/** For a listener that is only to learn what was taken back: what it has no longer, and what is superseded. */
export function retractionsAlone({ statements }: ToSend): ToSend {
  const alone = statements.filter(({ trigger, availability }) => trigger === 'T11' || availability === 'OB');
  return { statements: alone, leftOut: alone.length === 0 ? [NOTHING_RETRACTED] : [] };
}

interface Numbers {
  known: ReadonlyMap<string, Told>;
  numberOf: NumberOf;
}

function pdfStatements(
  document: DocumentToSend,
  find: Find,
  { known, numberOf, beside }: Numbers & { beside: readonly DocumentToSend[] },
): Statement[] {
  const isObsolete = statusOf(document) === 'superseded';
  if (isObsolete && !isWorthTelling(document, known, beside)) return [];
  const { id, resource, stay } = document;
  return pdfsOf(resource, find).map((base64, index): Statement => {
    const key = index === 0 ? id : `${id}#${index + 1}`;
    const number = numberOf(key, resource);
    const before = known.get(key);
    const parent = before?.number ?? (index === 0 ? replacedBy(document, beside, known) : undefined);
    return {
      trigger: parent === undefined ? 'T02' : 'T10',
      number,
      ...(parent === undefined ? {} : { parent }),
      availability: isObsolete ? 'OB' : 'AV',
      document: resource,
      stay,
      content: { subtype: 'PDF', base64 },
      told: { document: key, number, is: 'current' },
    };
  });
}

/** A superseded document is told about if the listener has it, or if the summary has no other. */
function isWorthTelling(
  document: DocumentToSend,
  known: ReadonlyMap<string, Told>,
  beside: readonly DocumentToSend[],
): boolean {
  const others = beside.filter((each) => statusOf(each) === 'current');
  if (others.some((each) => replaces(each, document))) return false;
  return known.get(document.id)?.is === 'current' || others.length === 0;
}

/** The number under which the listener has the document that this one says it replaces, of this summary or another. */
function replacedBy(
  document: DocumentToSend,
  beside: readonly DocumentToSend[],
  known: ReadonlyMap<string, Told>,
): string | undefined {
  const other = beside.find((each) => statusOf(each) === 'superseded' && replaces(document, each));
  const isBeside = (reference: string): boolean => beside.some(({ names }) => names.has(reference));
  const elsewhere = replacedIn(document).filter((reference) => !isBeside(reference));
  const ids = other
    ? [other.id]
    : elsewhere.map((reference) => reference.replace(/^DocumentReference\//, ''));
  return ids.map((id) => known.get(id)).find((before) => before?.is === 'current')?.number;
}

/** Whether a document says that it replaces another one of the same Bundle. */
const replaces = (newer: DocumentToSend, older: DocumentToSend): boolean =>
  replacedIn(newer).some((reference) => older.names.has(reference));

/** The references to the documents that this one says it replaces. */
const replacedIn = ({ resource }: DocumentToSend): string[] =>
  listOf(resource.relatesTo)
    .filter(isObject)
    .flatMap(({ code, target }) => {
      const reference = isObject(target) ? target.reference : undefined;
      return code === 'replaces' && typeof reference === 'string' ? [reference] : [];
    });

/** Retractions of what is entered in error, what was withdrawn, and PDFs that a document has no longer. */
function retractions(
  { withdrawn, told }: SummaryToSend,
  documents: readonly DocumentToSend[],
  { known, numberOf }: Numbers,
): Statement[] {
  const later = toldLater(told);
  const gone = [
    ...documents.map(({ id, resource, stay }) => ({
      id,
      resource,
      stay,
      isWrong: isInError(resource),
    })),
    ...withdrawn
      .filter(({ id }) => !later.has(id))
      .map((each) => ({ ...each, stay: undefined, isWrong: true })),
  ];
  return gone.flatMap(({ id, resource, stay, isWrong: isGone }) => {
    const had = [...known.values()].filter(({ document }) => documentOf(document) === id);
    const retract = (document: string, number: string): Statement => ({
      trigger: 'T11',
      number,
      parent: number,
      availability: 'CA',
      document: resource,
      stay,
      told: { document, number, is: 'retracted' },
    });
    if (had.length > 0) return had.map(({ document, number }) => retract(document, number));
    if (!isGone || !resource) return [];
    return [{ ...retract(id, numberOf(id, resource)), isOptional: true as const }];
  });
}

/** The one message that carries the Bundle. */
export function statementOfBundle(summary: SummaryToSend, content: Encoded): ToSend {
  const known = knownFrom(summary.told);
  const { documents, leftOut } = tellable(summary);
  if (documents.length === 0 && leftOut.length > 0) return { statements: [], leftOut };
  const valid = documents.filter((each) => !isWrong(each));
  const main = valid.find((each) => statusOf(each) === 'current') ?? valid[0] ?? documents[0];
  const before = (main && known.get(main.id)) ?? lastOfLineage(summary.told);
  const [gone] = summary.withdrawn;
  if (!summary.isSummary && valid.length === 0 && (main ?? gone)) {
    const retracted = statementsOfPdfs(summary);
    return { statements: retracted.statements, leftOut };
  }
  const number = main
    ? numbering(summary, known)(main.id, main.resource)
    : (before?.number ?? numbering(summary, known)(summary.submission, undefined));
  const hasNone = valid.length === 0 && (main !== undefined || gone !== undefined);
  const availability = hasNone ? 'UN' : main && statusOf(main) === 'superseded' ? 'OB' : 'AV';
  const statement: Statement = {
    trigger: before ? 'T10' : 'T02',
    number,
    ...(before ? { parent: before.number } : {}),
    availability,
    document: main?.resource,
    stay: main?.stay,
    content,
    told: { document: main?.id ?? before?.document ?? summary.submission, number, is: 'current' },
  };
  return { statements: [statement], leftOut };
}

function lastOfLineage(told: readonly ToldBefore[]): ToldBefore | undefined {
  return told.findLast(({ isLater, isOfLineage }) => isOfLineage && !isLater);
}
