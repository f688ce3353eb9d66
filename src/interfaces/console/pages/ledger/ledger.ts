/** `/console/ledger`: whether the ledger is sealed, anchored and whole. */
import type { Verification } from '../../../../engines/ledger/verify';
import { answered, certain } from '../../../../use-cases/call/answered';
import { nothing } from '../../../../use-cases/call/disclosed';
import { ledgerState, verifyLedger, type LedgerState } from '../../../../use-cases/auditing/ledger';
import { personOf, type Page, type Shown } from '../../page';
import { clock, monthText } from '../../text';

const PATH = '/console/ledger';

export const ledger: Page = {
  method: 'GET',
  path: PATH,
  roles: ['auditor', 'operator'],
  navigation: 'Ledger',
  show: async (_visit, { auditing }) => answered(pageOf(certain(await ledgerState(auditing))), nothing),
};

export const verifyNow: Page = {
  method: 'POST',
  path: PATH,
  roles: ['auditor', 'operator'],
  audit: { action: 'E', interaction: '$ledger-verify' },
  show: async (visit, { auditing }) => {
    const verification = certain(await verifyLedger(auditing));
    const state = certain(await ledgerState(auditing));
    const lastVerified = { at: visit.context.now, by: personOf(visit).name };
    return answered(pageOf({ ...state, lastVerified }, verification), nothing);
  },
};

function pageOf(state: LedgerState, verification?: Verification): Shown {
  const { seal, lastVerified, keyId, anchors, alarms, shape, failing, oldestUnsealed } = state;
  return {
    kind: 'page',
    template: 'pages/ledger/ledger.njk',
    title: 'Ledger',
    values: {
      rows: [
        { key: 'Sealed through', value: seal ? clock(seal.sealedAt) : 'Nothing is sealed yet' },
        { key: 'Records sealed', value: seal ? String(seal.total) : '0' },
        {
          key: 'Waiting since',
          value: oldestUnsealed ? clock(oldestUnsealed) : 'Nothing waits for its seal',
        },
        {
          key: 'Last verified',
          value: lastVerified ? `${clock(lastVerified.at)}, by ${lastVerified.by}` : 'Not yet',
        },
        { key: 'Key fingerprint', value: `SHA-256 ${keyId}` },
      ],
      anchors: anchors.map(({ name, failingSince }) => ({
        name,
        state: failingSince ? `Not writable since ${clock(failingSince)}` : 'Works',
        works: failingSince === undefined,
      })),
      problems: [
        ...(failing ? [`Sealing has failed since ${clock(failing.since)}.`] : []),
        ...[...alarms, ...shape].map(({ text }) => text),
      ],
      verification: verification && verdictOf(verification, seal?.total ?? 0),
    },
  };
}

/** @param total the records that are sealed */
function verdictOf(
  { status, complete, records, heads, faults, faultCount, monthsNotCompared = [] }: Verification,
  total: number,
): object {
  const isSound = status === 'pass';
  const share = Math.min(99, Math.floor((100 * records) / Math.max(1, total, records)));
  return {
    isSound,
    title: !isSound ? 'Faults were found' : complete ? 'The ledger is whole' : 'No fault so far',
    sentence:
      complete || monthsNotCompared.length > 0
        ? `${records} records under ${heads} seals were checked.`
        : `${records} of ${Math.max(total, records)} records were checked so far (${share} %). Select Verify now to go on.`,
    months: monthsNotCompared.map(monthText).join(', '),
    faults: faults
      .slice(0, 100)
      .map(({ text, seal }) => (seal === undefined ? text : `${text} (seal ${seal})`)),
    more: Math.max(0, faultCount - Math.min(100, faults.length)),
  };
}
