/**
 * Which references of a patient's summary may point to another person. Every other reference that R4 allows to point to a
 * patient must point to the patient of the summary. Each definition lists its exceptions
 * (`otherPeople`), by path. An element is listed for what it means, not for its name: `Task.restriction.recipient` is
 * for whom a task is done, and `BiologicallyDerivedProduct.collection.source` is whom a product was taken from, so both
 * are the patient.
 *
 * `test/house/other-people.test.ts` walks all Reference elements of R4 and states for each whether it is held or excepted.
 * @see docs/submissions.md
 */

/** Why an element may name somebody else. */
export type OtherPerson =
  /** Who did it, or is to do it. */
  | 'did'
  /** Who said it, wrote it or signed it. */
  | 'said'
  /** Who asked for it. */
  | 'asked'
  /** Who was informed of it. */
  | 'told'
  /** Who pays for it. */
  | 'pays'
  /** A member of the team that cares for the patient. */
  | 'team'
  /** Another record of the patient, or of somebody related. */
  | 'link'
  /** Whom a reading is of, where that is not the patient: it is stored, and never scored. */
  | 'focus'
  /** Another participant: the same element also names the patient. */
  | 'beside';

/** Of R4's datatypes, which are elements of many types. */
const IN_DATATYPES: Readonly<Record<string, OtherPerson>> = {
  'Annotation.author[x]': 'said',
  'Signature.who': 'said',
  'Signature.onBehalfOf': 'said',
};

/** What the definitions say of people, asked by R4 element: `Observation.performer`. */
export interface PeopleNamed {
  /** Every element that may name somebody else, with the reason. */
  readonly exceptions: ReadonlyMap<string, OtherPerson>;
  /** Why the element may name somebody else; undefined where it may not. */
  otherPersonAt(element: string): OtherPerson | undefined;
  /** True where an element of these targets is taken to mean a patient unless it says otherwise. */
  meansAPatient(element: string, targets: readonly string[] | undefined): boolean;
}

/** The fields of a definition that speak of people. */
export interface SpeaksOfPeople {
  type: string;
  otherPeople?: Readonly<Record<string, OtherPerson>>;
  subjectOfAnyType?: string;
}

export function peopleNamedIn(definitions: readonly SpeaksOfPeople[]): PeopleNamed {
  const exceptions = new Map(Object.entries(IN_DATATYPES));
  const subjects = new Set<string>();
  for (const { type, otherPeople = {}, subjectOfAnyType } of definitions) {
    for (const [path, reason] of Object.entries(otherPeople)) exceptions.set(`${type}.${path}`, reason);
    if (subjectOfAnyType !== undefined) subjects.add(`${type}.${subjectOfAnyType}`);
  }
  return {
    exceptions,
    otherPersonAt: (element) => exceptions.get(element),
    meansAPatient: (element, targets) => targets?.includes('Patient') ?? subjects.has(element),
  };
}
