/**
 * What the other parts may know of patients: one object, made by `src/resources/patient/patients.ts` and handed to every
 * engine by `app.ts`. An engine speaks of the Patient through this, and of no other type by name.
 */
import type { AnyResource, JsonObject } from '../fhir/types';

export interface Patients {
  /** `Patient` */
  readonly type: string;
  /** The system of NHS numbers. */
  readonly identifierSystem: string;
  /** The table of patients, and two of its columns. */
  readonly table: { readonly name: string; readonly nhsNumber: string; readonly birthDate: string };
  /** The tables of stays and documents: who has stored one of a patient takes part in the patient's care. */
  readonly careTables: readonly string[];
  /** The types of the resources in them. */
  readonly careTypes: readonly string[];
  /** An NHS number as people write it, with spaces or dashes: its digits, and whether its check digit holds. */
  readNumber(text: string): { digits: string; isRight: boolean };
  /** The server's id of the patient with this NHS number. */
  idOf(nhsNumber: string): string;
  /** The server's id of this Patient resource, by its NHS number; undefined where it has none. */
  idOfResource(patient: AnyResource): string | undefined;
  /** The NHS number of this Patient resource; undefined where it has none. */
  nhsNumberOf(patient: AnyResource): string | undefined;
  /** The NHS number by which a Reference names its patient, where it has nothing else; undefined where it does not. */
  nhsNumberOfLogical(reference: JsonObject): string | undefined;
  /** The server's id of the patient whom a search token `system|NHS number` names; undefined where it is another token. */
  idOfToken(token: string): string | undefined;
  /** The server's id of the patient whom a Reference names by NHS number alone; undefined where it does not. */
  idOfLogical(reference: JsonObject): string | undefined;
  /** True where two birth dates differ in a part that both give: they are those of two persons. */
  birthDatesDiffer(one: unknown, other: unknown): boolean;
  /** True of a stay or reading that begins after the death that the Patient has. */
  happensAfterDeath(patient: AnyResource, resource: AnyResource): boolean;
  /** True of a Patient who has died. */
  isDead(patient: AnyResource): boolean;
  /** True if the Patient says whether the person died. */
  saysOfDeath(patient: AnyResource): boolean;
  /** The elements by which people know a patient, and what people call each (`address`). */
  readonly told: Readonly<Record<string, string>>;
  /** The NHS numbers of the Patient entries of a Bundle, each once: never those of another person. */
  nhsNumbersIn(bundle: AnyResource | undefined): string[];
}

/** An NHS number and the server's id that follows from it. */
export type PatientIdOf = (nhsNumber: string) => string;
