/** How submissions are checked. @see docs/configuration.md */
import { choice, list } from './variable';

export const checking = {
  handling: choice('HANDLING', ['default', 'strict'], {
    unlessSet: 'default',
    meaning: '`strict` turns every repair into an error, for every sender.',
  }),
  testRangeNhsNumbers: choice('NHS_NUMBER_TEST_RANGE', ['accept', 'refuse'], {
    unlessSet: 'accept',
    meaning:
      'For live systems, `refuse` rejects NHS numbers of the test range (999…) and the database of a sandbox.',
  }),
  fhirPackages: list('FHIR_PACKAGES', {
    meaning:
      'Paths of FHIR packages (`.tgz` files or folders), whose profiles are applied to resources that claim them.',
  }),
};
