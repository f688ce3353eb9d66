/** The parts of a summary that a document message has segments for, with the references between them followed. */
import { isObject, isResource, listOf, type AnyResource, type Json } from '../../../fhir/types';
import { isOdsSystem } from '../../../terminology/ods';

export interface BundleParts {
  patient?: AnyResource | undefined;
  encounter?: AnyResource | undefined;
  /** The DocumentReference with a PDF, or the first one. */
  document?: AnyResource | undefined;
  /** The ODS code of the GP practice, and its name. */
  practice?: { code: string; name?: string | undefined } | undefined;
  /** The resource of a `fullUrl` or of `Type/id`. */
  find(reference: string): AnyResource | undefined;
}

export function bundleParts(bundle: AnyResource): BundleParts {
  const entries = listOf(bundle.entry).filter(isObject);
  const resources = entries.map(({ resource }) => resource).filter(isResource);
  const first = (type: string): AnyResource | undefined =>
    resources.find(({ resourceType }) => resourceType === type);
  const find = (reference: string): AnyResource | undefined =>
    (entries.find(({ fullUrl }) => fullUrl === reference)?.resource as AnyResource | undefined) ??
    resources.find(({ resourceType, id }) => `${resourceType}/${id ?? ''}` === reference);
  const documents = resources.filter(({ resourceType }) => resourceType === 'DocumentReference');
  const patient = first('Patient');
  return {
    patient,
    encounter: first('Encounter'),
    document:
      documents.find((each) => JSON.stringify(each.content).includes('application/pdf')) ?? documents[0],
    practice: patient && practiceOf(patient, find),
    find,
  };
}

function practiceOf(patient: AnyResource, find: BundleParts['find']): BundleParts['practice'] {
  for (const reference of listOf(patient.generalPractitioner).filter(isObject)) {
    const target = typeof reference.reference === 'string' ? find(reference.reference) : undefined;
    const code = odsCodeIn(reference.identifier) ?? odsCodeIn(target?.identifier);
    const name = target?.name ?? reference.display;
    if (code !== undefined) return { code, name: typeof name === 'string' ? name : undefined };
  }
  return undefined;
}

function odsCodeIn(identifiers: Json | undefined): string | undefined {
  const found = listOf(identifiers)
    .filter(isObject)
    .find(
      ({ system, value }) => typeof system === 'string' && isOdsSystem(system) && typeof value === 'string',
    );
  return found === undefined ? undefined : String(found.value);
}
