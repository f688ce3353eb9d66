/**
 * Reads the arguments of a command by the command's description. Refuses anything that the description does not
 * contain.
 */
import { parseArgs } from 'node:util';
import { didYouMean } from '../../fhir/nearest';
import type { Description, Given, Operands, Option, Options, Values } from './description';

/** @returns the arguments; `help` when the help was requested; or a sentence that names the fault */
export function readArguments<O extends Options>(
  { name, options, operands }: Pick<Description<O>, 'name' | 'options' | 'operands'>,
  args: readonly string[],
): Given<O> | 'help' | (string & {}) {
  const known: Options = options;
  const { tokens } = parseArgs({
    args: [...args],
    allowPositionals: true,
    strict: false,
    tokens: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      ...Object.fromEntries(
        Object.entries(known).map(([key, { value }]) => [
          key,
          { type: value === undefined ? ('boolean' as const) : ('string' as const) },
        ]),
      ),
    },
  });
  if (tokens.some((token) => token.kind === 'option' && token.name === 'help')) return 'help';
  const severalTimes = Object.entries(known).filter(([, { many }]) => many === true);
  const values: Record<string, string | boolean | string[] | undefined> = Object.fromEntries(
    severalTimes.map(([key]) => [key, []]),
  );
  const found: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') found.push(token.value);
    if (token.kind !== 'option') continue;
    const fault = faultOfOption(token, name, known, values);
    if (fault !== undefined) return fault;
    const before = values[token.name];
    values[token.name] = Array.isArray(before) ? [...before, token.value ?? ''] : (token.value ?? true);
  }
  const fault = faultOfOperands(found, name, operands) ?? missing(known, values);
  if (fault !== undefined) return fault;
  for (const [key, { value }] of Object.entries(known))
    values[key] ??= value === undefined ? false : undefined;
  return { values: values as Values<O>, operands: found };
}

interface OptionToken {
  name: string;
  rawName: string;
  value?: string | undefined;
  inlineValue?: boolean | undefined;
}

function faultOfOption(
  { name, rawName, value, inlineValue }: OptionToken,
  command: string,
  options: Options,
  before: Readonly<Record<string, unknown>>,
): string | undefined {
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (option === undefined) {
    const meant = didYouMean(name, Object.keys(options), (each) => `--${each}`);
    return `${command} has no option ${shown(rawName)}.${meant}`;
  }
  if (before[name] !== undefined && option.many !== true) return `--${name} appears twice. Give it once.`;
  if (option.value === undefined)
    return inlineValue === true ? `--${name} takes no value. Write it by itself.` : undefined;
  const isMissing = value === undefined || (inlineValue !== true && /^-./.test(value));
  return isMissing ? `--${name} needs a value: --${name} ${option.value}.` : undefined;
}

function faultOfOperands(
  found: readonly string[],
  command: string,
  operands: Operands | undefined,
): string | undefined {
  const [first, second] = found;
  if (operands === undefined)
    return first === undefined ? undefined : `${command} takes no argument ${shown(first)}.`;
  if (first === undefined)
    return operands.unlessGiven === undefined
      ? `${command} needs ${operands.name}: ${operands.meaning}.`
      : undefined;
  if (operands.many !== true && second !== undefined)
    return `${command} accepts only one ${operands.name}. Remove ${shown(second)}.`;
  return undefined;
}

function missing(options: Options, values: Readonly<Record<string, unknown>>): string | undefined {
  const lacking = Object.entries(options).filter(
    ([key, { required }]) => required === true && values[key] === undefined,
  );
  if (lacking.length === 0) return undefined;
  return `${lacking.map(([key, option]) => written(key, option)).join(', ')} must be given.`;
}

/** `--ods CODE`, `--json`. */
export function written(key: string, { value }: Option): string {
  return value === undefined ? `--${key}` : `--${key} ${value}`;
}

/** An argument as typed, without characters that could control the terminal. */
function shown(text: string): string {
  return text.slice(0, 60).replace(/\p{Cc}/gu, ' ');
}
