/**
 * Extensions: an absolute url without a version (a nested one may be relative), and a value or extensions, not both.
 * @see https://hl7.org/fhir/R4/extensibility.html#Extension
 */
import type { JsonObject } from '../../../fhir/types';
import { hasChoice } from '../../../fhir/r4/invariants/element-access';
import { isAbsolute } from './primitives';
import type { Visit } from './visit';
import { report } from './visit';

/** Checks an Extension whose members have been checked; the place of the walk is the extension. */
export function checkExtension(extension: JsonObject, visit: Visit): void {
  const { url } = extension;
  if (typeof url === 'string' && url !== '') {
    if (!isAbsolute(url) && !isNested(visit)) {
      report(
        visit,
        'r4-extension',
        'The url of an extension is not absolute. Send the URL of its definition.',
        {
          at: 'url',
        },
      );
    } else if (isAbsolute(url) && url.includes('|')) {
      report(
        visit,
        'r4-extension',
        'The url of an extension contains no version. Leave out | and everything after it.',
        { at: 'url' },
      );
    }
  }
  const hasValue = hasChoice(extension, 'value');
  const hasExtensions = extension.extension !== undefined;
  if (hasValue && hasExtensions) {
    report(visit, 'r4-extension', 'An extension has a value or other extensions, not both (R4 ext-1).', {
      code: 'invariant',
    });
  } else if (!hasValue && !hasExtensions && extension.value === undefined) {
    report(visit, 'r4-extension', 'An extension needs a value or other extensions (R4 ext-1).', {
      code: 'invariant',
    });
  }
}

/** True of an extension inside an extension. */
function isNested(visit: Visit): boolean {
  const { path } = visit;
  let last = path.length - 1;
  while (last >= 0 && typeof path[last] === 'number') last -= 1;
  last -= 1;
  while (last >= 0 && typeof path[last] === 'number') last -= 1;
  const parent = path[last];
  return parent === 'extension' || parent === 'modifierExtension';
}
