/** An ODS code as it is typed after `--ods`: in capitals, or undefined where it is none. */
import { readOdsCode } from '../../engines/access/read-caller';

export const ODS_FAULT = '--ods must be an ODS code, for example RR8.';

export function odsCodeIn(text: string): string | undefined {
  return readOdsCode(text) ?? undefined;
}
