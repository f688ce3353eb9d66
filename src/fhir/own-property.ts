/**
 * Looks up a name that came from outside in a table of ours: `constructor` and `toString`, which every JavaScript
 * object inherits, are names like any other and stand in no table.
 */
export function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
