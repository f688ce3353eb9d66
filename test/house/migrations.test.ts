/** Migrations that are merged are never edited: a database that has applied one would never see the change. */
import { filesIn, textOf } from '../support/sources';
import { checksums } from '../support/checksums';

const files = filesIn('migrations', '.sql');

describe('the migrations', () => {
  it('are as they were merged: write a new one instead (npm run migration NAME)', () => {
    const { listed, now } = checksums();
    expect(Object.keys(listed).filter((file) => now[file] !== listed[file])).toEqual([]);
  });

  it('are in migrations/checksums.json: npm run docs:schema adds a new one', () => {
    const { listed, now } = checksums();
    expect(Object.keys(now).filter((file) => !(file in listed))).toEqual([]);
  });

  it('have a number each, and open with what they are for', () => {
    const numbers = files.map((path) => /^migrations\/(\d{4})_[a-z][a-z0-9_]*\.sql$/.exec(path)?.[1]);
    expect(numbers).toEqual([...new Set(numbers)].sort());
    expect(files.filter((path) => !textOf(path).startsWith('-- '))).toEqual([]);
  });

  it('have at most 400 lines', () => {
    expect(files.filter((path) => textOf(path).split('\n').length > 401)).toEqual([]);
  });
});
