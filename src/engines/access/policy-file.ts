/**
 * Reads `POLICY_FILE`: checks all of it, reports every fault with its place, and reads it again when it changes.
 * @see docs/access.md
 */
import { isObject, type Json, type JsonObject } from '../../fhir/types';
import { OPEN_RULES, type PolicyRules, type ReadingRule } from './policy';
import type { OnRead, SeenFile } from '../../platform/seen-file';
import { openWatchedFile, type Opened, type Reading } from '../../platform/watched-file';

export interface OpenPolicyFileOptions {
  path: string;
  now: () => number;
  onProblem: (text: string) => void;
  onRead?: OnRead;
}

/** The rules of the file: for `createPolicy(() => file.current())`. */
export function openPolicyFile(options: OpenPolicyFileOptions): Promise<Opened<PolicyRules>> {
  return openWatchedFile({ ...options, name: 'POLICY_FILE', read: readPolicyRules, parts: partsOf });
}

/** Each rule by its place (`reading.organisations.RR8`), with its value. */
function partsOf(rules: object, place = ''): SeenFile['parts'] {
  const parts: Record<string, string> = {};
  for (const [member, value] of Object.entries(rules) as [string, unknown][]) {
    const at = `${place}${member}`;
    if (isObject(value)) Object.assign(parts, partsOf(value, `${at}.`));
    else parts[at] = Array.isArray(value) ? value.join(',') : String(value);
  }
  return parts;
}

const PATTERN = /^(?:\*|[A-Z0-9][A-Z0-9._-]{0,31}\*?)$/;
const CODE = /^[A-Z0-9][A-Z0-9._-]{0,31}$/;

/** Checks the parsed file. An unknown member is a fault, because a misspelt rule must not be ignored. */
export function readPolicyRules(document: unknown): Reading<PolicyRules> {
  const faults: string[] = [];
  const section = (value: unknown, place: string, members: readonly string[]): JsonObject => {
    if (value === undefined) return {};
    if (!isObject(value)) {
      faults.push(`${place} must be an object`);
      return {};
    }
    for (const member of Object.keys(value)) {
      if (!members.includes(member)) {
        faults.push(`${place}.${member} is not known. Use ${members.join(', ')}`);
      }
    }
    return value;
  };
  const oneOf = <T extends Json>(value: unknown, place: string, choices: readonly T[], otherwise: T): T => {
    if (value === undefined) return otherwise;
    const chosen = choices.find((choice) => choice === value);
    if (chosen === undefined) faults.push(`${place} must be ${choices.join(' or ')}`);
    return chosen ?? otherwise;
  };
  const byOrganisation = <T>(
    value: unknown,
    place: string,
    read: (item: Json | undefined, at: string) => T,
  ): Record<string, T> => {
    if (value === undefined) return {};
    if (!isObject(value)) {
      faults.push(`${place} must be an object of ODS codes`);
      return {};
    }
    return Object.fromEntries(
      Object.entries(value).map(([code, item]) => {
        if (!CODE.test(code)) faults.push(`${place}.${code} must be an ODS code in capitals`);
        return [code, read(item, `${place}.${code}`)];
      }),
    );
  };
  const patterns = (value: Json | undefined, place: string): string[] => {
    if (Array.isArray(value) && value.every((item) => typeof item === 'string' && PATTERN.test(item))) {
      return value as string[];
    }
    faults.push(
      `${place} must be a list of ODS codes in capitals. A code may end with *, which stands for all codes with that beginning`,
    );
    return [];
  };
  const READING: readonly ReadingRule[] = ['direct-care', 'own-patients'];
  const { submitting: open, reading: openReading } = OPEN_RULES;

  const whole = section(document, 'policy', ['submitting', 'reading']);
  const submitting = section(whole.submitting, 'submitting', ['default', 'organisations']);
  const reading = section(whole.reading, 'reading', ['default', 'organisations', 'actingFor', 'breakGlass']);
  const value: PolicyRules = {
    submitting: {
      default: oneOf(submitting.default, 'submitting.default', ['any', 'own'], open.default),
      organisations: byOrganisation(submitting.organisations, 'submitting.organisations', patterns),
    },
    reading: {
      default: oneOf(reading.default, 'reading.default', READING, openReading.default),
      organisations: byOrganisation(reading.organisations, 'reading.organisations', (item, place) =>
        oneOf(item, place, READING, 'own-patients'),
      ),
      actingFor: byOrganisation(reading.actingFor, 'reading.actingFor', patterns),
      breakGlass: oneOf(reading.breakGlass, 'reading.breakGlass', [true, false], openReading.breakGlass),
    },
  };
  return faults.length > 0 ? { ok: false, faults } : { ok: true, value, remarks: [] };
}
