/**
 * Whether a submission was sent before, corrects an earlier one, or conflicts with it.
 * @see semantics "Sameness" and "Corrections"
 */
import type { Issue, RuleId } from '../../../fhir/issue';
import type { Earlier } from './earlier-submissions';
import type { Edition } from './edition';

export type Sameness =
  | { kind: 'first' }
  | { kind: 'resend'; of: Earlier }
  | { kind: 'correction'; of: Earlier }
  | { kind: 'conflict'; issue: Issue };

/** True of the same content. `meta.versionId` is part of it: editions with different versions are never the same. */
export const isAlike = (edition: Edition, { contentSha256 }: Earlier): boolean =>
  contentSha256?.equals(edition.contentSha256) === true;

/**
 * @param lineage the accepted submissions of the lineage, newest first
 * @param repeats of an interface whose messages say more than their Bundle: the submissions that came of the same
 *   message. Then the same content is a resend only of the same message. Another message is stored by itself, and what
 *   goes back to earlier content is a correction
 */
export function compareWithLineage(
  edition: Edition,
  lineage: readonly Earlier[],
  repeats?: ReadonlySet<string>,
): Sameness {
  const [latest] = lineage;
  if (!latest) return { kind: 'first' };
  const isRepeated = (earlier: Earlier): boolean =>
    isAlike(edition, earlier) && repeats?.has(earlier.id) !== false;
  const relation = relate(edition, latest);
  const goesBack = repeats !== undefined && relation === 'newer' && !isRepeated(latest);
  const same = goesBack ? undefined : lineage.find(isRepeated);
  if (same) return { kind: 'resend', of: same };
  if (relation === 'newer') return { kind: 'correction', of: latest };
  // Another message with the latest content: it is kept, and changes nothing.
  if (relation === 'same' && isAlike(edition, latest)) return { kind: 'correction', of: latest };
  return relation === 'same'
    ? conflict(
        'submission-same-version',
        edition.version === undefined ? 'Bundle.meta' : 'Bundle.meta.versionId',
        'A summary with this Bundle.identifier and the same version is already stored with different content. Give a correction a higher meta.versionId, or a later meta.lastUpdated.',
      )
    : conflict(
        'submission-older',
        'Bundle.meta',
        'A newer version of this summary is already stored. Give a correction a higher meta.versionId than the stored one. If the versions are not whole numbers, give it a later meta.lastUpdated.',
      );
}

/** Newer: a higher `meta.versionId` where both are whole numbers; else a later `meta.lastUpdated`. */
function relate(edition: Edition, earlier: Earlier): 'newer' | 'same' | 'older' {
  const [mine, theirs] = [edition.version, earlier.version ?? undefined];
  if (isWhole(mine) && isWhole(theirs)) {
    const [a, b] = [BigInt(mine), BigInt(theirs)];
    return a > b ? 'newer' : a === b ? 'same' : 'older';
  }
  if (mine !== undefined && mine === theirs) return 'same';
  if (edition.lastUpdated && earlier.lastUpdated) {
    if (edition.lastUpdated > earlier.lastUpdated) return 'newer';
    if (edition.lastUpdated < earlier.lastUpdated) return 'older';
  }
  return mine === undefined && theirs === undefined ? 'same' : 'older';
}

const isWhole = (version: string | undefined): version is string =>
  version !== undefined && /^\d+$/.test(version);

function conflict(rule: RuleId, expression: string, text: string): Sameness {
  return {
    kind: 'conflict',
    issue: { severity: 'error', code: 'conflict', rule, text, expression, source: 'Corrections' },
  };
}
