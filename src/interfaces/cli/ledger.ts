/** `homeward ledger verify | export | key`: proves that no record was changed after it was made. @see docs/ledger.md */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { sealedTables } from '../../app/what-is-stored';
import { pendingResources } from '../../app/indexed-resources';
import { AUDIT_SECRET } from '../../use-cases/auditing/open-trail';
import type { Config } from '../../config';
import { openAnchor, type Anchor } from '../../engines/ledger/anchor';
import { exportLedger } from '../../engines/ledger/export';
import { meansHarm } from '../../engines/ledger/missing-table';
import { openLedgerKey, readPublicKey, storedPublicKey } from '../../engines/ledger/keys';
import { calledIn, databaseName, openNodeMemory, putMemoryAway } from '../../engines/ledger/node-memory';
import { createVerifier, type Verification } from '../../engines/ledger/verify';
import { verifyExport } from '../../engines/ledger/verify-export';
import { hasVisibleText } from '../../platform/visible-text';
import type { Database } from '../../platform/postgres';
import { readSecret, secret } from '../../engines/store/secrets';
import { defineCommand, failed, usageFault } from './command';
import {
  ANCHOR,
  anchorFault,
  counted,
  faultLines,
  isEndpoint,
  isReadable,
  KEY,
  keyIn,
} from './ledger-options';
import { recordAct } from './record-act';
import { openCommandDatabase } from './open-database';
import { settings } from './settings';

export const ledgerVerify = defineCommand({
  name: 'ledger verify',
  purpose: 'check that no recorded data was changed',
  about: [
    'Reads every sealed record of the database, or an export of its ledger. It works while a server is running, applies no migrations, and records in the audit trail that it ran.',
    'Exit code: 0 if the ledger verifies, 1 if it does not. What to do then: docs/operating.md.',
  ],
  options: {
    export: {
      value: 'FILE',
      meaning: 'verify this export instead of the database',
      unlessGiven: 'the database',
    },
    key: KEY,
    anchor: ANCHOR,
    json: { meaning: 'print the verification as JSON' },
  },
  examples: [
    'npx homeward ledger verify',
    'npx homeward ledger verify --key key.pem --anchor n1.jsonl --anchor n2.jsonl',
    'npx homeward ledger verify --export ledger.jsonl --key key.pem',
  ],
  run: async ({ values }, env, stop) => {
    const key = values.key === undefined ? undefined : await keyIn(values.key, stop);
    if (key === null) return failed(`${values.key} holds no public key of a ledger (Ed25519, PEM).`, 66);
    const fault = await anchorFault(values.anchor, 'ledger verify');
    if (fault !== undefined) return fault;
    const anchors = values.anchor.map(openAnchor);
    const { json } = values;
    if (values.export !== undefined) return verifyFile(values.export, { key, given: anchors, json, stop });
    return withConfig(env, (config) => verifyDatabase(config, { key, given: anchors, json, stop }));
  },
});

export const ledgerExport = defineCommand({
  name: 'ledger export',
  purpose: 'write the ledger to a file that can be verified without the database',
  operands: { name: 'FILE', meaning: 'the file to write, which must not exist yet' },
  options: {},
  examples: ['npx homeward ledger export ledger.jsonl'],
  run: async ({ operands: [file = ''] }, env, stop) =>
    withConfig(env, (config) => exportTo(config, file, stop)),
});

export const ledgerKey = defineCommand({
  name: 'ledger key',
  purpose: 'print the public key of the ledger, to keep outside the database',
  options: {},
  examples: ['npx homeward ledger key > key.pem'],
  run: async (_given, env) => withConfig(env, printKey),
});

export const ledgerAccept = defineCommand({
  name: 'ledger accept',
  purpose: 'end the alarms of this node after an intended restore',
  about: [
    'The heads that the node recorded (in DATA_DIR) are kept in another file. The audit trail records who accepted them and why.',
  ],
  options: {
    reason: { value: '"TEXT"', meaning: 'the reason, for the audit trail', required: true },
  },
  examples: ['npx homeward ledger accept --reason "restored from the backup of 27 November"'],
  run: async ({ values }, env) => {
    const reason = values.reason.trim();
    if (!hasVisibleText(reason)) return usageFault('--reason needs some words.', 'ledger accept');
    return withConfig(env, (config) => acceptAlarms(config, reason));
  },
});

async function withConfig(
  env: NodeJS.ProcessEnv,
  work: (config: Config) => Promise<number>,
): Promise<number> {
  const config = settings(env);
  return config ? work(config) : 78;
}

async function verifyFile(path: string, { key, given: anchors, json, stop }: VerifyOptions): Promise<number> {
  const knownHeads = (await Promise.all(anchors.map((anchor) => anchor.heads()))).flat();
  let verification;
  try {
    const options = { ...(key === undefined ? {} : { publicKey: key }), knownHeads };
    verification = await verifyExport(path, options, stop);
  } catch {
    stop?.throwIfAborted();
    return failed(`${path} cannot be read.`, 66);
  }
  if (!verification) return failed(`${path} is not an export of a ledger.`, 66);
  const compared = anchors.length === 0 ? undefined : knownHeads.length;
  return report(verification, { json, isKeyGiven: key !== undefined, compared });
}

interface VerifyOptions {
  key: string | undefined;
  given: readonly Anchor[];
  json: boolean;
  stop: AbortSignal | undefined;
}

async function verifyDatabase(config: Config, { key, given, json, stop }: VerifyOptions): Promise<number> {
  const opened = await openCommandDatabase(config, { stop, migrates: false });
  const { database, documents, close } = opened;
  try {
    const anchors = [...given];
    if (config.ledgerAnchor !== undefined) {
      const anchor = openAnchor(config.ledgerAnchor);
      anchors.push(anchor);
      if (!isEndpoint(config.ledgerAnchor) && !(await isReadable(anchor.name)))
        process.stderr.write(
          `homeward: LEDGER_ANCHOR ${anchor.name} cannot be read, so the ledger was not compared with it.\n`,
        );
    }
    const publicKey = key ?? (await orNone(storedPublicKey(database))) ?? '';
    const keyId = readPublicKey(publicKey)?.id ?? '';
    const called = await calledIn(database, config.mode === 'sandbox');
    const memory = await openNodeMemory(config.dataDir, await databaseName(database), keyId, called);
    let compared: number | undefined;
    const verifier = createVerifier({
      database,
      publicKey,
      auditKey: (await orNone(readSecret(database, AUDIT_SECRET))) ?? Buffer.alloc(0),
      tables: sealedTables,
      pending: () => pendingResources(database),
      readOutside: documents.readOutside,
      readMonthFile: opened.monthFiles.read,
      known: async () => {
        const { heads, alarms } = await memory.read();
        const anchored = await Promise.all(anchors.map((anchor) => anchor.heads()));
        if (anchors.length > 0) compared = anchored.flat().length;
        return { heads: [...heads, ...anchored.flat()], alarms };
      },
    });
    const verification = await verifier.verify();
    await recordVerification(database, config, verification);
    return report(verification, { json, isKeyGiven: key !== undefined, compared });
  } finally {
    await close();
  }
}

/** What is read, or undefined when the table is missing: verification reports that. */
async function orNone<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (meansHarm(error)) return undefined;
    throw error;
  }
}

/**
 * Records a verification. A database that cannot be written to (a standby, or one that was altered) can still be
 * verified.
 */
async function recordVerification(
  database: Database,
  config: Config,
  { status, faultCount }: Verification,
): Promise<void> {
  const remark = `${status}, ${counted(faultCount, 'fault')}`;
  await recordAct(database, config, '$ledger-verify', remark, { target: 'homeward ledger verify' }).catch(
    () => {
      process.stderr.write('homeward: the verification could not be recorded in the audit trail\n');
    },
  );
}

interface Reporting {
  json: boolean;
  isKeyGiven: boolean;
  /** The heads of the anchors; undefined where there is no anchor. */
  compared: number | undefined;
}

function report(verification: Verification, { json, ...rest }: Reporting): number {
  if (json) process.stdout.write(`${JSON.stringify(verification, null, 2)}\n`);
  else process.stdout.write(sentences(verification, rest));
  if (verification.status === 'fail') return 1;
  return (verification.monthsNotCompared ?? []).length === 0 ? 0 : 69;
}

/**
 * Records normally wait about a second to be sealed. After this long, in milliseconds, sealing has probably stopped.
 */
const LONG_MILLIS = 5 * 60_000;

function sentences(verification: Verification, { isKeyGiven, compared }: Omit<Reporting, 'json'>): string {
  const { status, heads, records, sealedThrough, key } = verification;
  const lines = [
    `${status === 'pass' ? 'PASS' : 'FAIL'}: ${counted(records, 'record')} under ${counted(heads, 'head')}${sealedThrough === null ? '' : `, sealed through ${sealedThrough}`}`,
    `key ${key.id}${isKeyGiven ? '' : ' (compare it with the one you noted; --key FILE checks the ledger against it)'}`,
  ];
  if (compared !== undefined) lines.push(`${counted(compared, 'anchored head')} compared`);
  const { records: waiting = 0, since = null } = verification.unsealed ?? {};
  if (since !== null && Date.now() - Date.parse(since) > LONG_MILLIS)
    lines.push(
      `${counted(waiting, 'record')} ${waiting === 1 ? 'is' : 'are'} not sealed yet, the oldest since ${since}. Check that a server is running, and look in its log.`,
    );
  const { reindexing = [] } = verification;
  if (reindexing.length > 0)
    lines.push(
      `The derived columns of ${reindexing.join(', ')} were not compared, because a re-index is running. Verify again when it is done.`,
    );
  const { monthsNotCompared = [] } = verification;
  if (monthsNotCompared.length > 0)
    lines.push(
      `The files of these months of the audit trail were not compared: ${monthsNotCompared.join(', ')}. Set AUDIT_MONTHS_STORE to the place of the files, and check that it answers.`,
    );
  lines.push(...faultLines(verification));
  return `${lines.join('\n')}\n`;
}

async function exportTo(config: Config, path: string, stop: AbortSignal | undefined): Promise<number> {
  const { database, documents, monthFiles, close } = await openCommandDatabase(config, { stop });
  try {
    await recordAct(database, config, '$ledger-export', `to ${path}`, { target: 'homeward ledger export' });
    const { publicKey } = await openLedgerKey(database);
    const auditKey = await secret(database, AUDIT_SECRET);
    const file = createWriteStream(path, { mode: 0o600, flags: 'wx' });
    await once(file, 'open');
    let lines = 0;
    const pending = (): Promise<string[]> => pendingResources(database);
    const { readOutside } = documents;
    const sources = {
      database,
      tables: sealedTables,
      pending,
      readOutside,
      readMonthFile: monthFiles.read,
    };
    const options = { ...sources, publicKey, auditKey, now: () => new Date() };
    for await (const line of exportLedger(options)) {
      if (!file.write(`${line}\n`)) await once(file, 'drain');
      lines += 1;
    }
    file.end();
    await once(file, 'finish');
    process.stdout.write(`${counted(lines - 2, 'head')} exported to ${path}\n`);
    return 0;
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    // It could be the anchor, which alone shows that the ledger was replaced. A link is not followed either.
    if (code === 'EEXIST')
      return failed(`${path} exists. An export replaces no file: name another one, or remove it.`, 66);
    return failed(`${path} cannot be written (${code}).`, 66);
  } finally {
    await close();
  }
}

async function printKey(config: Config): Promise<number> {
  const { database, close } = await openCommandDatabase(config);
  try {
    process.stdout.write((await openLedgerKey(database)).publicKey);
    return 0;
  } finally {
    await close();
  }
}

async function acceptAlarms(config: Config, reason: string): Promise<number> {
  const { database, close } = await openCommandDatabase(config);
  try {
    const name = await databaseName(database);
    const keyId = (await openLedgerKey(database)).id;
    const called = await calledIn(database, config.mode === 'sandbox');
    const memory = await openNodeMemory(config.dataDir, name, keyId, called);
    const { length } = memory.alarms();
    const accepted = `${counted(length, 'alarm')} accepted`;
    await recordAct(database, config, '$ledger-accept', `${accepted}: ${reason}`);
    const kept = await putMemoryAway(config.dataDir, name, new Date(), called);
    process.stdout.write(
      kept === undefined
        ? `nothing to accept: ${memory.name} does not exist\n`
        : `${accepted}; the earlier heads of the node are in ${kept}\n`,
    );
    return 0;
  } finally {
    await close();
  }
}
