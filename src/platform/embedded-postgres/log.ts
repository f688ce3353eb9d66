/** The log of the supervisor: a sentence, and facts. */
export type Log = (message: string, fields?: object) => void;
