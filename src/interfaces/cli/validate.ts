/** `homeward validate`: shows the verdict that submitting the files would get, and stores nothing. */
import { atOnce } from '../../fhir/slices';
import { openJudge } from '../../app/judge';
import { StartFailure } from '../../app/start-failure';
import type { Settings } from '../../config';
import { isFault, type Issue } from '../../fhir/issue';
import { deduplicate, limitIssues, operationOutcome } from '../../fhir/operation-outcome';
import { isObject, isResource, listOf, type AnyResource } from '../../fhir/types';
import type { FileJudge } from '../../use-cases/submitting/validate/validate-file';
import { defineCommand } from './command';
import { filesIn } from './files-in';
import { formatOf, nameOf, readInput } from './input-file';
import { printOutcome } from './print-outcome';
import { plainSettings, printFaults } from './settings';

export const validate = defineCommand({
  name: 'validate',
  purpose: 'check files as a submission would, and store nothing',
  about: [
    'Each file is checked separately, without a database. The settings HANDLING, NHS_NUMBER_TEST_RANGE, FHIR_PACKAGES and MAX_BODY_BYTES apply as they do to the server.',
    'Exit code: 0 if every file would be stored, 1 if one would be refused, 66 if one cannot be read or is too large.',
  ],
  operands: {
    name: 'FILE|DIR',
    many: true,
    meaning: 'a file with a Bundle in JSON or XML, a folder of .json and .xml files, or - for standard input',
  },
  options: {
    strict: {
      meaning: 'check as with Prefer: handling=strict: each repair is an error',
      unlessGiven: 'HANDLING',
    },
    r4: {
      meaning: 'check against FHIR R4 and the claimed profiles only; the file may contain any resource',
    },
    json: {
      meaning:
        'print the OperationOutcome as JSON; for several files, one line each: {"file": …, "outcome": …}',
    },
  },
  examples: [
    'npx homeward validate examples/summary.json',
    'npx homeward validate --json --strict examples/',
    'cat examples/summary.json | npx homeward validate -',
  ],
  run: async ({ values, operands }, env, stop) => {
    const config = plainSettings(env);
    if (!config) return 78;
    const { files, faults } = await filesIn(operands);
    for (const fault of faults) process.stderr.write(`homeward: ${fault}\n`);
    if (files.length === 0) return 66;
    const judge = await judgeOf(config);
    if (!judge) return 78;
    const options = {
      handling: values.strict ? ('strict' as const) : config.handling,
      now: new Date(),
      byR4Alone: values.r4,
    };
    const isOne = operands.length === 1 && files.length === 1 && faults.length === 0;
    const print = values.json ? jsonPrinter(isOne) : personPrinter(files, env);
    let refused = 0;
    let unreadable = faults.length;
    for (const file of files) {
      const bytes = await readInput(file, config.maxBodyBytes, stop);
      if (bytes === undefined) {
        unreadable += 1;
        continue;
      }
      const { resource, issues } = atOnce(judge({ bytes, format: formatOf(file, bytes) }, options));
      if (issues.some(isFault)) refused += 1;
      print(file, resource, presentable(issues));
    }
    if (!values.json && files.length > 1) process.stdout.write(countsOf(files.length, refused, unreadable));
    return refused > 0 ? 1 : unreadable > 0 ? 66 : 0;
  },
});

type Printer = (file: string, resource: AnyResource | undefined, outcome: fhir4.OperationOutcome) => void;

const presentable = (issues: readonly Issue[]): fhir4.OperationOutcome =>
  operationOutcome(limitIssues(deduplicate(issues)));

/** Prints the OperationOutcome of a single file; for several files, one line for each with the file's name. */
function jsonPrinter(isOne: boolean): Printer {
  return (file, _resource, outcome) =>
    process.stdout.write(
      isOne ? `${JSON.stringify(outcome, null, 2)}\n` : `${JSON.stringify({ file, outcome })}\n`,
    );
}

function personPrinter(files: readonly string[], env: NodeJS.ProcessEnv): Printer {
  return (file, resource, outcome) => {
    const printed = printOutcome(nameOf(file), outcome, labelsOf(resource), {
      colour: process.stdout.isTTY === true && env.NO_COLOR === undefined,
      width: process.stdout.columns ?? 100,
    });
    process.stdout.write(printed.includes('\n  ') && file !== files.at(-1) ? `${printed}\n` : printed);
  };
}

function countsOf(files: number, refused: number, unreadable: number): string {
  const unread = unreadable === 0 ? '' : `, ${unreadable} cannot be read`;
  return `\n${files} files: ${files - refused - unreadable} valid, ${refused} not${unread}\n`;
}

/** Undefined when a package of FHIR_PACKAGES cannot be loaded; the reason is printed on standard error. */
async function judgeOf(config: Settings): Promise<FileJudge | undefined> {
  try {
    return (await openJudge(config)).judgeFile;
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    printFaults(error.faults);
    return undefined;
  }
}

/** A heading for each entry: its type only, without its content. */
function labelsOf(resource: AnyResource | undefined): { index: number; label: string }[] {
  return listOf(resource?.resourceType === 'Bundle' ? resource.entry : undefined).map((entry, index) => ({
    index,
    label: isObject(entry) && isResource(entry.resource) ? entry.resource.resourceType : 'entry',
  }));
}
