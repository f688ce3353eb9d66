/** Where the supervisor tells what it does: a sentence, and facts beside it. */
export type Log = (message: string, fields?: object) => void;
