/** Searches by the id of the resource itself: `_id`. A value that is not a UUID finds nothing. */
import { isUuid } from '../../fhir/uuid';
import { unescape } from './escape';
import { nothing, type Indexing } from './indexing';
import { isNumber } from './reference';

export const primaryKey: Indexing = {
  columns: () => [],
  write: () => () => undefined,
  ask(parameter, modifier, values, context) {
    if (modifier !== undefined)
      return { fault: `the modifier :${modifier} is not supported for ${parameter.code}` };
    if (values.some((value) => isNumber(unescape(value), context))) context.doubts.add('number-for-id');
    const ids = values.map(unescape).filter(isUuid);
    if (ids.length === 0) return { clause: nothing };
    return { clause: (alias, bind) => `${alias}.id = ANY(${bind(ids, 'uuid[]')})` };
  },
  missing: () => 'FALSE',
  sortKey: (_parameter, alias) => ({ sql: `${alias}.id`, type: 'uuid', always: true }),
};
