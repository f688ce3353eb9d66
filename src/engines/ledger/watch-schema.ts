/** Compares the definitions of the database with those of this version once a minute, for `/_status` and the log. */
import type { Database } from '../../platform/postgres';
import { checkSchema } from './check-schema';
import { expectedSchema } from './expected-schema';
import { Faults, type Fault } from './fault';

export interface SchemaWatch {
  /** The differences found by the last comparison. */
  faults(): readonly Fault[];
  stop(): Promise<void>;
}

const FIRST_AFTER_MILLIS = 10_000;
const EVERY_MILLIS = 60_000;

/** @param onFault called once for each difference, as long as it lasts */
export function watchSchema(database: Database, onFault: (fault: Fault) => void): SchemaWatch {
  let found: readonly Fault[] = [];
  let running = Promise.resolve();
  const look = async (): Promise<void> => {
    const faults = new Faults();
    try {
      await checkSchema(database, expectedSchema, faults);
    } catch {
      return; // The database is away: others say so.
    }
    const before = new Set(found.map(({ text }) => text));
    found = faults.list;
    for (const fault of found) if (!before.has(fault.text)) onFault(fault);
  };
  const next = (millis: number): NodeJS.Timeout =>
    setTimeout(() => {
      running = look().then(() => {
        timer = next(EVERY_MILLIS);
      });
    }, millis).unref();
  let timer = next(FIRST_AFTER_MILLIS);
  return {
    faults: () => found,
    stop: async () => {
      clearTimeout(timer);
      await running;
      clearTimeout(timer);
    },
  };
}
