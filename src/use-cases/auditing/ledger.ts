/**
 * What an auditor asks of the ledger: whether it is whole, and the proof of one submission.
 *
 * @example
 * const { answer } = await verifyLedger(auditing); // { status: 'pass', … }
 * const proof = await proofOfSubmission(reader, submissionId, auditing);
 * record(proof.disclosed);
 *
 * @see docs/ledger.md
 */
import { isUuid } from '../../fhir/uuid';
import type { Head } from '../../engines/ledger/head';
import { lastSeal, lastVerified, type VerifiedAt } from '../../engines/ledger/seal-state';
import type { LedgerHealth } from '../../engines/ledger/open-ledger';
import type { Proof } from '../../engines/ledger/proof';
import type { Verification } from '../../engines/ledger/verify';
import { type Answered, answered, disclosing, failed } from '../call/answered';
import { nothing } from '../call/disclosed';
import type { Reader } from '../call/reader';
import type { AuditingDependencies } from './dependencies';
import { unknownSubmission } from './submissions';

/** How long one verification may take; a large ledger is continued at the next call. */
const BUDGET_MILLIS = 10_000;

export async function verifyLedger({
  ledger,
}: Pick<AuditingDependencies, 'ledger'>): Promise<Answered<Verification, never>> {
  return answered(await ledger.verify(BUDGET_MILLIS), nothing);
}

export interface LedgerState extends LedgerHealth {
  keyId: string;
  /** The newest seal; absent before the first. */
  seal?: Head;
  lastVerified?: VerifiedAt;
}

/** The state of the ledger as it is known without verifying it. */
export async function ledgerState({
  database,
  ledger,
}: Pick<AuditingDependencies, 'database' | 'ledger'>): Promise<Answered<LedgerState, never>> {
  const [seal, verified] = await Promise.all([lastSeal(database), lastVerified(database)]);
  const state = {
    ...ledger.health(),
    keyId: ledger.keyId,
    ...(seal ? { seal } : {}),
    ...(verified ? { lastVerified: verified } : {}),
  };
  return answered(state, nothing);
}

export type SubmissionProof = ({ status: 'sealed' } & Proof) | { status: 'pending'; submission: string };

export async function proofOfSubmission(
  _reader: Reader,
  asked: string,
  { ledger }: Pick<AuditingDependencies, 'ledger'>,
): Promise<Answered<SubmissionProof>> {
  const id = asked.toLowerCase();
  const proof = isUuid(id) ? await ledger.proofOf(id) : undefined;
  if (proof === undefined) return disclosing(unknownSubmission());
  const disclosed = { ...nothing, resources: [`Bundle/${id}`] };
  if (proof === 'pending') return answered({ status: 'pending', submission: id }, disclosed);
  if (proof !== 'broken') return answered({ status: 'sealed', ...proof }, disclosed);
  return disclosing(
    failed('conflict', {
      code: 'conflict',
      rule: 'ledger-broken',
      text: 'The submission has changed since it was sealed, so the server cannot prove it. GET /ledger/verify says what is wrong.',
    }),
    disclosed,
  );
}
