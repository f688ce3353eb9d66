/**
 * One submission, one patient (section 3.2; section 8, last paragraph): every resource of a summary is about the Patient of
 * the Bundle, by every reference of every type. In a transaction that is no summary, and in a batch, each entry may have
 * a patient of its own, and only one. Each definition says which of its references may name another person
 * (`otherPeople`).
 *
 * References to what the server holds are judged again when they have been looked up: `use-cases/submitting/one-patient/one-patient.ts`.
 */
import {
  knownBy,
  patientIdIn,
  patientReferencesIn,
  type FindEntry,
  type KnownBy,
  type PatientReference,
} from '../../definitions/patient-references';
import { always, type EntryView, type Finding, type Rule, type RuleContext } from '../../definitions/rule';
import { meet, namesOf, type Names } from '../../fhir/names';
import { madeOnce } from '../../fhir/once';
import type { JsonObject } from '../../fhir/types';
import { changing, unchanged } from '../common/example';
import { onceFor } from '../common/once-for';
import { birthDatesDiffer } from '../patient/birth-date-conflict';

/** The patient that references are compared with. */
interface Patient extends KnownBy {
  entries: readonly EntryView[];
  /** The server's ids, if they can be computed without a query. */
  ids: readonly string[];
  /** True if the server may know the patient by an id that is not in `ids`. */
  mayHaveOtherId: boolean;
}

type Verdict = 'same' | 'other' | 'unknown';

const PATIENT = 'Patient';
const NOBODY: KnownBy = { nhsNumbers: [], keys: [] };

export const onePatient: Rule = {
  id: 'vw-bundle-21',
  severity: always('error'),
  code: 'conflict',
  guidance: '3.2 References',
  claim:
    'Every reference in a summary that can point to a patient points to the Patient of this Bundle. In any other transaction, each entry is about one patient.',
  *check({ resourceType }, context, entry): Iterable<Finding> {
    // A Bundle inside a Bundle is refused, so its content is not checked.
    if (resourceType === 'Bundle') return;
    const references = referencesOf(entry, context);
    if (references.length === 0) return;
    const patient = context.isSummary ? patientOfSummary(context) : patientOfEntry(entry, context);
    if (patient === undefined) return;
    const foreign = references.filter((each) => verdictOn(each, patient, context) === 'other');
    for (const each of withoutCompany(foreign, references, patient, context)) {
      if (isJudgedBySection8(each, context)) continue;
      yield {
        element: each.place,
        text: sentenceOf(each, context),
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changing('DocumentReference', (document) => {
      document.context = {
        ...(document.context as JsonObject),
        sourcePatientInfo: { reference: 'Patient/another' },
      };
    }),
  },
};

function sentenceOf({ to, isBeside }: PatientReference, { isSummary }: RuleContext): string {
  if (!isSummary)
    return 'This reference points to a different patient from an earlier reference in this resource. An entry can be about one patient only. Send one entry for each patient.';
  if (isBeside)
    return 'No item in this list is the Patient of the Bundle. Add a reference to the fullUrl of the Patient’s entry. The list may contain other people too.';
  return to === 'somebody'
    ? 'This reference does not point to the Patient of the Bundle. Use the fullUrl of the Patient’s entry. If the reference points to a resource of another type, name that type in `type`. A summary contains the data of one patient only.'
    : 'This reference points to a patient who is not the Patient of the Bundle. Use the fullUrl of the Patient’s entry. A summary contains the data of one patient only.';
}

/** Other people in the list are allowed if the patient is in it too. */
function withoutCompany(
  foreign: readonly PatientReference[],
  references: readonly PatientReference[],
  patient: Patient,
  context: RuleContext,
): readonly PatientReference[] {
  const isNamed = references.some((each) => each.isBeside && verdictOn(each, patient, context) !== 'other');
  return isNamed ? foreign.filter(({ isBeside }) => !isBeside) : foreign;
}

function verdictOn(reference: PatientReference, patient: Patient, context: RuleContext): Verdict {
  switch (reference.to) {
    case 'entry': {
      const { entry } = reference;
      if (patient.entries.includes(entry)) return 'same';
      if (context.isSummary) return entry.resource.resourceType === PATIENT ? 'other' : 'same';
      const owner = ownerOf(entry, context);
      return owner === undefined ? 'same' : compare(owner, patient);
    }
    case 'nhs-number':
      if (isOfAnotherDay(reference.birthDate, patient)) return 'other';
      if (namesOf(patient.nhsNumbers).has(reference.nhsNumber)) return 'same';
      return compare(byNhsNumber(reference.nhsNumber, context), patient);
    case 'patient':
      if (patient.ids.includes(reference.id)) return 'same';
      return patient.mayHaveOtherId ? 'unknown' : 'other';
    case 'resource':
      return 'unknown';
    case 'somebody':
      return verdictOnKeys(reference.keys, reference.isCertain, patient);
  }
}

/** True where a contained Patient has another birth date than the Patient of the Bundle: one number, two persons. */
const isOfAnotherDay = (birthDate: string | undefined, { entries }: Patient): boolean =>
  entries.some(({ resource }) => birthDatesDiffer(resource.birthDate, birthDate));

function verdictOnKeys(keys: readonly string[], isCertain: boolean, patient: Patient): Verdict {
  if (meet(namesOf(keys), namesOf(patient.keys))) return 'same';
  return isCertain || meet(systemsOf(keys), systemsOf(patient.keys)) ? 'other' : 'unknown';
}

const systems = new WeakMap<readonly string[], Names>();

/** The systems of keys, made once for each list. */
const systemsOf = (keys: readonly string[]): Names =>
  madeOnce(systems, keys, () => new Set(keys.map((key) => key.slice(0, key.lastIndexOf('|')))));

/**
 * Compares two patients by what is known of each. Two that cannot be shown to be the same are `other`, or `unknown` if
 * the server may know one of them by another id.
 */
function compare(one: Patient, other: Patient): Verdict {
  if (one.entries.some((entry) => other.entries.includes(entry))) return 'same';
  const names = (['nhsNumbers', 'ids', 'keys'] as const).map((what) => [one[what], other[what]] as const);
  if (names.some(([these, those]) => meet(namesOf(these), namesOf(those)))) return 'same';
  const isById = ({ ids, nhsNumbers, entries }: Patient): boolean =>
    ids.length > 0 && nhsNumbers.length + entries.length === 0;
  if (isById(one) && isById(other)) return 'other';
  if (isById(one)) return other.mayHaveOtherId ? 'unknown' : 'other';
  if (isById(other)) return one.mayHaveOtherId ? 'unknown' : 'other';
  return 'other';
}

/** The result for each entry, so that an entry that several others refer to is checked once. */
function referencesOf(entry: EntryView, context: RuleContext): PatientReference[] {
  return onceFor(context, referencesOf, entry, () => {
    const find: FindEntry = (reference, from) => {
      const resolution = context.resolve(reference, from);
      return resolution.outcome === 'resolved' ? resolution.entry : undefined;
    };
    return patientReferencesIn(entry, find, context.people);
  });
}

/** Undefined if there is no Patient, which another rule reports. */
function patientOfSummary(context: RuleContext): Patient | undefined {
  return context.once(patientOfSummary, () => {
    const entries = context.entriesOf(PATIENT);
    if (entries.length === 0) return undefined;
    const known = entries.map(({ resource }) => knownBy(resource));
    return patientKnownBy(
      { nhsNumbers: known.flatMap((each) => each.nhsNumbers), keys: known.flatMap((each) => each.keys) },
      entries,
      context,
    );
  });
}

/** The patient that an entry names first; an entry that is a Patient is its own. */
function patientOfEntry(entry: EntryView, context: RuleContext): Patient | undefined {
  if (entry.resource.resourceType === PATIENT)
    return onceFor(context, patientOfEntry, entry, () =>
      patientKnownBy(knownBy(entry.resource), [entry], context),
    );
  for (const reference of referencesOf(entry, context)) {
    const patient = patientNamedBy(reference, context);
    if (patient !== undefined) return patient;
  }
  return undefined;
}

/** The patient of an entry, by its own references only. They are not followed further. */
function ownerOf(entry: EntryView, context: RuleContext): Patient | undefined {
  if (entry.resource.resourceType === PATIENT) return patientOfEntry(entry, context);
  for (const reference of referencesOf(entry, context)) {
    const leadsOn = reference.to === 'entry' && reference.entry.resource.resourceType !== PATIENT;
    const patient = leadsOn ? undefined : patientNamedBy(reference, context);
    if (patient !== undefined) return patient;
  }
  return undefined;
}

function patientNamedBy(reference: PatientReference, context: RuleContext): Patient | undefined {
  switch (reference.to) {
    case 'entry':
      return ownerOf(reference.entry, context);
    case 'nhs-number':
      return byNhsNumber(reference.nhsNumber, context);
    case 'patient':
      return { ...NOBODY, entries: [], ids: [reference.id], mayHaveOtherId: false };
    case 'resource':
      return undefined;
    case 'somebody':
      return reference.isCertain
        ? { nhsNumbers: [], keys: reference.keys, entries: [], ids: [], mayHaveOtherId: true }
        : undefined;
  }
}

const byNhsNumber = (nhsNumber: string, context: RuleContext): Patient =>
  patientKnownBy({ nhsNumbers: [nhsNumber], keys: [] }, [], context);

function patientKnownBy(known: KnownBy, entries: readonly EntryView[], context: RuleContext): Patient {
  const { idOfPatient } = context.settings;
  const ids = idOfPatient ? known.nhsNumbers.map((nhsNumber) => idOfPatient(nhsNumber)) : [];
  // Without a server, or without an NHS number, the id is found when the summary is filed.
  return {
    ...known,
    entries,
    ids,
    mayHaveOtherId: ids.length === 0 && (idOfPatient !== undefined || !context.isSummary),
  };
}

/** True of a subject with a row in section 8. The rule of that row checks a literal reference. */
function isJudgedBySection8({ element, place, isLogical }: PatientReference, context: RuleContext): boolean {
  if (!context.isSummary || isLogical || place !== 'subject') return false;
  const [type = '', path] = element.split('.');
  return context.definitionOf(type)?.references?.some((each) => each.path === path) === true;
}

/** True if a reference points to the stored Patient of which the summary's Patient is the next version. */
export function leadsToTheStoredPatient(reference: JsonObject, context: RuleContext): boolean {
  const id = patientIdIn(reference);
  const patient = id === undefined || !context.isSummary ? undefined : patientOfSummary(context);
  if (id === undefined || patient === undefined) return false;
  return patient.ids.includes(id) || patient.mayHaveOtherId;
}
