/** The id of the resource itself: `_id`. What is not a UUID names no resource here. */
import { unescape } from './escape';
import { nothing, type Indexing } from './indexing';
import { isNumber } from './reference';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const primaryKey: Indexing = {
  columns: () => [],
  write: () => () => undefined,
  ask(parameter, modifier, values, context) {
    if (modifier !== undefined)
      return { fault: `the modifier :${modifier} is not offered for ${parameter.code}` };
    if (values.some((value) => isNumber(unescape(value), context))) context.doubts.add('number-for-id');
    const ids = values.map(unescape).filter((id) => UUID.test(id));
    if (ids.length === 0) return { clause: nothing };
    return { clause: (alias, bind) => `${alias}.id = ANY(${bind(ids, 'uuid[]')})` };
  },
  missing: () => 'FALSE',
  sortKey: (_parameter, alias) => ({ sql: `${alias}.id`, type: 'uuid', always: true }),
};
