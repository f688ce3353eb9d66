/** Months in UTC, such as `2026-03`, and the ids that were made in them (UUIDs of version 7 begin with their time). */
import { firstIdOf, timeOfId } from './ids';

export interface MonthBounds {
  starts: Date;
  /** The start of the next month. */
  ends: Date;
  /** The first id of the month, and the first of the next. */
  fromId: string;
  toId: string;
}

export function isMonth(text: string): boolean {
  return /^\d{4}-(0[1-9]|1[0-2])$/.test(text);
}

export function boundsOfMonth(month: string): MonthBounds {
  const [year = 0, number = 1] = month.split('-').map(Number);
  const [starts, ends] = [Date.UTC(year, number - 1, 1), Date.UTC(year, number, 1)];
  return {
    starts: new Date(starts),
    ends: new Date(ends),
    fromId: firstIdOf(starts),
    toId: firstIdOf(ends),
  };
}

/** The month of a moment, in milliseconds since 1970. */
export function monthOf(millis: number): string {
  return new Date(millis).toISOString().slice(0, 7);
}

/** The month in which an id was made; undefined of an id without a time. */
export function monthOfId(id: string): string | undefined {
  const millis = timeOfId(id);
  return millis === undefined ? undefined : monthOf(millis);
}
