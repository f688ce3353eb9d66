/**
 * Units and plausible ranges of the readings that NEWS2 is scored from. Conversions are for checking a score against
 * its reading only: what was sent is stored as it was sent. The ranges are data-quality limits for adults, chosen
 * conservatively; they are not values of the Royal College of Physicians.
 * @see https://ucum.org/ucum
 */
import { UCUM } from '../../../fhir/code-systems';
import type { Reading } from './readings';

/** The readings that are numbers with a unit. */
export type MeasuredReading = Exclude<Reading, 'inspiredOxygen' | 'bloodPressurePanel' | 'consciousness'>;

/**
 * How a unit was understood. `text`: by its printed words, because its code or its system did not say.
 * `text-against-code`: by its printed unit, beside a UCUM code that is not a unit of this reading.
 */
export type UnitReading = 'canonical' | 'alias' | 'converted' | 'text' | 'text-against-code';

export interface CanonicalQuantity {
  value: number;
  /** The canonical UCUM code, such as `/min`. */
  unit: string;
  /** The UCUM code of the unit that was understood, such as `[degF]`. */
  sentIn: string;
  how: UnitReading;
}

interface Conversion {
  convert(value: number): number;
  /** Printed units that mean it, in lower case. */
  words?: readonly string[];
  /** Where given, the values for which the unit makes sense. */
  only?: (value: number) => boolean;
}

interface Units {
  canonical: string;
  /** UCUM codes that mean the same. */
  aliases: readonly string[];
  /** Printed units that mean the same, in lower case. */
  words: readonly string[];
  conversions: Readonly<Record<string, Conversion>>;
}

const perSecond: Conversion = { convert: (value) => value * 60 };
const fraction: Conversion = { convert: (value) => value * 100, only: (value) => value <= 1 };
/** One kilopascal in millimetres of mercury. */
const MMHG_PER_KPA = 7.50062;

const PRESSURE: Units = {
  canonical: 'mm[Hg]',
  aliases: [],
  words: ['mmhg', 'mm hg', 'millimeter of mercury', 'millimetre of mercury', 'millimetres of mercury'],
  conversions: { kPa: { convert: (value) => value * MMHG_PER_KPA, words: ['kilopascal', 'kilopascals'] } },
};

const UNITS: Readonly<Record<MeasuredReading, Units>> = {
  respirationRate: {
    canonical: '/min',
    aliases: ['{Breaths}/min', '{breaths}/min', '{resp}/min', '1/min', 'min-1'],
    words: ['per minute', 'breaths/min', 'breaths per minute', 'breaths/minute', 'bpm'],
    conversions: { '/s': perSecond, Hz: perSecond },
  },
  pulse: {
    canonical: '/min',
    aliases: ['{beats}/min', '{Beats}/min', '1/min', 'min-1'],
    words: ['per minute', 'beats/min', 'beats per minute', 'beats/minute', 'bpm'],
    conversions: { '/s': perSecond, Hz: perSecond },
  },
  oxygenSaturation: {
    canonical: '%',
    aliases: ['%{saturation}'],
    words: ['percent', 'per cent'],
    conversions: { '1': fraction },
  },
  systolicBloodPressure: PRESSURE,
  diastolicBloodPressure: PRESSURE,
  temperature: {
    canonical: 'Cel',
    aliases: [],
    words: ['°c', 'c', 'degree celsius', 'degrees celsius', 'deg c', 'celsius'],
    conversions: {
      '[degF]': {
        convert: (value) => ((value - 32) * 5) / 9,
        words: ['°f', 'f', 'degf', 'deg f', 'degree fahrenheit', 'degrees fahrenheit', 'fahrenheit'],
      },
      K: { convert: (value) => value - 273.15 },
    },
  },
  oxygenFlow: {
    canonical: 'L/min',
    aliases: ['l/min'],
    words: ['litres per minute', 'litre per minute', 'liters per minute', 'litres/min'],
    conversions: {},
  },
  oxygenFraction: {
    canonical: '%',
    aliases: [],
    words: ['percent', 'per cent'],
    conversions: { '1': fraction },
  },
};

/** True of a reading that is a number with a unit. */
export function isMeasured(reading: Reading): reading is MeasuredReading {
  return Object.hasOwn(UNITS, reading);
}

/** The UCUM code in which a reading is compared with the chart. */
export function canonicalUnit(reading: MeasuredReading): string {
  return UNITS[reading].canonical;
}

/**
 * A sent quantity in the chart's unit. The code is used if its system is UCUM. Otherwise, and if it is
 * not known, the code and then the printed unit are read as text (`how: 'text'`, which gives an information;
 * `'text-against-code'`, which gives a warning).
 * `undefined` where the unit is absent or unknown: no check is possible.
 */
export function normaliseQuantity(
  reading: MeasuredReading,
  value: number,
  unit: string | undefined,
  code: string | undefined,
  system: string | undefined,
): CanonicalQuantity | undefined {
  const units = UNITS[reading];
  const isUcum = code !== undefined && system === UCUM;
  const byCode = isUcum ? byUcum(units, value, code) : undefined;
  if (byCode) return byCode;
  const ofCode = code === undefined ? undefined : byText(units, value, code);
  if (ofCode) return { ...ofCode, how: 'text' };
  const ofUnit = unit === undefined ? undefined : byText(units, value, unit);
  return ofUnit && { ...ofUnit, how: isUcum ? 'text-against-code' : 'text' };
}

const byText = (units: Units, value: number, words: string): CanonicalQuantity | undefined =>
  byUcum(units, value, words) ?? byWords(units, value, words);

function byUcum(units: Units, value: number, code: string): CanonicalQuantity | undefined {
  const unit = units.canonical;
  if (code === unit) return { value, unit, sentIn: unit, how: 'canonical' };
  if (units.aliases.includes(code)) return { value, unit, sentIn: unit, how: 'alias' };
  const conversion = Object.hasOwn(units.conversions, code) ? units.conversions[code] : undefined;
  if (!conversion || conversion.only?.(value) === false) return undefined;
  return { value: conversion.convert(value), unit, sentIn: code, how: 'converted' };
}

function byWords(units: Units, value: number, words: string): CanonicalQuantity | undefined {
  const printed = words.trim().toLowerCase();
  const unit = units.canonical;
  if (units.words.includes(printed)) return { value, unit, sentIn: unit, how: 'text' };
  for (const [sentIn, { convert, words: names }] of Object.entries(units.conversions))
    if (names?.includes(printed)) return { value: convert(value), unit, sentIn, how: 'text' };
  return undefined;
}

/**
 * True where a printed unit is known, and is not the one that was understood from the code: `mmHg` beside `/min`.
 * Readers show the printed unit, so the two must agree.
 * @param understood a UCUM code, as `normaliseQuantity` gives it in `sentIn`
 */
export function printedUnitIsAnother(printed: string, understood: string): boolean {
  const meanings = Object.values(UNITS).flatMap((units) => meaningsOf(units, printed));
  return meanings.length > 0 && !meanings.includes(understood);
}

function meaningsOf(units: Units, printed: string): string[] {
  const words = printed.trim();
  const exact = byUcum(units, 0, words)?.sentIn ?? byWords(units, 0, words)?.sentIn;
  return exact === undefined ? [] : [exact];
}

/** The limits of a reading. Both bounds are inside the range; an absent bound means no limit. */
export interface Range {
  low?: number;
  high?: number;
}

export interface Limits {
  possible: Range;
  plausible: Range;
  /** Where most readings lie: for display only. */
  usual: Range;
}

const LIMITS: Readonly<Record<MeasuredReading, Limits>> = {
  respirationRate: range([0, 120], [4, 60], [8, 40]),
  oxygenSaturation: {
    possible: { low: 0, high: 100 },
    plausible: { low: 50 },
    usual: { low: 70, high: 100 },
  },
  systolicBloodPressure: range([0, 350], [40, 280], [70, 220]),
  diastolicBloodPressure: range([0, 250], [20, 160], [40, 120]),
  pulse: range([0, 350], [20, 250], [35, 180]),
  temperature: range([13, 47], [30, 43], [34, 41]),
  oxygenFlow: { possible: { low: 0, high: 100 }, plausible: { high: 60 }, usual: { low: 0, high: 15 } },
  oxygenFraction: { possible: { low: 15, high: 100 }, plausible: { low: 21 }, usual: { low: 21, high: 100 } },
};

function range(possible: [number, number], plausible: [number, number], usual: [number, number]): Limits {
  const between = ([low, high]: [number, number]): Range => ({ low, high });
  return { possible: between(possible), plausible: between(plausible), usual: between(usual) };
}

/** The data-quality limits of a reading, in its canonical unit. */
export function limits(reading: MeasuredReading): Limits {
  return LIMITS[reading];
}

/** Whether a value in the canonical unit can be, and is likely to be, a reading of a living adult. */
export function plausibilityOf(
  reading: MeasuredReading,
  value: number,
): 'plausible' | 'implausible' | 'impossible' {
  const { possible, plausible } = LIMITS[reading];
  if (isOutside(possible, value)) return 'impossible';
  return isOutside(plausible, value) ? 'implausible' : 'plausible';
}

/** True of a temperature said to be in Celsius that only makes sense in Fahrenheit. */
export function looksLikeFahrenheit(celsius: number): boolean {
  return celsius >= 86 && celsius <= 113;
}

function isOutside(bounds: Range, value: number): boolean {
  return (
    (bounds.low !== undefined && value < bounds.low) || (bounds.high !== undefined && value > bounds.high)
  );
}
