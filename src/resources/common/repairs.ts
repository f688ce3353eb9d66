/**
 * Repairs of deviations that belong to no resource type: a number or boolean written as a string, a time without its
 * zone, the known other ways to write a code system, an NHS number or an ODS code. The guidance's defect register
 * names each (def-07, def-10, def-18, def-19c, def-30b, section 1e), and decision 6 of its README adds the last few.
 */
import type { DatatypeRepair } from '../../definitions/rule';
import { identifierRepairs } from './repairs-of-identifiers';
import { keyCase, keyTrailingColon } from './repairs-of-keys';
import { fractionOfZeros, stringToBool, stringToNumber, zoneAssumed } from './repairs-of-primitives';
import { bareId } from './repairs-of-references';

export const repairs: readonly DatatypeRepair[] = [
  keyTrailingColon,
  keyCase,
  stringToNumber,
  fractionOfZeros,
  stringToBool,
  zoneAssumed,
  ...identifierRepairs,
  bareId,
];
