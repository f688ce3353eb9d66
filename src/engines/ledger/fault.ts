/** A fault that verification found: a sentence that an auditor can act on, and the place. */
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
    | 'month'
    | 'shape';
  text: string;
  seal?: number;
  record?: { kind: string; id: string };
}

/** A list of faults of limited length: it keeps the first ones. */
export class Faults {
  readonly list: Fault[] = [];
  count = 0;

  add(fault: Fault): void {
    this.count += 1;
    if (this.list.length < 200) this.list.push(fault);
  }

  /** Adds a fault unless the same one is in the list. */
  addOnce(fault: Fault): void {
    if (!this.list.some(({ text }) => text === fault.text)) this.add(fault);
  }
}
