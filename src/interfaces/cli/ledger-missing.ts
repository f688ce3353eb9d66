/** `homeward ledger missing`: what a restored database lacks, by the heads that were anchored. @see docs/backup.md */
import { fileURLToPath } from 'node:url';
import { anchoredHeads } from '../../engines/ledger/anchor';
import type { AnchoredHead } from '../../engines/ledger/head';
import { readPublicKey, storedPublicKey } from '../../engines/ledger/keys';
import { findMissing, type Missing } from '../../engines/ledger/missing';
import type { MissingSpan } from '../../engines/ledger/missing-seals';
import { defineCommand, failed } from './command';
import { counted, isEndpoint, isReadable } from './ledger-options';
import { openCommandDatabase } from './open-database';
import { recordAct } from './record-act';
import { settings } from './settings';

export const ledgerMissing = defineCommand({
  name: 'ledger missing',
  purpose: 'list the submissions that a restored database lacks',
  about: [
    'Compares the database with files of anchored heads (LEDGER_ANCHOR), which name the submissions under each head. A submission that its sender has sent again, byte for byte, is not missing.',
    'It works while a server is running, and records in the audit trail that it ran. Exit code: 0 if nothing is missing, 1 if something is. What to do then: docs/backup.md.',
  ],
  operands: {
    name: 'FILE',
    many: true,
    meaning: 'a file of anchored heads; several nodes may have one each',
    unlessGiven: 'the file that LEDGER_ANCHOR names',
  },
  options: { json: { meaning: 'print the result as JSON' } },
  examples: ['npx homeward ledger missing /mnt/worm/homeward.jsonl'],
  run: async ({ operands, values }, env, stop) => {
    const config = settings(env);
    if (!config) return 78;
    const own = config.ledgerAnchor;
    const files = operands.length > 0 || own === undefined || isEndpoint(own) ? operands : [own];
    const paths = files.map((file) => (file.startsWith('file:') ? fileURLToPath(file) : file));
    if (paths.length === 0)
      return failed('name a file of anchored heads, because LEDGER_ANCHOR names none.', 64);
    for (const path of paths) if (!(await isReadable(path))) return failed(`${path} cannot be read.`, 66);
    const { database, close } = await openCommandDatabase(config, { stop, migrates: false });
    try {
      const key = readPublicKey((await storedPublicKey(database)) ?? '');
      const missing = await findMissing(
        database,
        headsIn(paths, stop),
        (head) => key?.isSigned(head) === true,
      );
      await recordAct(database, config, '$ledger-missing', remarkOn(missing), {
        target: 'homeward ledger missing',
      });
      process.stdout.write(values.json ? `${JSON.stringify(missing, null, 2)}\n` : sentences(missing));
      return missing.seals === undefined || isAllThere(missing) ? 0 : 1;
    } finally {
      await close();
    }
  },
});

async function* headsIn(
  paths: readonly string[],
  stop: AbortSignal | undefined,
): AsyncGenerator<AnchoredHead> {
  for (const path of paths) yield* anchoredHeads(path, stop);
}

/** Every lost submission is known, and was sent again. */
const isAllThere = ({ submissions, seals }: Missing): boolean =>
  submissions.length === 0 && (seals?.unnamed ?? 0) + (seals?.notAnchored ?? 0) === 0;

const remarkOn = ({ submissions, sentAgain }: Missing): string =>
  `${counted(submissions.length, 'submission')} missing, ${sentAgain} sent again`;

function sentences({ compared, foreign, seals, submissions, sentAgain, refused, ...more }: Missing): string {
  const lines = [
    `${counted(compared, 'anchored head')} compared, the last of ${more.anchoredThrough ?? 'no time'}`,
  ];
  if (foreign > 0)
    lines.push(
      `${foreign} ${foreign === 1 ? 'head belongs to another ledger or has' : 'heads belong to another ledger or have'} a wrong signature. ${foreign === 1 ? 'It was' : 'They were'} not compared.`,
    );
  if (!seals) lines.push('Nothing that was anchored is missing.');
  else {
    for (const span of seals.spans) lines.push(spanSentence(span));
    if (seals.unnamed > 0)
      lines.push(
        `${seals.unnamed} of these heads ${seals.unnamed === 1 ? 'does not name its' : 'do not name their'} submissions (an earlier version made ${seals.unnamed === 1 ? 'it' : 'them'}).`,
      );
    if (seals.notAnchored > 0)
      lines.push(
        `${seals.notAnchored} of these seals ${seals.notAnchored === 1 ? 'is' : 'are'} in no file. Name the files of the other nodes too.`,
      );
    const { length } = submissions;
    lines.push(
      `${counted(length, 'accepted submission')} ${length === 1 ? 'is' : 'are'} missing. ${sentAgain} ${sentAgain === 1 ? 'was' : 'were'} sent again. ${refused} had been refused.`,
    );
  }
  for (const { id, sender, sha256 } of submissions) lines.push(`  - ${id} from ${sender}, SHA-256 ${sha256}`);
  return `${lines.join('\n')}\n`;
}

function spanSentence({ first, last, sealedFrom, sealedThrough, records }: MissingSpan): string {
  const which = first === last ? `Seal ${first} is missing` : `Seals ${first} to ${last} are missing`;
  const made = sealedFrom === sealedThrough ? `at ${sealedFrom}` : `from ${sealedFrom} to ${sealedThrough}`;
  return `${which}, made ${made}: ${counted(records, 'record')}.`;
}
