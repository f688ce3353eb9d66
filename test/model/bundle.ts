/** What the model reads in a Bundle: whose it is, what names its resources, and what it says. */
import { createHash } from 'node:crypto';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the model reads Bundles as they come
export type Loose = any;

/** What is said of a resource, set apart from ids, versions, references and the bytes of documents. */
export function contentOf(resource: Loose): string {
  const plain = (value: Loose, name: string): Loose => {
    if (Array.isArray(value)) return value.map((item) => plain(item, name));
    if (typeof value !== 'object' || value === null) return name === 'reference' ? '' : value;
    const left = name === 'attachment' ? ['data', 'url', 'size', 'hash'] : [];
    return Object.fromEntries(
      Object.keys(value)
        .filter((key) => !left.includes(key))
        .sort()
        .map((key) => [key, plain(value[key], key)]),
    );
  };
  const { id: _id, meta: _meta, ...rest } = resource;
  return JSON.stringify(plain(rest, ''));
}

const NHS = 'https://fhir.nhs.uk/Id/nhs-number';
export const of = (bundle: Loose, type: string): Loose[] =>
  bundle.entry.map((entry: Loose) => entry.resource).filter((each: Loose) => each.resourceType === type);
export const nhsNumberOf = (bundle: Loose): string =>
  of(bundle, 'Patient')[0].identifier.find(({ system }: Loose) => system === NHS).value;
export const odsCodeOf = (bundle: Loose): string => of(bundle, 'Organization')[0].identifier[0].value;
const sorted = (value: Loose): Loose =>
  Array.isArray(value)
    ? value.map(sorted)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.keys(value)
            .sort()
            .map((key) => [key, sorted(value[key])]),
        )
      : value;
/** What a retry may say otherwise is left out; every Bundle here has a text of its own in each resource that matters. */
export const wholeContent = (bundle: Loose): string => {
  const { id: _id, timestamp: _timestamp, entry, meta, ...rest } = bundle;
  const { lastUpdated: _lastUpdated, ...kept } = meta;
  const nameless = entry.map(({ resource: { id: _own, meta: _meta, ...resource } }: Loose) =>
    JSON.stringify(sorted(resource)).replace(/urn:uuid:[-0-9a-f]{36}/g, ''),
  );
  return createHash('sha256')
    .update(JSON.stringify([sorted({ ...rest, meta: kept }), nameless.sort()]))
    .digest('hex');
};
export const keysOf = (resource: Loose): string[] =>
  [resource.resourceType === 'DocumentReference' ? resource.masterIdentifier : resource.identifier]
    .flat()
    .filter(Boolean)
    .map(({ system, value }: Loose) => `${system}|${value}`);
export const isVerified = (patient: Loose): boolean =>
  JSON.stringify(patient.identifier).includes('"code":"01"');
