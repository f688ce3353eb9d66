/** `GET /ledger/verify` and `GET /submissions/<id>/proof`. @see docs/ledger.md */
import type { Proof } from '../../../engines/ledger/proof';
import type { Verification } from '../../../engines/ledger/verify';
import { isUuid } from '../../../platform/ids';
import { type Answer, type RequestContext, refused } from '../request-context';

export interface LedgerDependencies {
  ledger: {
    verify(budgetMillis: number): Promise<Verification>;
    proofOf(submissionId: string): Promise<Proof | 'pending' | 'broken' | undefined>;
  };
}

/** How long one verification over HTTP may take; a large ledger is gone on with at the next request. */
const BUDGET_MILLIS = 10_000;

export async function verifyLedger({ ledger }: LedgerDependencies): Promise<Answer> {
  return asJson(200, await ledger.verify(BUDGET_MILLIS));
}

export async function proofOfSubmission(
  context: RequestContext,
  { ledger }: LedgerDependencies,
): Promise<Answer> {
  const id = context.path.id ?? '';
  const proof = isUuid(id) ? await ledger.proofOf(id.toLowerCase()) : undefined;
  if (proof === undefined) {
    throw refused('not-found', {
      code: 'not-found',
      rule: 'http-unknown-resource',
      text: 'There is no submission with this id.',
    });
  }
  context.audit.resources.push(`Bundle/${id.toLowerCase()}`);
  if (proof === 'pending') {
    return {
      ...asJson(200, { status: 'pending', submission: id.toLowerCase() }),
      headers: { 'Retry-After': '1' },
    };
  }
  if (proof === 'broken') {
    throw refused('conflict', {
      code: 'conflict',
      rule: 'ledger-broken',
      text: 'The submission is not as it was sealed, so nothing can be proven of it; GET /ledger/verify says what is wrong.',
    });
  }
  return asJson(200, { status: 'sealed', ...proof });
}

const asJson = (status: number, value: object): Answer => ({
  status,
  bytes: { contentType: 'application/json; charset=utf-8', body: Buffer.from(`${JSON.stringify(value)}\n`) },
});
