/**
 * `Patient/$match`: finds the stored Patients that a description could mean.
 * @see https://hl7.org/fhir/R4/patient-operation-match.html
 */
import { parseJson } from '../../../fhir/json';
import { isObject, isResource, listOf, type JsonObject } from '../../../fhir/types';
import { parseXml } from '../../../fhir/xml/parse-xml';
import { mapped } from '../../../use-cases/call/answered';
import { match as matchPatient, type MatchQuestion } from '../../../use-cases/reading/match';
import { readerOf } from '../reader';
import { bodyFormatOf } from '../request-format';
import { refused, Refused } from '../request-context';
import { scope } from '../route';
import { official, type Operation } from './operation';

export const match: Operation = {
  name: 'match',
  ways: [
    {
      on: 'Patient',
      by: 'POST',
      access: scope('Patient', 's'),
      definition: official('Patient', 'match'),
      text: {
        id: 'matchPatient',
        tag: 'Reading',
        summary: 'Find the stored Patient that matches',
        description:
          'A match of NHS number and birth date is `certain`. Every other match has a lower grade.',
        request: 'Wanted',
        answers: { 200: 'Searchset' },
        faults: [422],
      },
      async handler(context, body, { reading }) {
        const question = questionIn(body, bodyFormatOf(context.request));
        const result = await matchPatient(readerOf(context, reading), question, reading);
        return mapped(result, ({ json }) => ({ status: 200, json }));
      },
    },
  ],
};

const DEFAULT_COUNT = 10;
const MAX_COUNT = 50;

/** @throws Refused when the body is neither a Patient nor Parameters with one */
function questionIn(body: Buffer, format: 'json' | 'xml'): MatchQuestion {
  const parsed = format === 'xml' ? parseXml(body) : parseJson(body);
  if (!parsed.ok) throw new Refused({ category: 'unreadable', issues: [parsed.issue] });
  const value = parsed.value;
  const parameters =
    isResource(value) && value.resourceType === 'Parameters' ? listOf(value.parameter).filter(isObject) : [];
  const named = (name: string): JsonObject | undefined => parameters.find((each) => each.name === name);
  const patient = isResource(value) && value.resourceType === 'Patient' ? value : named('resource')?.resource;
  if (!isResource(patient) || patient.resourceType !== 'Patient') {
    throw refused('bad-request', {
      code: 'required',
      rule: 'match-no-patient',
      text: 'The body has no Patient. Send Parameters with a parameter named resource that contains a Patient.',
      expression: 'Parameters.parameter',
    });
  }
  const count = named('count')?.valueInteger;
  return {
    patient,
    onlyCertain: named('onlyCertainMatches')?.valueBoolean === true,
    count: typeof count === 'number' && count > 0 ? Math.min(count, MAX_COUNT) : DEFAULT_COUNT,
  };
}
