/** The help of a command, written from its description: usage, what it does, each option with its default, examples. */
import { written } from './arguments';
import type { Description, Option } from './description';

const WIDTH = 100;

export function helpOf<O extends Readonly<Record<string, Option>>>(description: Description<O>): string {
  const { name, purpose, about = [], operands, examples } = description;
  const options: [string, Option][] = Object.entries(description.options);
  const parts = options.map(([key, option]) => {
    const part = option.required === true ? written(key, option) : `[${written(key, option)}]`;
    return option.many === true ? `${part}…` : part;
  });
  const named = `${operands?.name}${operands?.many === true ? '…' : ''}`;
  const operand = operands === undefined ? [] : [operands.unlessGiven === undefined ? named : `[${named}]`];
  const rows: [string, string][] = [
    ...options.map(([key, option]): [string, string] => [written(key, option), explained(option)]),
    ['--help', 'Print this help.'],
  ];
  const blocks = [
    filled(`Usage: homeward ${[name, ...operand, ...parts].join(' ')}`, '       '),
    ...[sentence(purpose), ...about].map((text) => filled(text)),
    ...(operands === undefined
      ? []
      : [
          `Arguments:\n${columns([[operand.join(''), operands.unlessGiven === undefined ? sentence(operands.meaning) : explained(operands)]])}`,
        ]),
    `Options:\n${columns(rows)}`,
    `${examples.length === 1 ? 'Example' : 'Examples'}:\n${examples.map((line) => `  ${line}`).join('\n')}`,
  ];
  return `${blocks.join('\n\n')}\n`;
}

/** Writes two columns: the syntax, and its meaning on as many lines as needed. */
export function columns(rows: readonly (readonly [string, string])[]): string {
  const left = Math.max(...rows.map(([key]) => key.length)) + 4;
  return rows
    .map(([key, meaning]) => `  ${key}`.padEnd(left) + filled(meaning, ' '.repeat(left), WIDTH - left))
    .join('\n');
}

function explained({ value, meaning, unlessGiven, required }: Option): string {
  const holds =
    required === true ? 'Required.' : `Default: ${unlessGiven ?? (value === undefined ? 'off' : 'none')}.`;
  return `${sentence(meaning)} ${holds}`;
}

function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}

/** Breaks words into lines; each line except the first begins with the indent. */
function filled(text: string, indent = '', width = WIDTH - indent.length): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join(`\n${indent}`);
}
