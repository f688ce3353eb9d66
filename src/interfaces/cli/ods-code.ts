/** Reads the ODS code after `--ods`: returns it in capitals, or undefined when it is not an ODS code. */
import { readOdsCode } from '../../engines/access/read-caller';

export const ODS_FAULT = '--ods must be an ODS code, for example RR8.';

export function odsCodeIn(text: string): string | undefined {
  return readOdsCode(text) ?? undefined;
}
