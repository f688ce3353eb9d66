/** Chooses the file that handles a search parameter, by its type. */
import type { SearchParameter } from '../../definitions/table';
import { date } from './date';
import type { Indexing } from './indexing';
import { number } from './number';
import { position } from './position';
import { primaryKey } from './primary-key';
import { quantity } from './quantity';
import { reference } from './reference';
import { string } from './string';
import { token } from './token';
import { uri } from './uri';

const byType = { token, reference, date, string, quantity, number, uri, special: position };

/** @throws for a composite: its parts have their own types */
export function indexingOf(parameter: SearchParameter): Indexing {
  if (parameter.stored === 'id') return primaryKey;
  if (parameter.type === 'composite') throw new Error(`${parameter.code} is a composite`);
  return byType[parameter.type];
}
