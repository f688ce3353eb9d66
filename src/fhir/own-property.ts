/**
 * Looks up a name that a caller sent in one of our tables. Names such as `constructor` and `toString`, which every
 * JavaScript object inherits, are not found.
 */
export function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
