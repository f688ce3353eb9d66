/**
 * Opens the record of one patient with a reason, where the site's policy keeps a person to the patients of the person's
 * organisation and allows it. The reason is in the audit trail with each page that it opens.
 */
import { isUuid } from '../../../../fhir/uuid';
import { readBreakGlass } from '../../../../engines/access/policy';
import { MOST_REASONS } from '../../../../engines/access/people/sessions';
import { answered, disclosing } from '../../../../use-cases/call/answered';
import { nothing } from '../../../../use-cases/call/disclosed';
import { unknownResource } from '../../../../use-cases/call/failures';
import { read } from '../../../../use-cases/reading/read';
import { readerOf } from '../../../http/reader';
import { personOf, type Page, type Shown } from '../../page';
import { mayBreakGlass } from '../../reader-for';

export const breakGlass: Page = {
  method: 'POST',
  path: '/console/patients/:id/break-glass',
  roles: ['clinician'],
  audit: { action: 'E', interaction: '$break-glass' },
  show: async (visit, dependencies) => {
    const { id = '' } = visit.context.path;
    const disclosed = { ...nothing, patients: [id] };
    if (!isUuid(id) || !mayBreakGlass(visit, dependencies)) return disclosing(unknownResource());
    const reason = readBreakGlass(visit.form.text('reason'));
    if (reason === undefined) return answered(askForReason(id, 'Enter the reason'), disclosed);
    visit.context.note({ breakGlass: reason });
    const { reading, readRestriction, sessions } = dependencies;
    const { caller, sessionId } = personOf(visit);
    visit.context.reach = readRestriction(caller, reason);
    const question = { type: reading.patients.type, id };
    const held = await read(readerOf(visit.context, reading), question, reading);
    if (!held.ok && held.failure.category === 'not-found') return disclosing(unknownResource(), disclosed);
    const isKept = await sessions.breakGlass(sessionId, id.toLowerCase(), reason);
    if (!isKept) return answered(askForReason(id, TOO_MANY), disclosed);
    return answered({ kind: 'redirect', to: `/console/patients/${id}` }, disclosed);
  },
};

const TOO_MANY = `You have opened ${MOST_REASONS} records in this way since you signed in. Sign out, and sign in again`;

export function askForReason(patientId: string, fault?: string): Shown {
  return {
    kind: 'page',
    template: 'pages/break-glass/break-glass.njk',
    title: 'Give a reason to open this record',
    status: fault === undefined ? 403 : 400,
    ...(fault === undefined ? {} : { isError: true }),
    values: { patientId, fault },
  };
}
