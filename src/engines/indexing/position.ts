/**
 * Indexes the only special parameter that is stored: a position on the earth, searched as
 * `latitude|longitude|distance|unit`.
 * @see https://hl7.org/fhir/R4/location.html#positional
 */
import { isNumber, numberText } from '../../fhir/decimal';
import { isObject } from '../../fhir/types';
import { splitEscaped, unescape } from './escape';
import { anyOf, type Clause, type Indexing } from './indexing';
import { notOffered } from './modifier';

const KILOMETRES: Record<string, number> = { km: 1, m: 0.001, '[mi_us]': 1.609347, '[mi_i]': 1.609344 };
const DEFAULT_DISTANCE_KM = 10;
const EARTH_RADIUS_KM = 6371;

export const position: Indexing = {
  columns: ({ column }) => [
    { name: `${column}_latitude`, type: 'numeric', comment: 'Degrees north (WGS84)' },
    { name: `${column}_longitude`, type: 'numeric', comment: 'Degrees east (WGS84)' },
  ],

  write({ column }) {
    return ([value], row) => {
      if (!isObject(value) || !isNumber(value.latitude) || !isNumber(value.longitude)) return;
      row[`${column}_latitude`] = numberText(value.latitude);
      row[`${column}_longitude`] = numberText(value.longitude);
    };
  },

  ask(parameter, modifier, values) {
    if (modifier !== undefined) return { fault: notOffered(modifier, 'position', ['missing']) };
    const clauses: Clause[] = [];
    for (const value of values) {
      const [latitude, longitude, distance, unit = 'km'] = splitEscaped(value, '|').map(unescape);
      const scale = KILOMETRES[unit];
      const asked = [latitude, longitude, distance || DEFAULT_DISTANCE_KM].map(Number);
      const [north = NaN, east = NaN, far = NaN] = asked;
      if (!latitude || !longitude || scale === undefined || asked.some((part) => !Number.isFinite(part)))
        return {
          fault: 'a position is `latitude|longitude|distance|unit`, the unit km, m, [mi_us] or [mi_i]',
        };
      clauses.push((alias, bind) => {
        const [lat, lon] = [
          `${alias}.${parameter.column}_latitude`,
          `${alias}.${parameter.column}_longitude`,
        ];
        const [atLat, atLon] = [bind(north, 'float8'), bind(east, 'float8')];
        const haversine =
          `power(sind((${lat}::float8 - ${atLat}) / 2), 2) +` +
          ` cosd(${atLat}) * cosd(${lat}::float8) * power(sind((${lon}::float8 - ${atLon}) / 2), 2)`;
        return `2 * ${EARTH_RADIUS_KM} * asin(least(1, sqrt(${haversine}))) <= ${bind(far * scale, 'float8')}`;
      });
    }
    return { clause: anyOf(clauses) };
  },

  missing: ({ column }, alias) => `${alias}.${column}_latitude IS NULL`,
};
