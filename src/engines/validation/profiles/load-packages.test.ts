import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { loadPackages } from './load-packages';

const url = 'http://example.org/StructureDefinition/p';
const definition = {
  resourceType: 'StructureDefinition',
  url,
  name: 'P',
  type: 'Patient',
  derivation: 'constraint',
  differential: { element: [{ id: 'Patient.gender', path: 'Patient.gender', min: 1 }] },
};
const xml = `<StructureDefinition xmlns="http://hl7.org/fhir"><url value="${url}"/><name value="P"/><type value="Patient"/><derivation value="constraint"/><differential><element id="Patient.gender"><path value="Patient.gender"/><min value="1"/></element></differential></StructureDefinition>`;

function tarOf(name: string, content: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(Buffer.byteLength(content).toString(8).padStart(11, '0'), 124);
  header.write('0', 156);
  const body = Buffer.alloc(Math.ceil(Buffer.byteLength(content) / 512) * 512);
  body.write(content);
  return Buffer.concat([header, body]);
}

describe('packages', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'packages-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const faultsOf = async (path: string): Promise<string[]> =>
    (await loadPackages([path]))
      .validate({ resourceType: 'Patient', meta: { profile: [url] } })
      .map((issue) => `${issue.rule} ${issue.expression}`);

  it('are read from .tgz files', async () => {
    const path = join(folder, 'p.tgz');
    const tar = Buffer.concat([
      tarOf('package/package.json', '{}'),
      tarOf('package/StructureDefinition-p.json', JSON.stringify(definition)),
      Buffer.alloc(1024),
    ]);
    await writeFile(path, gzipSync(tar));
    expect(await faultsOf(path)).toEqual(['profile-required Patient.gender']);
  });

  it('are read from folders, in JSON and in XML', async () => {
    await mkdir(join(folder, 'json'));
    await mkdir(join(folder, 'definitions'));
    await writeFile(join(folder, 'json', 'p.json'), JSON.stringify(definition));
    await writeFile(join(folder, 'definitions', 'p.xml'), xml);
    expect(await faultsOf(join(folder, 'json'))).toEqual(['profile-required Patient.gender']);
    expect(await faultsOf(join(folder, 'definitions'))).toEqual(['profile-required Patient.gender']);
  });

  it('that cannot be read, or hold nothing of use, are refused by name', async () => {
    const path = join(folder, 'x.tgz');
    await writeFile(path, 'not a package');
    await expect(loadPackages([path])).rejects.toThrow(`Cannot read the FHIR package ${path}.`);
    await expect(loadPackages([folder])).rejects.toThrow(
      'has no StructureDefinition, ValueSet or CodeSystem',
    );
  });
});
