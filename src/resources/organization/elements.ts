/** The element table of Organization, which creates and shares the data (section 3.4.3 of the guidance). */
import { stricter, type ElementRow } from '../../definitions/rule';
import { idRow, metaRows } from '../common/rows';

export const elements: readonly ElementRow[] = [
  idRow('vw-org-01', '3.4.3', 'Organization'),
  ...metaRows({ meta: 'vw-org-02', profile: 'vw-org-02' }, '3.4.3', 'Organization'),
  {
    id: 'vw-org-05',
    path: 'identifier.value',
    guidance: '3.4.3 Organization.identifier.value',
    optionality: 'required-if-using',
    max: 1,
    absent: stricter('warning', 'error'),
    text: '`Organization.identifier.value` is missing. Send the code, or leave the identifier out.',
  },
];
