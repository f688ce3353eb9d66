/** Files of a sender with the names of outcomes, as links, as very large files and in large numbers. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { identityOf, statOf } from '../../src/interfaces/folder/file-system';
import { finishFile } from '../../src/interfaces/folder/finish-file';
import { openInbox } from '../../src/interfaces/folder/inbox';
import { byteText } from '../../src/interfaces/folder/names';
import { within } from '../../src/platform/wait-at-most';
import { testInbox, type TestInbox } from './inbox';

let inbox: TestInbox;
beforeEach(() => {
  inbox = testInbox();
  mkdirSync(inbox.at('in', 'RR8'), { recursive: true });
  mkdirSync(inbox.at('refused', 'RR8'), { recursive: true });
  execFileSync('mkfifo', [inbox.at('pipe')]);
});
afterEach(() => {
  try {
    // Whoever waits for the other end of the pipe goes on.
    closeSync(openSync(inbox.at('pipe'), constants.O_WRONLY | constants.O_NONBLOCK));
  } catch {
    // Nobody waits.
  }
  inbox.remove();
});

const refused = (): string[] => readdirSync(inbox.at('refused', 'RR8')).sort();

/** Ends the file as the server does after its submission. @returns false also when it takes more than 3 seconds */
async function finish(name: string, id: string): Promise<boolean> {
  const opened = await openInbox(inbox.path);
  const path = `${byteText(inbox.path)}/in/RR8/${name}`;
  const stats = (await statOf(path))!;
  const file = {
    ...{ odsCode: 'RR8', name, path, identity: identityOf(stats), isLink: stats.isSymbolicLink() },
    ...{ changedNs: stats.ctimeNs, modifiedNs: stats.mtimeNs },
  };
  let isMoved = false;
  const finishing = finishFile(opened, file, { submissionId: id, ending: 'refused', outcome: outcomeOf(id) });
  await within(
    finishing.then((moved) => (isMoved = moved)),
    3_000,
  );
  return isMoved;
}

const outcomeOf = (id: string): string => JSON.stringify({ resourceType: 'OperationOutcome', id });
const send = (name: string): void => writeFileSync(inbox.at('in', 'RR8', name), '{}');

describe('a file with the name of an outcome', () => {
  it('ends with a number, so that no outcome can be taken for it', async () => {
    send('stay.json.outcome.json');
    expect(await finish('stay.json.outcome.json', 'first')).toBe(true);
    send('stay.json');
    expect(await finish('stay.json', 'second')).toBe(true);
    expect(refused()).toEqual([
      'stay.json',
      'stay.json.outcome-2.json',
      'stay.json.outcome-2.json.outcome.json',
      'stay.json.outcome.json',
    ]);
    expect(inbox.outcome('refused', 'RR8', 'stay.json').id).toBe('second');
  });

  it('may be a link to a pipe: it is moved as it is, and nobody waits', async () => {
    symlinkSync(inbox.at('pipe'), inbox.at('in', 'RR8', 'x.outcome.json'));
    expect(await finish('x.outcome.json', 'first')).toBe(true);
    expect(refused()).toEqual(['x.outcome-2.json', 'x.outcome-2.json.outcome.json']);
    send('x');
    expect(await finish('x', 'second')).toBe(true);
    expect(refused()).toContain('x.outcome.json');
  });
});

describe('what stands in the place of an outcome since earlier', () => {
  it('is not opened when it is a link: the file gets a number', async () => {
    symlinkSync(inbox.at('pipe'), inbox.at('refused', 'RR8', 'x.outcome.json'));
    send('x');
    expect(await finish('x', 'first')).toBe(true);
    expect(refused()).toEqual(['x-2', 'x-2.outcome.json', 'x.outcome.json']);
  });

  it('is not read when it is longer than the outcome of the file', async () => {
    writeFileSync(inbox.at('refused', 'RR8', 'x.outcome.json'), `${outcomeOf('first')}${' '.repeat(1_000)}`);
    send('x');
    expect(await finish('x', 'first')).toBe(true);
    expect(refused()).toEqual(['x-2', 'x-2.outcome.json', 'x.outcome.json']);
  });
});

describe('a name that was sent very often', () => {
  it('gets the next number, also from a node that was not there', async () => {
    for (let number = 1; number <= 300; number += 1)
      writeFileSync(inbox.at('refused', 'RR8', number === 1 ? 'x.json' : `x-${number}.json`), '');
    send('x.json');
    expect(await finish('x.json', 'first')).toBe(true);
    expect(refused()).toContain('x-301.json.outcome.json');
    // As after a crash before the move.
    writeFileSync(inbox.at('refused', 'RR8', 'x-302.json.outcome.json'), `${outcomeOf('second')}\n`);
    send('x.json');
    expect(await finish('x.json', 'second')).toBe(true);
    expect(refused()).toContain('x-302.json');
  });
});
