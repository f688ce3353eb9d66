/** `homeward validate`: says of files what a server would say of them, and stores nothing. */
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { parseArgs } from 'node:util';
import { openJudge } from '../app';
import { StartFailure } from '../app/start-failure';
import type { Settings } from '../config';
import type { Issue } from '../fhir/issue';
import { isFault } from '../fhir/issue';
import { parseJson } from '../fhir/json';
import { deduplicate, limitIssues, operationOutcome } from '../fhir/operation-outcome';
import { isObject, isResource, listOf, type AnyResource } from '../fhir/types';
import { parseXml } from '../fhir/xml/parse-xml';
import { decoderRemarks } from '../validation/decoder-remarks';
import type { Judge } from '../validation/judge';
import { inDocumentOrder } from '../validation/outcome';
import type { Command } from './command';
import { filesIn } from './files-in';
import { printOutcome } from './print-outcome';
import { plainSettings, printFaults } from './settings';

export const validate: Command = async (args, env) => {
  const config = plainSettings(env);
  if (!config) return 78;
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean' }, strict: { type: 'boolean' }, r4: { type: 'boolean' } },
    });
  } catch {
    process.stderr.write('homeward: usage: homeward validate FILE|DIR… [--strict] [--r4] [--json]\n');
    return 64;
  }
  const files = await filesIn(parsed.positionals);
  if (files.length === 0) {
    process.stderr.write('homeward: name the files to validate, or folders of .json and .xml files\n');
    return parsed.positionals.length === 0 ? 64 : 66;
  }
  const judge = await judgeOf(config);
  if (!judge) return 78;
  const handling = parsed.values.strict ? 'strict' : config.handling;
  const told: { file: string; outcome: fhir4.OperationOutcome }[] = [];
  let faulty = 0;
  let unreadable = 0;
  for (const file of files) {
    const bytes = await readFile(file).catch(() => undefined);
    if (bytes === undefined) {
      process.stderr.write(`homeward: ${file} can’t be read\n`);
      unreadable += 1;
      continue;
    }
    const read = decoded(bytes, file);
    const byR4Alone = parsed.values.r4 === true;
    const found = read.resource ? judge(read.resource, { handling, now: new Date(), byR4Alone }) : [];
    const all = read.resource
      ? inDocumentOrder(read.resource, [...decoderRemarks(read.issues, handling), ...found])
      : read.issues;
    const issues = limitIssues(deduplicate(all));
    if (issues.some(isFault)) faulty += 1;
    const outcome = operationOutcome(issues);
    told.push({ file, outcome });
    if (parsed.values.json) continue;
    const printed = printOutcome(file, outcome, labelsOf(read.resource), {
      colour: process.stdout.isTTY === true && env.NO_COLOR === undefined,
      width: process.stdout.columns ?? 100,
    });
    process.stdout.write(printed.includes('\n  ') && file !== files.at(-1) ? `${printed}\n` : printed);
  }
  if (parsed.values.json) process.stdout.write(asJson(told, files.length));
  else if (files.length > 1) {
    const unread = unreadable === 0 ? '' : `, ${unreadable} can’t be read`;
    process.stdout.write(`\n${files.length} files: ${told.length - faulty} valid, ${faulty} not${unread}\n`);
  }
  return faulty + unreadable === 0 ? 0 : 1;
};

/** Undefined, and said on standard error, where a package of FHIR_PACKAGES can't be loaded. */
async function judgeOf(config: Settings): Promise<Judge['judge'] | undefined> {
  try {
    return (await openJudge(config)).judge;
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    printFaults(error.faults);
    return undefined;
  }
}

/** Of one file its OperationOutcome; of several a list that says which is whose. */
function asJson(told: readonly { file: string; outcome: fhir4.OperationOutcome }[], files: number): string {
  return `${JSON.stringify(files === 1 ? (told[0]?.outcome ?? null) : told, null, 2)}\n`;
}

function decoded(bytes: Buffer, file: string): { resource?: AnyResource; issues: Issue[] } {
  const isXml =
    extname(file).toLowerCase() === '.xml' ||
    /^\s*</.test(
      bytes
        .subarray(0, 64)
        .toString('latin1')
        .replace(/^\u00ef\u00bb\u00bf/, ''),
    );
  const parsed = isXml ? parseXml(bytes) : parseJson(bytes);
  if (!parsed.ok) return { issues: [parsed.issue] };
  if (!isResource(parsed.value)) {
    return {
      issues: [
        {
          severity: 'fatal',
          code: 'structure',
          rule: 'r4-not-a-resource',
          text: 'The file has no FHIR resource: there is no resourceType.',
        },
      ],
    };
  }
  return { resource: parsed.value, issues: 'warnings' in parsed ? (parsed.warnings as Issue[]) : [] };
}

/** What each entry is, for the headings: its type alone, never what it says. */
function labelsOf(resource: AnyResource | undefined): { index: number; label: string }[] {
  return listOf(resource?.resourceType === 'Bundle' ? resource.entry : undefined).map((entry, index) => ({
    index,
    label: isObject(entry) && isResource(entry.resource) ? entry.resource.resourceType : 'entry',
  }));
}
