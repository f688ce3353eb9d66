/** Paths of test files and of folders (with `/` at the end), from the project's root. */
export declare const SLOW_TESTS: readonly string[];
/** @param path from the project's root, with `/` */
export declare function isSlow(path: string): boolean;
