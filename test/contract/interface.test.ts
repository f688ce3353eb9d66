/** What an interface does, as the comment of `submit()` shows it: receive, decode, submit. */
import { inSlices } from '../../src/platform/in-slices';
import { operatorCaller } from '../../src/engines/access/operator';
import { atTheBase } from '../../src/use-cases/submitting/accepted-kinds';
import { decode } from '../../src/use-cases/submitting/decode';
import { formatOfContent } from '../../src/use-cases/submitting/format-of-content';
import { receive } from '../../src/use-cases/submitting/receive';
import { submit, type Submitted } from '../../src/use-cases/submitting/submit';
import { startHomeward, type Homeward } from '../support/homeward';
import { aSummary } from '../fixtures/summary';

let homeward: Homeward;
beforeAll(async () => {
  homeward = await startHomeward();
});
afterAll(() => homeward.stop());

/** An interface that takes files from a folder. */
async function takeIn(bytes: Buffer): Promise<Submitted> {
  const { submission, readRestriction } = homeward.app;
  const caller = operatorCaller('RR8');
  const received = await inSlices(
    receive(
      {
        door: 'folder',
        caller,
        reach: readRestriction(caller),
        bytes,
        contentType: 'application/fhir+json',
        format: formatOfContent(bytes),
        handling: 'default',
      },
      submission.newId,
      submission.now(),
    ),
  );
  return submit(received, await inSlices(decode(received)), atTheBase, submission);
}

describe('an interface of a few lines', () => {
  it('stores a summary, answers it again, and is named in the record', async () => {
    const bytes = aSummary().bytes();
    const [first, again] = [await takeIn(bytes), await takeIn(bytes)];
    if (!first.ok || !again.ok) throw new Error('the summary is refused');
    expect([first.receipt.outcome, again.receipt.outcome]).toEqual(['stored', 'resent']);
    expect(again.receipt.submissionId).toBe(first.receipt.submissionId);
    const { json } = await homeward.call('GET', `/submissions/${first.receipt.submissionId}`);
    expect([json.door, json.sender, json.httpStatus]).toEqual(['folder', 'RR8', 201]);
  });

  it('keeps what cannot be decoded, with its bytes', async () => {
    const bytes = Buffer.from('<Bundle xmlns="http://hl7.org/fhir"><type value="collection"');
    const refused = await takeIn(bytes);
    if (refused.ok) throw new Error('half a file is stored');
    const { submissionId, failure } = refused.refusal;
    expect(failure.category).toBe('unreadable');
    const raw = await homeward.call('GET', `/submissions/${submissionId}/raw`);
    expect(raw.bytes.equals(bytes)).toBe(true);
  });
});
