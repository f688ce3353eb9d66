/** `/console/`: opens the first page of a person's role. */
import { answered } from '../../../../use-cases/call/answered';
import { nothing } from '../../../../use-cases/call/disclosed';
import { roles, type Role } from '../../../../engines/access/people/roles';
import { personOf, type Page } from '../../page';

const first: Readonly<Record<Role, string>> = {
  clinician: '/console/patients',
  auditor: '/console/submissions',
  operator: '/console/roads',
};

export const start: Page = {
  method: 'GET',
  path: '/console',
  roles,
  show: async (visit) => {
    const role = personOf(visit).roles[0] ?? 'operator';
    return answered({ kind: 'redirect', to: first[role] }, nothing);
  },
};
