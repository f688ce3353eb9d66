/**
 * Submits what came on another road than HTTP: MESH, a folder, HL7 v2. The sender is an organisation that the site's
 * file names. Its submission meets the same checks, policy, audit and limits as over HTTP.
 * @see docs/transports/README.md
 */
import type { Slices } from '../../fhir/slices';
import { inSlices } from '../../platform/in-slices';
import { meansDatabaseAway } from '../../platform/postgres';
import { textOfBody } from '../../platform/text-of-body';
import type { Caller } from '../../engines/access/caller';
import type { ReadRestriction } from '../../engines/access/policy';
import { parseScopes } from '../../engines/access/scopes';
import type { ScopeRules } from '../../definitions/scope-rules';
import { atTheBase } from './accepted-kinds';
import { decode } from './decode';
import type { SubmitDependencies } from './dependencies';
import { formatOfContent } from './format-of-content';
import { receive } from './receive';
import { refuse, submit, type Submitted } from './submit';
import type { Alongside, DecodedBundle, Door, Failure, Incoming, Origin, Received, Result } from './steps';

/** A road, as the caller of its submissions. */
export interface RoadSender {
  door: Exclude<Door, 'http' | 'cli'>;
  /** The system at the other end, for the audit trail: `mesh:X26ABC2`, `folder`, `hl7v2:RPM|TRUST`. */
  clientId: string;
  /** The ODS code that the site's file gives to it. Without one the sender is the client id. */
  odsCode: string | undefined;
}

export interface OnRoad extends RoadSender {
  /** The received bytes, as they are kept: gzip and transfer encodings undone. */
  bytes: Buffer;
  /** As the sender gave it, or as its content says: `application/fhir+json`. */
  contentType: string;
  /** Told from the content unless it is given. */
  format?: 'json' | 'xml';
  /** The Bundle where the interface has made or decoded it from the bytes; decoded from the bytes unless it is given. */
  decoded?: Result<DecodedBundle>;
  /** The id of the message or the name of the file, for the audit trail and the log. */
  requestId?: string;
  origin?: Origin;
  restates?: Incoming['restates'];
  emptied?: Incoming['emptied'];
  cameOfTheSame?: Incoming['cameOfTheSame'];
  alongside?: Alongside;
}

export interface RoadDependencies {
  submission: SubmitDependencies;
  /** Waits until the site's policy is no older than its maximum age. */
  settlePolicy: () => Promise<void>;
  readRestriction: (caller: Caller) => ReadRestriction;
  handling: Incoming['handling'];
}

/** The submission was handled before: its mark stands, and nothing was written this time. */
export class AlreadyHandled extends Error {
  constructor(cause: unknown) {
    super('The message was handled before.', { cause });
    this.name = 'AlreadyHandled';
  }
}

/**
 * Submits what came, and keeps the outcome. The rows of `alongside` are committed with it.
 * @throws AlreadyHandled when a row of `alongside` stands already; the driver's error when the database is away
 */
export function submitOnRoad(what: OnRoad, dependencies: RoadDependencies): Promise<Submitted> {
  const { tracing } = dependencies.submission;
  return tracing.task(`submission from ${what.door}`, async () => {
    await dependencies.settlePolicy();
    return onlyOnce(what, async (marked) => {
      const received = await tracing.step('receive', () => inSlices(receivedOnRoad(marked, dependencies)));
      const decoded = what.decoded ?? (await tracing.step('decode', () => inSlices(decode(received))));
      return submit(received, decoded, atTheBase, dependencies.submission);
    });
  });
}

/**
 * Keeps a refused submission of something that is never decoded: too large, of an unknown sender or workflow, or in an
 * encoding that cannot be undone. Its bytes are those that were read.
 * @throws as `submitOnRoad`
 */
export function refuseOnRoad(
  what: OnRoad,
  failure: Failure,
  dependencies: RoadDependencies,
): Promise<Submitted> {
  const { tracing } = dependencies.submission;
  return tracing.task(`submission from ${what.door}`, async () => {
    return onlyOnce(what, async (marked) => {
      const received = await tracing.step('receive', () => inSlices(receivedOnRoad(marked, dependencies)));
      return refuse(received, failure, dependencies.submission);
    });
  });
}

/**
 * Records in the audit trail that handling this ended in an internal error. While the database is away nothing can be
 * recorded, and the sender or the road tries again. Never throws: the caller logs the error itself.
 */
export async function recordFailure(
  what: OnRoad,
  error: unknown,
  dependencies: RoadDependencies,
): Promise<void> {
  if (error instanceof AlreadyHandled || meansDatabaseAway(error)) return;
  try {
    const received = await inSlices(receivedOnRoad(what, dependencies));
    await dependencies.submission.commit.onFailure?.(received, {
      status: 500,
      remark: 'the server failed to handle it, and stored nothing of it',
      nhsNumbers: [],
    });
  } catch {
    // What went wrong first is in the log.
  }
}

/** The most NHS numbers that the record of such an attempt names. Nothing was shown or written about any of them. */
const MOST_NAMED = 200;

/**
 * Records in the audit trail a message of which only a part came, with the NHS numbers in that part.
 * @param what its `bytes` are what came
 * @throws when it cannot be recorded
 */
export async function recordIncomplete(
  what: OnRoad,
  why: string,
  dependencies: RoadDependencies,
): Promise<void> {
  const { commit } = dependencies.submission;
  const received = await inSlices(receivedOnRoad(what, dependencies));
  const named = [...(await inSlices(commit.nhsNumbersInBody(textOfBody(what.bytes))))];
  const more = named.length > MOST_NAMED ? '; it names more patients than this record lists' : '';
  await commit.onFailure?.(received, {
    status: commit.statusOf('unreadable'),
    remark: `it did not come whole, and nothing of it was stored: ${why}${more}`,
    nhsNumbers: named.slice(0, MOST_NAMED),
  });
}

const UNIQUE_VIOLATION = '23505';

/** A unique violation in a table of the marks says that the message was handled; in any other it is an error. */
export async function onlyOnce(
  what: OnRoad,
  submitted: (marked: OnRoad) => Promise<Submitted>,
): Promise<Submitted> {
  const tables = new Set<unknown>();
  const marked: OnRoad = { ...what };
  const { alongside } = what;
  if (alongside)
    marked.alongside = (ending) => {
      const rows = alongside(ending);
      for (const { table } of rows) tables.add(table);
      return rows;
    };
  try {
    return await submitted(marked);
  } catch (error) {
    const { code, table } = error as { code?: unknown; table?: unknown };
    throw code === UNIQUE_VIOLATION && tables.has(table) ? new AlreadyHandled(error) : error;
  }
}

function receivedOnRoad(
  what: OnRoad,
  { submission, readRestriction, handling }: RoadDependencies,
): Slices<Received> {
  const { door, bytes, contentType, requestId, origin, restates, emptied, cameOfTheSame, alongside } = what;
  const caller = roadCaller(what);
  return receive(
    {
      door,
      caller,
      reach: readRestriction(caller),
      bytes,
      contentType,
      format: what.format ?? formatOfContent(bytes),
      handling,
      ...(requestId === undefined ? {} : { requestId }),
      ...(origin === undefined ? {} : { origin }),
      ...(restates === undefined ? {} : { restates }),
      ...(emptied === undefined ? {} : { emptied }),
      ...(cameOfTheSame === undefined ? {} : { cameOfTheSame }),
      ...(alongside === undefined ? {} : { alongside }),
    },
    submission.newId,
    submission.now(),
  );
}

const NO_TYPES: ScopeRules = { namedOnly: new Set(), follows: new Map() };

/** It may submit, and do nothing else: a condition in its Bundle finds by business identifiers only. */
function roadCaller({ door, clientId, odsCode }: RoadSender): Caller {
  return {
    clientId,
    sender: odsCode ?? clientId,
    ...(odsCode === undefined ? {} : { odsCode }),
    scopes: parseScopes('system/Bundle.c', NO_TYPES),
    issuer: `urn:homeward:${door}`,
  };
}

/** What was read of it is kept: `bytes` end where the limit was passed. */
export const tooLarge = (maxBodyBytes: number): Failure => ({
  category: 'too-large',
  issues: [
    {
      severity: 'error',
      code: 'too-long',
      rule: 'road-too-large',
      text: `It is larger than ${maxBodyBytes} bytes, the limit of this server. Send a smaller document.`,
    },
  ],
});

/** @param sentence what is wrong, such as that a gzip stream ends early, and what would be right */
export const unreadable = (sentence: string): Failure => ({
  category: 'unreadable',
  issues: [{ severity: 'fatal', code: 'structure', rule: 'road-unreadable', text: sentence }],
});

/** For what the server has failed with again and again, while it handled others. */
export const notHandled: Failure = {
  category: 'invalid',
  issues: [
    {
      severity: 'error',
      code: 'exception',
      rule: 'road-not-handled',
      text: 'This server failed several times to process the message. Ask its operator: the log of the server has the reason.',
    },
  ],
};

/** @param name the system, as it names itself */
export const unknownSender = (name: string): Failure => ({
  category: 'forbidden',
  issues: [
    {
      severity: 'error',
      code: 'forbidden',
      rule: 'road-unknown-sender',
      text: `This server does not know the sender ${name}. Ask its operator to add it.`,
    },
  ],
});

export const unknownWorkflow = (workflow: string): Failure => ({
  category: 'invalid',
  issues: [
    {
      severity: 'error',
      code: 'not-supported',
      rule: 'road-unknown-workflow',
      text: `This server accepts no messages of the workflow ${workflow}. Ask its operator for the right one.`,
    },
  ],
});
