/** What the stories of who said what of a patient have in common: how a summary is dated, retracted and speaks of a death. */
import type { SummaryBuilder } from '../fixtures/summary';
import type { Homeward } from '../support/homeward';
import { byNhsNumber, freshSummary, type AnyJson, type Sent } from './sending';

export type Change = (summary: SummaryBuilder) => SummaryBuilder;

/** Made on this day of May 2025, or at this time. */
export const at = (summary: SummaryBuilder, day: string | Date): SummaryBuilder =>
  summary
    .with('Bundle.meta.lastUpdated', typeof day === 'string' ? `2025-05-${day}T12:00:00Z` : day.toISOString())
    .without('Bundle.meta.versionId');

export const retracted: Change = (summary) =>
  summary.with('Encounter.status', 'entered-in-error').with('DocumentReference.status', 'entered-in-error');

export const dead: Change = (summary) => summary.with('Patient.deceasedBoolean', true);
export const alive: Change = (summary) =>
  summary.without('Patient.deceasedDateTime').with('Patient.deceasedBoolean', false);
export const died =
  (date: string): Change =>
  (summary) =>
    summary.without('Patient.deceasedBoolean').with('Patient.deceasedDateTime', date);
export const family =
  (name: string): Change =>
  (summary) =>
    summary.with('Patient.name[0].family', name);
export const phone =
  (end: string): Change =>
  (summary) =>
    summary.with('Patient.telecom[0].value', `07700900${end}`);

/** Another stay of this patient. */
export const of = (nhsNumber: string): SummaryBuilder => freshSummary().observations(0).nhsNumber(nhsNumber);

export const patientWith = async (homeward: Homeward, nhsNumber: string): Promise<AnyJson> =>
  (await homeward.call('GET', `/FHIR/R4/Patient?${byNhsNumber('identifier', nhsNumber)}`)).json.entry[0]
    .resource;

/** The reasons for a review that speak of a death. */
export const deathReasons = async (homeward: Homeward, { submissionId }: Sent): Promise<string[]> => {
  const { json } = await homeward.call('GET', `/submissions/${submissionId}`);
  return json.review.reasons.filter((reason: string) => /die|death|alive/.test(reason));
};
