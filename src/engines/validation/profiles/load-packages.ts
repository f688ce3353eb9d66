/**
 * Loads FHIR packages (`FHIR_PACKAGES`) at start: `.tgz` files as registries give them, or folders of JSON or XML
 * files. Of what is in them, the StructureDefinitions, ValueSets and CodeSystems are used.
 * @see https://hl7.org/fhir/packages.html
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { parseJson } from '../../../fhir/json';
import type { AnyResource } from '../../../fhir/types';
import { isResource } from '../../../fhir/types';
import { parseXml } from '../../../fhir/xml/parse-xml';
import { createProfileValidator, type ProfileValidator } from './create-profile-validator';
import { filesInTar } from './tar';

const USED = new Set(['StructureDefinition', 'ValueSet', 'CodeSystem']);
/** A package unpacks to no more than this: the largest published ones are a fifth of it. */
const MAX_UNPACKED_BYTES = 1024 * 1024 * 1024;
const MAX_FOLDER_DEPTH = 8;

const unzip = promisify(gunzip);

/**
 * @param paths package files and folders
 * @throws an Error that names the path if a package cannot be read: a fault of the operator, reported at start
 */
export async function loadPackages(paths: readonly string[]): Promise<ProfileValidator> {
  const resources: AnyResource[] = [];
  for (const path of paths) resources.push(...(await resourcesAt(path)));
  return createProfileValidator(resources);
}

async function resourcesAt(path: string): Promise<AnyResource[]> {
  const found: AnyResource[] = [];
  let files = 0;
  const take = (name: string, content: Buffer): void => {
    files += 1;
    const resource = resourceOf(name, content);
    if (resource) found.push(resource);
  };
  try {
    if ((await stat(path)).isDirectory()) {
      for (const file of await filesIn(path)) take(file, await readFile(file));
    } else {
      const tar = await unzip(await readFile(path), { maxOutputLength: MAX_UNPACKED_BYTES });
      for (const { name, content } of filesInTar(tar)) take(name, content);
    }
  } catch (cause) {
    throw new Error(`Cannot read the FHIR package ${path}.`, { cause });
  }
  if (found.length === 0) {
    throw new Error(
      `The FHIR package ${path} has no StructureDefinition, ValueSet or CodeSystem (${files} files).`,
    );
  }
  return found;
}

async function filesIn(folder: string, depth = 0): Promise<string[]> {
  if (depth > MAX_FOLDER_DEPTH) return [];
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const files: string[] = [];
  for (const entry of names) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) files.push(...(await filesIn(path, depth + 1)));
    else if (/\.(json|xml)$/i.test(entry.name)) files.push(path);
  }
  return files;
}

/** The resource in a file, where it is one of those used; a package holds other files as well. */
function resourceOf(name: string, content: Buffer): AnyResource | undefined {
  // Snapshots, examples and indexes of a package: the same definitions again, or none.
  if (/(^|\/)(other|openapi|xml|example|examples)\/|(^|\/)(package|\.index)\.json$/i.test(name))
    return undefined;
  const isXml = /\.xml$/i.test(name);
  if (!isXml && !/\.json$/i.test(name)) return undefined;
  const parsed = isXml ? parseXml(content) : parseJson(content);
  if (!parsed.ok || !isResource(parsed.value)) return undefined;
  return USED.has(parsed.value.resourceType) ? parsed.value : undefined;
}
