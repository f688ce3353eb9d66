/** What takes the square of the length of a text, or of a list, that a sender chooses is not written. */
import { filesIn, isTest, textOf } from '../support/sources';

const files = filesIn('src', '.ts').filter((path) => !isTest(path));

const writtenIn = (pattern: RegExp): string[] => files.filter((path) => pattern.test(textOf(path)));

/** These look at addresses of the operator's settings, and at a place that this program has made. */
const SHORT = [
  'src/config/listening.ts',
  'src/interfaces/forwarding/forward-file.ts',
  'src/interfaces/hl7v2/acknowledge.ts',
  'src/interfaces/mesh/connection.ts',
  'src/interfaces/mesh/mesh-file.ts',
  'src/platform/object-stores/s3-store.ts',
];

describe('an expression for a run at the end of a text, such as /0+$/,', () => {
  it('is looked for from each place of the run, and stands where texts are short (else withoutTrailing)', () => {
    expect(writtenIn(/\(\/(?:\\.|[^^\\/[]|\[[^\]]*\])[+*]\$\/[a-z]*,/)).toEqual(SHORT);
  });
});

describe('what puts the marks of a letter into an order', () => {
  it('stands in src/fhir/normal-form.ts alone, which bounds them', () => {
    expect(writtenIn(/\.(?:normalize|localeCompare)\(|Intl\.Collator/)).toEqual(['src/fhir/normal-form.ts']);
  });
});

/** Lists of the operator's settings, of code systems, of a page, and of the server's own files. */
const SHORT_LISTS = [
  'src/app/road-files.ts',
  'src/app/roads/summary-to-send.ts',
  'src/config.ts',
  'src/definitions/complete.ts',
  'src/engines/access/client-registration.ts',
  'src/engines/ledger/seal.ts',
  'src/engines/store/reindex.ts',
  'src/engines/validation/profiles/load-packages.ts',
  'src/interfaces/cli/files-in.ts',
  'src/interfaces/cli/help.ts',
  'src/interfaces/cli/ledger.ts',
  'src/interfaces/cli/migration-file.ts',
  'src/interfaces/cli/print-outcome.ts',
  'src/interfaces/console/stay/trends.ts',
  'src/interfaces/console/stay/versions.ts',
  'src/interfaces/hl7v2/sending/patient-segments.ts',
];

describe('a list as the arguments of a call, which overflows the stack where it is long,', () => {
  it('is one that no sender chooses (else append, leastAndMost)', () => {
    expect(writtenIn(/\.(?:push|unshift)\(\s*\.\.\.|Math\.(?:min|max)\(\s*\.\.\./)).toEqual(SHORT_LISTS);
    expect(writtenIn(/\bfailure\([^()]*\.\.\./)).toEqual([]);
  });
});
