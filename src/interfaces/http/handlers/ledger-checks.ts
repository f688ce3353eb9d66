/**
 * The checks of the ledger for `/_status`: whether it is sealed, whether the chain is complete, whether it is anchored.
 */
import type { Fault } from '../../../engines/ledger/fault';
import type { LedgerHealth } from '../../../engines/ledger/open-ledger';

export interface Check {
  componentType: 'component';
  /** Distinguishes checks of one name: an anchor's path or address. */
  componentId?: string;
  status: 'pass' | 'warn' | 'fail';
  output?: string;
}

/** A seal that fails or waits for less than this is normal: sealing is tried again every second. */
const SEALING_MAY_WAIT_MILLIS = 60_000;

/** Checks by their names, in the form of health+json. */
export function ledgerChecks(health: LedgerHealth, now: number): Record<string, Check[]> {
  const checks: Record<string, Check[]> = {
    'ledger:sealing': [sealing(health, now)],
    'ledger:chain': [alarmed(health.alarms)],
    'ledger:shape': [alarmed(health.shape)],
  };
  const anchors = health.anchors.map(({ name, failingSince }) =>
    failingSince === undefined
      ? pass({ componentId: name })
      : { ...warn(`not writable since ${failingSince.toISOString()}: ${name}`), componentId: name },
  );
  if (anchors.length > 0) checks['ledger:anchor'] = anchors;
  return checks;
}

function sealing({ failing, oldestUnsealed }: LedgerHealth, now: number): Check {
  if (failing?.isHarmed)
    return warn(
      `fails since ${failing.since.toISOString()}: a table or column of the ledger is missing or was changed; to find out which, run: homeward ledger verify`,
    );
  if (failing && now - failing.since.getTime() >= SEALING_MAY_WAIT_MILLIS)
    return warn(`fails since ${failing.since.toISOString()}; see the log`);
  if (oldestUnsealed && now - oldestUnsealed.getTime() >= SEALING_MAY_WAIT_MILLIS)
    return warn(
      `records have waited to be sealed since ${oldestUnsealed.toISOString()}; look for a transaction that has been open since then`,
    );
  return pass();
}

/** An alarm does not stop the service: requests are served, and an operator must investigate. */
function alarmed([first, ...others]: readonly Fault[]): Check {
  if (!first) return pass();
  const more = others.length > 0 ? ` (and ${others.length} more: homeward ledger verify)` : '';
  return { componentType: 'component', status: 'fail', output: `${first.text}${more}` };
}

const pass = (more: { componentId?: string } = {}): Check => ({
  componentType: 'component',
  status: 'pass',
  ...more,
});

const warn = (output: string): Check => ({ componentType: 'component', status: 'warn', output });
