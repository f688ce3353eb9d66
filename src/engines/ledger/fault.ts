/** What verification finds: a sentence that an auditor can act on, and where. */
export interface Fault {
  kind:
    | 'changed'
    | 'deleted'
    | 'inserted'
    | 'forged'
    | 'head-changed'
    | 'signature'
    | 'chain'
    | 'cut'
    | 'key'
    | 'document'
    | 'row'
    | 'derived'
    | 'shape';
  text: string;
  seal?: number;
  record?: { kind: string; id: string };
}

/** A list of faults that does not grow without bound: the first tell the story. */
export class Faults {
  readonly list: Fault[] = [];
  count = 0;

  add(fault: Fault): void {
    this.count += 1;
    if (this.list.length < 200) this.list.push(fault);
  }

  /** Adds what says the same each time. */
  addOnce(fault: Fault): void {
    if (!this.list.some(({ text }) => text === fault.text)) this.add(fault);
  }
}
