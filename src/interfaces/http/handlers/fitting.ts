/** Answers within `MAX_ANSWER_BYTES`: pages end early, everything else is refused. @see contract «What bad input gets» */
import { type Answer, type RequestContext, refused } from '../request-context';
import { abandoned } from '../refusals';
import { renderingOf } from '../rendering';
import { render } from '../respond';

/** A page as it would be answered. */
export interface Draft {
  /** Absent where it was given up, since it would be larger than an answer may be. */
  answer?: Answer;
  /** The entries that another page could begin after. */
  entries: number;
}

export const tooCostly = ({ maxAnswerBytes }: Pick<RequestContext, 'maxAnswerBytes'>): Error =>
  refused('forbidden', {
    code: 'too-costly',
    rule: 'answer-too-large',
    text: `The answer is larger than the ${maxAnswerBytes} bytes that this server puts into one. Ask for less of it, or read its parts one by one.`,
  });

/**
 * A page that is no larger than an answer may be, in the format that the caller accepts. Where a page turns out larger,
 * it is drawn again with less on it; its `next` link goes on from there.
 * @param draw gives the page with resources of so many bytes at most, and one entry at least
 * @throws Refused (403) where one entry alone is larger
 */
export async function fitting(
  context: RequestContext,
  draw: (maxBytes: number) => Promise<Draft>,
): Promise<Answer> {
  const forget = forgetting(context);
  for (let maxBytes = context.maxAnswerBytes; ;) {
    const { answer, entries } = await draw(maxBytes);
    const { measured, bytes } = answer ? measure(answer, context) : { bytes: 2 * context.maxAnswerBytes };
    if (measured && bytes <= context.maxAnswerBytes) return measured;
    if (entries <= 1) throw tooCostly(context);
    forget();
    maxBytes = Math.floor(Math.min(maxBytes / 2, (0.9 * maxBytes * context.maxAnswerBytes) / bytes));
  }
}

/** Counts what an answer is put together from. @throws Refused (403) as soon as it would be too large */
export function meterOf(context: Pick<RequestContext, 'maxAnswerBytes'>): (bytes: number) => void {
  let total = 0;
  return (bytes) => {
    total += bytes;
    if (total > context.maxAnswerBytes) throw tooCostly(context);
  };
}

/** Ends work that nobody waits for any more. @throws Refused where the caller has gone */
export function stillWanted({ gone }: Pick<RequestContext, 'gone'>): void {
  if (gone.aborted) throw abandoned();
}

/** The answer, and how large it is; one that is not plain JSON is rendered for it, once. */
function measure(answer: Answer, context: RequestContext): { measured: Answer; bytes: number } {
  const rendering = renderingOf(context);
  const isPlain = context.isPart === true || (rendering.format === 'json' && !rendering.pretty);
  if (isPlain && answer.json !== undefined)
    return { measured: answer, bytes: Buffer.byteLength(answer.json) };
  const bytes = render(answer, rendering);
  if (bytes === undefined) return { measured: answer, bytes: 0 };
  const { status, headers } = answer;
  return { measured: { status, ...(headers ? { headers } : {}), bytes }, bytes: bytes.body.length };
}

/** What the audit trail was told of a page that is not answered. */
function forgetting({ audit }: RequestContext): () => void {
  const patients = [...audit.patients];
  const numbers = [...audit.nhsNumbers];
  const resources = audit.resources.length;
  return () => {
    audit.patients.clear();
    for (const each of patients) audit.patients.add(each);
    audit.nhsNumbers.clear();
    for (const each of numbers) audit.nhsNumbers.add(each);
    audit.resources.length = resources;
  };
}
