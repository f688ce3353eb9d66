/** The test files that take longest, of all folders. */
export declare const LONGEST: readonly string[];
