/** `/console/sign-out`: ends the session. */
import { roles } from '../../../../engines/access/people/roles';
import { answered } from '../../../../use-cases/call/answered';
import { nothing } from '../../../../use-cases/call/disclosed';
import { personOf, type Page } from '../../page';

export const signOut: Page = {
  method: 'POST',
  path: '/console/sign-out',
  roles,
  audit: { action: 'E', interaction: 'sign-out' },
  show: async (visit, { sessions, cookies }) => {
    await sessions.close(personOf(visit).sessionId);
    return answered(
      { kind: 'redirect', to: '/console/sign-in?signed-out', cookies: [cookies.noSession()] },
      nothing,
    );
  },
};
