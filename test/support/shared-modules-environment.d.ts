/** @returns what makes the process again as it is now, in all that a test file may change */
export declare function remember(): () => void;
