/**
 * Whether a code is a unit of UCUM, by the library of the National Library of Medicine. The library and its tables are
 * loaded when first asked (60 ms), and answers are remembered, up to a bound, since the codes come from outside.
 * @see https://ucum.org/ucum
 */
interface UcumLibrary {
  UcumLhcUtils: {
    getInstance(): {
      validateUnitString(unit: string, suggest: boolean): { status: string; ucumCode: string | null };
    };
  };
}

/** Longer codes are not looked at: UCUM's own are a few characters. */
const MAX_LENGTH = 60;
const MAX_REMEMBERED = 1000;

let validate: ((unit: string) => boolean) | undefined;
const remembered = new Map<string, boolean>();

/** True of a case-sensitive UCUM code such as `mm[Hg]`, `/min` or `{breaths}/min`; not of `mmHg` or `bpm`. */
export function isUcumUnit(code: string): boolean {
  if (code === '' || code.length > MAX_LENGTH) return false;
  const known = remembered.get(code);
  if (known !== undefined) return known;
  // HL7's own list of common units has annotations of several words.
  const plain = code.replace(/\{[^{}]*\}/g, (annotation) => annotation.replace(/ /g, '_'));
  const verdict = !/\s/.test(plain) && (validate ??= load())(plain);
  if (remembered.size >= MAX_REMEMBERED) remembered.delete(remembered.keys().next().value as string);
  remembered.set(code, verdict);
  return verdict;
}

function load(): (unit: string) => boolean {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded when first needed
  const library = require('@lhncbc/ucum-lhc') as UcumLibrary;
  const units = library.UcumLhcUtils.getInstance();
  return (unit) => {
    const { status, ucumCode } = units.validateUnitString(unit, false);
    return status === 'valid' && ucumCode === unit;
  };
}
