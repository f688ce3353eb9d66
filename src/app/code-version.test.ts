import { indexedTablesOf } from '../engines/indexing/indexed-table';
import { storedResources } from '../resources';
import { codeVersionOf, filesBehind } from './code-version';

describe('the code that rows are made by', () => {
  it('reaches the indexing of every search type, and what a type’s columns are computed by', () => {
    const files = filesBehind([
      'engines/indexing/row',
      'resources/patient/table',
      'resources/patient/search-parameters',
    ]);
    for (const path of ['token', 'string', 'fold', 'date', 'reference', 'path', 'composite'])
      expect(files).toContain(`engines/indexing/${path}.ts`);
    for (const path of [
      'resources/patient/table',
      'resources/patient/identifier-value',
      'resources/common/soundex',
      'fhir/date',
    ])
      expect(files).toContain(`${path}.ts`);
  });

  it('has no rules and no interfaces in it: a change of those re-indexes nothing', () => {
    const types = storedResources.map(({ type }) => type.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase());
    const files = filesBehind(
      types.flatMap((type) => [`resources/${type}/table`, `resources/${type}/search-parameters`]),
    );
    expect(
      files.filter((path) => /\/rules\.|^interfaces|^use-cases|^engines\/(?!indexing)/.test(path)),
    ).toEqual([]);
  });

  it('has the table and the search parameters of every folder, by which its version is told', () => {
    const [shared] = indexedTablesOf(storedResources).filter(({ typeColumn }) => typeColumn !== undefined);
    const own = storedResources.filter(({ type }) => !shared!.definitions.has(type)).map(({ type }) => type);
    const folders = own.map((type) => `resources/${type.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()}`);
    const files = folders.flatMap((folder) => [`${folder}/table`, `${folder}/search-parameters`]);
    expect(files.filter((path) => filesBehind([path]).length === 0)).toEqual([]);
  });

  it('is one for each folder, and one for the types without one', () => {
    const [shared] = indexedTablesOf(storedResources).filter(({ typeColumn }) => typeColumn !== undefined);
    const own = storedResources.filter(({ type }) => !shared!.definitions.has(type)).map(({ type }) => type);
    expect(new Set(own.map(codeVersionOf)).size).toBe(own.length);
    expect(new Set([...shared!.definitions.keys()].map(codeVersionOf)).size).toBe(1);
  });
});
