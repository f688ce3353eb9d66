/**
 * `/console/patients`: finds a patient by NHS number. The number is in the body of a form, so that no address, log or
 * history of a browser keeps it. What was mistyped is told apart from what is not held.
 */
import {
  isValidNhsNumber,
  NHS_NUMBER_SYSTEM,
  withoutSpacesAndDashes,
} from '../../../../terminology/nhs-number';
import { answered, type Answered } from '../../../../use-cases/call/answered';
import { nothing, together } from '../../../../use-cases/call/disclosed';
import { search } from '../../../../use-cases/reading/search';
import type { HttpFailure } from '../../../http/request-context';
import type { ConsoleDependencies } from '../../dependencies';
import type { Page, Shown, Visit } from '../../page';
import { mayBreakGlass, readerFor } from '../../reader-for';

const FIELD = 'nhs-number';

export const patientSearch: Page = {
  method: 'GET',
  path: '/console/patients',
  roles: ['clinician'],
  navigation: 'Patients',
  show: async () => answered(searchPage({}), nothing),
};

export const patientFound: Page = {
  method: 'POST',
  path: '/console/patients',
  roles: ['clinician'],
  audit: { action: 'E', interaction: 'search-type' },
  show: async (visit, dependencies) => {
    const typed = visit.form.text(FIELD);
    const number = withoutSpacesAndDashes(typed);
    if (!isValidNhsNumber(number)) return answered(searchPage({ typed, fault: faultOf(number) }), nothing);
    return find(number, typed, visit, dependencies);
  },
};

async function find(
  number: string,
  typed: string,
  visit: Visit,
  dependencies: ConsoleDependencies,
): Promise<Answered<Shown, HttpFailure>> {
  const { reading } = dependencies;
  const id = reading.patients.idOf(number);
  const reader = readerFor(visit, [id], dependencies);
  const params = [['identifier', `${NHS_NUMBER_SYSTEM}|${number}`]] as const;
  const { type } = reading.patients;
  const found = await search(reader, { type, params, handling: 'strict' }, reading);
  if (!found.ok) return found;
  const disclosed = together(found.disclosed, { ...nothing, patients: [id], nhsNumbers: [number] });
  const [patient] = found.answer.matches;
  if (patient) return answered({ kind: 'redirect', to: `/console/patients/${patient.id}` }, disclosed);
  const reasonFor = mayBreakGlass(visit, dependencies) ? id : undefined;
  return answered(searchPage({ typed, isMissing: true, reasonFor }), { ...disclosed, isEmpty: true });
}

/** What is wrong with a number, in a sentence that says what an NHS number is. */
function faultOf(number: string): string {
  if (number === '') return 'Enter an NHS number. What you entered is not an NHS number: it has no digits';
  if (!/^\d+$/.test(number))
    return 'This is not an NHS number: it has other characters than digits. Check what you typed';
  if (number.length !== 10)
    return `This is not an NHS number: it has ${number.length} ${number.length === 1 ? 'digit' : 'digits'}, and an NHS number has 10. Check what you typed`;
  return 'This is not an NHS number: its last digit does not fit the others. Check what you typed';
}

function searchPage({
  typed = '',
  fault,
  isMissing = false,
  reasonFor,
}: {
  typed?: string;
  fault?: string;
  isMissing?: boolean;
  reasonFor?: string | undefined;
}): Shown {
  return {
    kind: 'page',
    template: 'pages/patients/patients.njk',
    title: 'Find a patient',
    ...(fault === undefined ? {} : { isError: true }),
    values: { field: FIELD, typed, fault, isMissing, reasonFor },
  };
}
