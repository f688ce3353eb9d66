/**
 * `/console/check`: for suppliers. Says what a submission of the pasted or chosen Bundle would say, beside its lines.
 * Nothing is stored.
 */
import { inSlices } from '../../../../platform/in-slices';
import { roles } from '../../../../engines/access/people/roles';
import { isFault } from '../../../../fhir/issue';
import { answered } from '../../../../use-cases/call/answered';
import { nothing } from '../../../../use-cases/call/disclosed';
import { formatOfContent } from '../../../../use-cases/submitting/format-of-content';
import type { ConsoleDependencies } from '../../dependencies';
import { numberedLines, type NumberedLines } from '../../numbered-lines';
import type { Page, Shown, Visit } from '../../page';

/** In a form, a text takes up to three times its bytes (percent-encoded); the rest are the other fields. */
const FORM_OVERHEAD_BYTES = 16 * 1024;

/** In the sandbox everyone may check; elsewhere whoever has signed in. */
export function checkPages({
  mode,
  maxBodyBytes,
}: Pick<ConsoleDependencies, 'mode' | 'maxBodyBytes'>): Page[] {
  const who = mode === 'sandbox' ? ('everyone' as const) : roles;
  return [
    {
      method: 'GET',
      path: '/console/check',
      roles: who,
      navigation: 'Check a Bundle',
      show: async () => answered(pageOf({ text: '' }), nothing),
    },
    {
      method: 'POST',
      path: '/console/check',
      roles: who,
      maxBodyBytes: maxBodyBytes + FORM_OVERHEAD_BYTES,
      show: async (visit, dependencies) => answered(await checked(visit, dependencies), nothing),
    },
  ];
}

async function checked({ form, context }: Visit, dependencies: ConsoleDependencies): Promise<Shown> {
  const { judgeFile, presentable, handling } = dependencies;
  const file = await form.file('file');
  const bytes = file !== undefined && file.length > 0 ? file : Buffer.from(form.text('bundle'));
  if (bytes.toString('utf8', 0, 4_096).trim() === '')
    return pageOf({ text: '', fault: 'Paste a Bundle, or choose a file' });
  const format = formatOfContent(bytes);
  const { issues } = await inSlices(
    judgeFile({ bytes, format }, { handling, now: context.now, byR4Alone: false }),
  );
  const found = presentable(issues);
  return pageOf({
    text: bytes.length <= MOST_KEPT ? bytes.toString('utf8') : '',
    verdict: verdictOf(found.filter(isFault).length, found.length),
    shown: numberedLines(bytes, format, found),
  });
}

/** A longer text is not repeated in the text box: browsers become slow. */
const MOST_KEPT = 4 * 1024 * 1024;

function verdictOf(faults: number, all: number): string {
  const others = all - faults;
  const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;
  if (all === 0) return 'No faults found: it would be stored';
  if (faults === 0) return `It would be stored, with ${count(others, 'remark')}`;
  return `It would be refused: ${count(faults, 'error')}${others > 0 ? `, ${count(others, 'remark')}` : ''}`;
}

const pageOf = (values: {
  text: string;
  fault?: string;
  verdict?: string;
  shown?: NumberedLines;
}): Shown => ({
  kind: 'page',
  template: 'pages/check/check.njk',
  title: 'Check a Bundle',
  ...(values.fault === undefined ? {} : { isError: true, status: 400 }),
  values,
});
