/** Submits what a message carries, or keeps it as a refused submission, and says what the answer is. */
import { own } from '../../fhir/own-property';
import {
  success,
  type DecodedBundle,
  type Result,
  type SubmissionFailureCategory,
} from '../../use-cases/submitting/steps';
import { issues, type RegisteredId } from '../../definitions/issues';
import type { Slices } from '../../fhir/slices';
import { inSlices } from '../../platform/in-slices';
import { inTurn } from '../../platform/in-turn';
import type { Submitted } from '../../use-cases/submitting/submit';
import {
  AlreadyHandled,
  recordFailure,
  refuseOnRoad,
  submitOnRoad,
  tooLarge,
  type OnRoad,
  type RoadDependencies,
} from '../../use-cases/submitting/submit-on-road';
import { withField, type Answer } from './acknowledge';
import { MESSAGE_TYPE } from './bundle-of-message';
import { charsetNamed, decodeAsInSlices } from './charset';
import type { Hl7v2Dependencies } from './dependencies';
import { namedIn } from './document-numbers';
import { fault, type Fault } from './fault';
import { senderName, withoutMark, type Head } from './head';
import { faultsOfControlId, reasonsNotToTake } from './judge-header';
import type { Places } from './mapping/places';
import { readMessageInSlices, type Message, type Unreadable } from './message';
import { prepareMessage } from './prepare-message';
import type { Prepared } from './prepared';
import { NOTHING, type Remarks } from './remarks';

/** A message as it came from a connection. */
export interface Arrived {
  bytes: Buffer;
  /** True when the message was larger than a frame may be, and the bytes are only its beginning. */
  isTooLarge: boolean;
  /** The address of the sender. */
  address: string | undefined;
}

/**
 * An internal error is recorded in the audit trail, where the sender is known.
 * @throws DatabaseUnavailable when nothing could be kept
 */
export async function submitMessage(
  head: Head,
  arrived: Arrived,
  dependencies: Hl7v2Dependencies,
): Promise<Answer> {
  const odsCode = own(dependencies.senders(), senderName(head));
  const road = roadOf(head, arrived, odsCode);
  try {
    return await submitOn(road, head, arrived, dependencies);
  } catch (error) {
    if (odsCode !== undefined) await recordFailure(road, error, dependencies.submitting);
    throw error;
  }
}

async function submitOn(
  road: OnRoad,
  head: Head,
  arrived: Arrived,
  dependencies: Hl7v2Dependencies,
): Promise<Answer> {
  const { takesTests, maxBodyBytes, submitting, keepsOfStranger } = dependencies;
  const { odsCode } = road;
  const refuse = async (
    code: 'AE' | 'AR',
    faults: readonly Fault[],
    alongside?: OnRoad['alongside'],
  ): Promise<Answer> => {
    const named = faults.map(({ issue, place }) => ({ issue: withField(issue, place), place }));
    const category = categoryOf(named);
    const most =
      odsCode === undefined ? MOST_OF_A_STRANGER : category === 'too-large' ? maxBodyBytes : undefined;
    const kept = { ...road, bytes: road.bytes.subarray(0, most) };
    const failure = { category, issues: named.map(({ issue }) => issue) };
    if (odsCode !== undefined || keepsOfStranger(arrived.address))
      await onlyOnce(alongside, (rows) =>
        refuseOnRoad({ ...kept, ...(rows ? { alongside: rows } : {}) }, failure, submitting),
      );
    return { code, faults: named };
  };

  const reasons = reasonsNotToTake(head, { takesTests, isKnown: odsCode !== undefined });
  if (reasons.length > 0 || odsCode === undefined) return refuse('AR', reasons);
  const unnamed = faultsOfControlId(head);
  if (arrived.isTooLarge) return refuse('AE', [...unnamed, ...tooLargeFaults(maxBodyBytes)]);
  const read = await inSlices(textOf(head, arrived.bytes));
  if (!read.ok || unnamed.length > 0) return refuse('AE', [...unnamed, ...(read.ok ? [] : read.faults)]);

  const { message } = read;
  // A replacement and its parent may come on two connections at the same moment.
  const { document, parent } = namedIn(message, head, odsCode);
  const turns = [document, parent].flatMap((number) =>
    number === undefined ? [] : [`hl7v2 ${odsCode} ${number}`],
  );
  return inTurn(turns, submitting.submission.match.turnTimeoutMillis, async () => {
    const prepared = await prepareMessage({ message, head, odsCode, bytes: arrived.bytes }, dependencies);
    return prepared.ok
      ? submitPrepared(road, prepared.value, submitting)
      : refuse('AE', prepared.faults, prepared.alongside);
  });
}

async function submitPrepared(
  road: OnRoad,
  { places, alongside, beside = NOTHING, ...body }: Prepared,
  submitting: RoadDependencies,
): Promise<Answer> {
  const { decoded } = body;
  // Of a message that was accepted before, this was done.
  const keeps = alongside !== undefined && beside.issues.length > 0 && decoded?.ok === true;
  const what = keeps ? { ...body, decoded: await keptBeside(road, beside, decoded.value, submitting) } : body;
  const located = placing(submitting, places);
  const submitted = await onlyOnce(alongside, (rows) =>
    submitOnRoad({ ...road, ...what, ...(rows ? { alongside: rows } : {}) }, located),
  );
  return answerOf(submitted, places);
}

/**
 * Keeps the whole message as a refused submission, because only its Bundle is submitted.
 * @returns the Bundle with warnings that name the refused submission
 */
async function keptBeside(
  road: OnRoad,
  { issues: found, review }: Remarks,
  bundle: DecodedBundle,
  dependencies: RoadDependencies,
): Promise<Result<DecodedBundle>> {
  const kept = await refuseOnRoad(road, { category: 'invalid', issues: found }, dependencies);
  const where = kept.ok
    ? ''
    : ` The whole message is kept as the refused submission ${kept.refusal.submissionId}.`;
  const warnings = found.map((issue) => ({ ...issue, text: `${issue.text}${where}` }));
  return success({
    ...bundle,
    issues: [...bundle.issues, ...warnings],
    remarked: [...(bundle.remarked ?? []), ...review],
  });
}

/** When the same message was handled at the same moment, its mark is there, and this is a resend. */
async function onlyOnce(
  alongside: OnRoad['alongside'],
  submitted: (alongside: OnRoad['alongside']) => Promise<Submitted>,
): Promise<Submitted> {
  if (!alongside) return submitted(undefined);
  try {
    return await submitted(alongside);
  } catch (error) {
    if (!(error instanceof AlreadyHandled)) throw error;
    return submitted(undefined);
  }
}

function answerOf(submitted: Submitted, places: Places): Answer {
  if (submitted.ok) return { code: 'AA', submissionId: submitted.receipt.submissionId };
  const { issues: found } = submitted.refusal.failure;
  return { code: 'AE', faults: found.map((issue) => ({ issue, place: places(issue.expression) })) };
}

/** Each issue of the submission says the field that it is about. */
function placing(road: RoadDependencies, places: Places): RoadDependencies {
  const { validate } = road.submission;
  return {
    ...road,
    submission: {
      ...road.submission,
      validate: {
        ...validate,
        presentable: (found) =>
          validate.presentable(found.map((issue) => withField(issue, places(issue.expression)))),
      },
    },
  };
}

const MAX_REQUEST_ID = 200;
/** How much is kept of a message whose sender is not known: anybody could fill the disk. */
const MOST_OF_A_STRANGER = 1024 * 1024;

/** @param odsCode that of its sender, where the sender is known */
export function roadOf(
  head: Head,
  { bytes, address }: Pick<Arrived, 'bytes' | 'address'>,
  odsCode: string | undefined,
): OnRoad {
  const requestId = printable(head.controlId).slice(0, MAX_REQUEST_ID);
  return {
    door: 'hl7v2',
    clientId: `hl7v2:${printable(senderName(head)).slice(0, MAX_REQUEST_ID)}`,
    odsCode,
    bytes,
    contentType: MESSAGE_TYPE,
    ...(requestId === '' ? {} : { requestId }),
    origin: {
      ...(address === undefined ? {} : { address }),
      target: printable(`MLLP ${head.type}^${head.trigger}`).slice(0, MAX_REQUEST_ID),
    },
  };
}

/** Without control characters, which PostgreSQL or a log would not take. */
// eslint-disable-next-line no-control-regex
const printable = (text: string): string => text.replace(/[\u0000-\u001f\u007f]/g, '').trim();

const tooLargeFaults = (maxBodyBytes: number): Fault[] =>
  tooLarge(maxBodyBytes).issues.map((issue) => ({ issue }));

const UNREADABLE: Readonly<Record<Unreadable, [RegisteredId, string]>> = {
  'no-header': ['hl7v2-not-hl7', 'The message does not begin with an MSH segment.'],
  'control-characters': [
    'hl7v2-not-hl7',
    'The message contains a byte 0x00 or 0x0B, which begins another message. Send one whole message in a frame.',
  ],
  'too-many-fields': [
    'hl7v2-too-many-fields',
    'The message has more segments, fields or components than this server reads. Escape the separators in texts, or send fewer results.',
  ],
};

function* textOf(
  head: Head,
  bytes: Buffer,
): Slices<{ ok: true; message: Message } | { ok: false; faults: readonly Fault[] }> {
  const place = { segment: 'MSH', sequence: 1, field: 18 };
  const charset = charsetNamed(head.charsetName);
  if (charset === undefined)
    return {
      ok: false,
      faults: [
        fault(
          'hl7v2-charset',
          'MSH-18 is not a character set that this server reads. Send ASCII, 8859/1 or UNICODE UTF-8, and the message in it.',
          place,
        ),
      ],
    };
  const text = yield* decodeAsInSlices(charset, withoutMark(bytes));
  yield;
  if (text === undefined)
    return {
      ok: false,
      faults: [
        fault(
          'hl7v2-charset',
          `The message is not in the character set of MSH-18 (${charset === 'ascii' ? 'ASCII' : 'UTF-8, also where MSH-18 is empty'}). Name its character set in MSH-18.`,
          place,
        ),
      ],
    };
  const read = yield* readMessageInSlices(text, charset);
  return read.ok ? read : { ok: false, faults: [fault(...UNREADABLE[read.why])] };
}

/** The category of a refusal: that of its first fault. */
function categoryOf(faults: readonly Fault[]): SubmissionFailureCategory {
  const rule = faults[0]?.issue.rule;
  const entry = rule !== undefined && Object.hasOwn(issues, rule) ? issues[rule as RegisteredId] : undefined;
  const category = entry && 'category' in entry ? entry.category : undefined;
  return (category ?? 'invalid') as SubmissionFailureCategory;
}
