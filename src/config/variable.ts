/**
 * The kinds of environment variables: how each is read from its text, the message for an invalid text, and how the
 * documentation shows it. The table itself is in `config.ts`.
 */

export type Read<T> = { ok: true; value: T } | { ok: false; fault: string };

/** One variable: its name, its kind, its default, its choices and its meaning, each in one place. */
export interface Variable<T> {
  name: string;
  /** The allowed values, for the documentation: `a file`, `a whole number from 0 to 65535`. */
  kind: string;
  /** The default, as the documentation shows it. */
  unlessSet: string;
  meaning: string;
  /** True when the value is a file that must be readable before anything is started. */
  isFile?: boolean;
  /** @param text the text in the environment; undefined when it is not set, or empty */
  read(text: string | undefined): Read<T>;
}

interface Described {
  meaning: string;
  /** The default in the documentation, if the value does not show it. */
  shown?: string;
}

const right = <T>(value: T): Read<T> => ({ ok: true, value });
const wrong = (fault: string): { ok: false; fault: string } => ({ ok: false, fault });

const trimmed = (text: string | undefined): string | undefined => text?.trim() || undefined;

/** Any text, without the spaces around it. */
export function text(name: string, about: Described & { unlessSet: string }): Variable<string>;
export function text(name: string, about: Described): Variable<string | undefined>;
export function text(
  name: string,
  { unlessSet, meaning, shown }: Described & { unlessSet?: string },
): Variable<string | undefined> {
  return {
    name,
    kind: 'a text',
    unlessSet: shown ?? unlessSet ?? '',
    meaning,
    read: (given) => right(trimmed(given) ?? unlessSet),
  };
}

/** The path of a file that must be there and readable. */
export function file(name: string, about: Described): Variable<string | undefined> {
  return { ...text(name, about), kind: 'a file', isFile: true };
}

/** A whole number within bounds. */
export function whole(
  name: string,
  { unlessSet, from, to, meaning, shown }: Described & { unlessSet: number; from: number; to: number },
): Variable<number> {
  const kind = `a whole number from ${from} to ${to}`;
  return {
    name,
    kind,
    unlessSet: shown ?? String(unlessSet),
    meaning,
    read: (given) => {
      const value = trimmed(given);
      if (value === undefined) return right(unlessSet);
      const number = /^\d{1,15}$/.test(value) ? Number(value) : NaN;
      return number >= from && number <= to ? right(number) : wrong(`${name} must be ${kind}.`);
    },
  };
}

/** A whole number within bounds, or none. */
export function wholeIfSet(
  name: string,
  { from, to, meaning, shown }: Described & { from: number; to: number },
): Variable<number | undefined> {
  const number = whole(name, { unlessSet: from, from, to, meaning, shown: shown ?? '' });
  return {
    ...number,
    read: (given) => (trimmed(given) === undefined ? right(undefined) : number.read(given)),
  };
}

/** One of a few words. */
export function choice<const T extends string>(
  name: string,
  choices: readonly T[],
  about: Described & { unlessSet: NoInfer<T> },
): Variable<T>;
export function choice<const T extends string>(
  name: string,
  choices: readonly T[],
  about: Described,
): Variable<T | undefined>;
export function choice<T extends string>(
  name: string,
  choices: readonly T[],
  { unlessSet, meaning, shown }: Described & { unlessSet?: T },
): Variable<T | undefined> {
  return {
    name,
    kind: choices.map((each) => `\`${each}\``).join(', '),
    unlessSet: shown ?? unlessSet ?? '',
    meaning,
    read: (given) => {
      const value = trimmed(given);
      if (value === undefined) return right(unlessSet);
      const chosen = choices.find((each) => each === value);
      return chosen === undefined ? wrong(`${name} must be one of: ${choices.join(', ')}.`) : right(chosen);
    },
  };
}

/** One of a few words, exactly as written: spaces and other letter case are faults, and the message shows the value. */
export function exactChoice<const T extends string>(
  name: string,
  choices: readonly T[],
  { meaning, shown }: Described,
): Variable<T | undefined> {
  return {
    name,
    kind: choices.map((each) => `\`${each}\``).join(', '),
    unlessSet: shown ?? '',
    meaning,
    read: (given) => {
      if (given === undefined || given === '') return right(undefined);
      const chosen = choices.find((each) => each === given);
      if (chosen !== undefined) return right(chosen);
      return wrong(
        `${name} must be one of: ${choices.join(', ')}; or not be set. It is ${JSON.stringify(given.slice(0, 40))}.`,
      );
    },
  };
}

/** An address that begins with one of a few schemes (`https:`). */
export function url(
  name: string,
  schemes: readonly string[],
  { meaning, shown }: Described,
): Variable<string | undefined> {
  const begins = schemes.map((scheme) => (scheme === 'file:' ? scheme : `${scheme}//`)).join(' or ');
  return {
    name,
    kind: `a URL: \`${begins.replaceAll(' or ', '` or `')}\``,
    unlessSet: shown ?? '',
    meaning,
    read: (given) => {
      const value = trimmed(given);
      if (value === undefined) return right(undefined);
      return URL.canParse(value) && schemes.includes(new URL(value).protocol)
        ? right(value)
        : wrong(`${name} must be a URL that begins with ${begins}.`);
    },
  };
}

/** Texts, separated by commas. */
export function list(
  name: string,
  {
    meaning,
    shown,
    isRight = () => true,
    must = '',
  }: Described & { isRight?: (item: string) => boolean; must?: string },
): Variable<readonly string[]> {
  return {
    name,
    kind: 'a list, separated by commas',
    unlessSet: shown ?? '',
    meaning,
    read: (given) => {
      const items = (given ?? '')
        .split(',')
        .map((item) => item.trim())
        .filter(Boolean);
      return items.every(isRight) ? right(items) : wrong(`${name} must list ${must}.`);
    },
  };
}

/** A variable whose value has a special form; `faultOf` returns the fault in it. */
export function checked<T>(
  variable: Variable<T>,
  kind: string,
  faultOf: (value: T) => string | undefined,
): Variable<T> {
  return {
    ...variable,
    kind,
    read: (given) => {
      const read = variable.read(given);
      const fault = read.ok ? faultOf(read.value) : undefined;
      return fault === undefined ? read : wrong(fault);
    },
  };
}

/** A variable whose value is converted into another one. */
export function mapped<T, U>(variable: Variable<T>, map: (value: T) => U): Variable<U> {
  return {
    ...variable,
    read: (given) => {
      const read = variable.read(given);
      return read.ok ? right(map(read.value)) : read;
    },
  };
}
