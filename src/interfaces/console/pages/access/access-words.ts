/** What was done with a patient's data, in the words of the page that lists it: `Passed on` and `A summary, to gp-records`. */
import type { AccessRow } from '../../../../use-cases/auditing/access-rows';

const actions: Readonly<Record<string, string>> = {
  C: 'Sent or wrote',
  R: 'Read',
  U: 'Changed',
  D: 'Removed',
  E: 'Searched',
};
/** Pages are named by what they show, with another word for the action where it has one; requests of the API as they came. */
const names: readonly (readonly [path: RegExp, what: string, action?: string])[] = [
  [/^\w+ \/console\/patients(?:$|\/[^/]+$)/, 'The patient’s page'],
  [/^\w+ \/console\/patients\/[^/]+\/break-glass/, 'The record, with a reason'],
  [/^\w+ \/console\/stays\//, 'The page of a stay'],
  [/^\w+ \/console\/documents\//, 'A document'],
  [/^\w+ \/console\/submissions$/, 'The list of submissions'],
  [
    /^POST (?:\/console\/submissions\/|\/submissions\/[^/]+\/review$)/,
    'The review of a submission',
    'Reviewed',
  ],
  [/^POST \/FHIR\/R4\/Bundle$/, 'A summary (POST /FHIR/R4/Bundle)'],
  [/^\w+ \/console\/submissions\//, 'A submission'],
  [/^\w+ \/console\/access/, 'Who has seen the data'],
];

/** What was done, and to what. */
export function doneInWords(row: Pick<AccessRow, 'action' | 'what'>): { action: string; what: string } {
  const target = row.what ?? '';
  const [, destination] = /^deliveries:(.*)/s.exec(target) ?? [];
  if (destination !== undefined) return { action: 'Passed on', what: `A summary, to ${destination}` };
  const [, what = target, action = actions[row.action ?? ''] ?? row.action ?? ''] =
    names.find(([path]) => path.test(target)) ?? [];
  return { action, what };
}
