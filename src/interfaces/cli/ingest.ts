/** `homeward ingest`: submits bundles from files and folders, in the same way as over HTTP. */
import { isFault } from '../../fhir/issue';
import { operationOutcome } from '../../fhir/operation-outcome';
import type { Submitted } from '../../use-cases/submitting/submit';
import { defineCommand, failed, usageFault } from './command';
import { filesIn } from './files-in';
import { formatOf, nameOf, readInput } from './input-file';
import { openForSubmitting } from './submit-locally';
import { ODS_FAULT, odsCodeIn } from './ods-code';
import { showProgress, type Output } from './progress';
import { settings } from './settings';

export const ingest = defineCommand({
  name: 'ingest',
  purpose: 'submit Bundles from files, as over HTTP',
  about: [
    'The same checks and the same rules of resends and corrections hold, and each file is recorded as a submission. It works while a server with the same data is running.',
    'Exit code: 0 if every file is stored, 1 if one is refused, 66 if one cannot be read or is larger than MAX_BODY_BYTES.',
  ],
  operands: {
    name: 'FILE|DIR',
    many: true,
    meaning: 'a file with a Bundle in JSON or XML, a folder of .json and .xml files, or - for standard input',
  },
  options: {
    ods: {
      value: 'CODE',
      meaning: 'the organisation that the files come from',
      unlessGiven: 'none in the sandbox (the sender is then client:cli); elsewhere it is required',
    },
    json: {
      meaning:
        'print a line of JSON for each file: {"file": …, "result": "stored", "resent" or "refused", "submissionId": …, "outcome": …}',
    },
  },
  examples: [
    'npx homeward ingest --ods RR8 examples/summary.json',
    'npx homeward ingest --ods RR8 --json /var/spool/summaries',
  ],
  run: async ({ values, operands }, env, stop) => {
    const config = settings(env);
    if (!config) return 78;
    if (config.mode !== 'sandbox' && values.ods === undefined)
      return usageFault('ingest needs the organisation that the files come from: --ods CODE.', 'ingest');
    const ods = values.ods === undefined ? undefined : odsCodeIn(values.ods);
    if (values.ods !== undefined && ods === undefined) return usageFault(ODS_FAULT, 'ingest');
    const { files, faults } = await filesIn(operands);
    for (const fault of faults) failed(fault, 66);
    if (files.length === 0) return 66;
    const local = await openForSubmitting(config, env, ods, stop);
    const tally = { stored: 0, resent: 0, refused: 0, unreadable: faults.length };
    const out = values.json ? silent : process.stdout;
    const report = values.json ? jsonReport : textReport();
    const noun = files.length === 1 ? 'file processed' : 'files processed';
    const progress = showProgress(out, noun, files.length);
    try {
      for (const file of files) {
        const bytes = await readInput(file, config.maxBodyBytes, stop);
        if (bytes === undefined) tally.unreadable += 1;
        else {
          const submitted = await local.submit(bytes, formatOf(file, bytes));
          tally[resultOf(submitted)] += 1;
          report.add(file, submitted);
        }
        progress.advance();
      }
    } finally {
      progress.finish();
      await local.close();
    }
    const { stored, resent, refused, unreadable } = tally;
    const unread = unreadable === 0 ? '' : `, ${unreadable} cannot be read`;
    report.end(`${stored} stored, ${resent} stored before, ${refused} refused${unread}\n`);
    return refused > 0 ? 1 : unreadable > 0 ? 66 : 0;
  },
});

const silent: Output = { write: () => true };

const resultOf = (submitted: Submitted): 'stored' | 'resent' | 'refused' =>
  submitted.ok ? submitted.receipt.outcome : 'refused';

interface Report {
  add(file: string, submitted: Submitted): void;
  end(counts: string): void;
}

const jsonReport: Report = {
  add: (file, submitted) => {
    const { submissionId } = submitted.ok ? submitted.receipt : submitted.refusal;
    const issues = submitted.ok ? submitted.receipt.issues : submitted.refusal.failure.issues;
    const line = { file, result: resultOf(submitted), submissionId, outcome: operationOutcome(issues) };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  },
  end: () => undefined,
};

/** Prints the counts and the faults of refused files, after the progress bar ends. */
function textReport(): Report {
  const refusals: string[] = [];
  return {
    add: (file, submitted) => {
      if (submitted.ok) return;
      const faults = submitted.refusal.failure.issues
        .filter(isFault)
        .map(({ rule, expression, text }) => `    ${rule}  ${expression ?? ''}\n        ${text}\n`);
      refusals.push(`${nameOf(file)}\n${faults.join('')}`);
    },
    end: (counts) => {
      process.stdout.write(counts);
      for (const each of refusals) process.stdout.write(`\n  refused: ${each}`);
    },
  };
}
