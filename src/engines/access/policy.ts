/**
 * Organisation rules: for which custodians a caller may submit, and whose data it may read. Pure functions. The rules
 * come from an optional policy file (`policy-file.ts`); a site's own rules belong in `site-policy.ts`.
 * @see docs/access.md
 */
import { hasVisibleText } from '../../platform/visible-text';
import { inCapitals } from '../../terminology/ods';
import type { Caller } from './caller';

/** The policy file as read. Every member is optional. Without it every caller may do what its scopes allow. */
export interface PolicyRules {
  submitting: {
    /** `any`: for every custodian; `own`: for the caller's own organisation only. */
    default: 'any' | 'own';
    /**
     * By the caller's ODS code: the custodians it may submit for; `RR8*` for codes that begin with RR8, `*` for all.
     */
    organisations: Readonly<Record<string, readonly string[]>>;
  };
  reading: {
    /** `direct-care`: everyone's data; `own-patients`: of those with a stay at, or a GP practice of, the organisation. */
    default: ReadingRule;
    /** By the reader's ODS code. */
    organisations: Readonly<Record<string, ReadingRule>>;
    /** By the caller's ODS code: the end users' organisations that it may read for, `*` for all. */
    actingFor: Readonly<Record<string, readonly string[]>>;
    /** Whether a reader may give a reason and read beyond its own patients. */
    breakGlass: boolean;
  };
}

export type ReadingRule = 'direct-care' | 'own-patients';

export type SubmitDecision =
  | { allowed: true }
  /** `custodians`: those that the caller may not submit for. */
  | { allowed: false; custodians: readonly string[]; text: string };

export type ReadRestriction =
  /** `breakGlass`: the reason given to read without the restriction; the audit record must contain it. */
  | { kind: 'all'; breakGlass?: string }
  /** Only patients with a stay at, or a GP practice of, this organisation. An empty code matches no patient. */
  | { kind: 'organisation'; odsCode: string };

export interface Policy {
  /** Whether the caller may submit for these custodians; without a named custodian it submits for itself. */
  maySubmitFor(caller: Caller, custodianOds: readonly string[]): SubmitDecision;
  /** @param breakGlass the reason given in `X-Break-Glass`, as `readBreakGlass` reads it */
  readRestriction(caller: Caller, breakGlass?: string): ReadRestriction;
  /**
   * Who may read in the name of the organisation, by ODS code: directly, or for one that may. What these say of whose
   * patient somebody is gives the organisation no access.
   */
  actingFor(odsCode: string): readonly string[];
}

export const OPEN_RULES: PolicyRules = {
  submitting: { default: 'any', organisations: {} },
  reading: { default: 'direct-care', organisations: {}, actingFor: {}, breakGlass: true },
};

/** @param rules called for each decision, so that a change of the policy file has effect at once */
export function createPolicy(rules: () => PolicyRules): Policy {
  return {
    maySubmitFor: (caller, custodianOds) => {
      const { submitting } = rules();
      const own = caller.odsCode ?? '';
      const listed = listedFor(submitting.organisations, own);
      const permitted = listed ?? (submitting.default === 'any' ? ['*'] : [own]);
      const named = custodianOds.length > 0 ? custodianOds.map(inCapitals) : [own];
      const refused = named.filter((code) => !matches(permitted, code));
      if (refused.length === 0) return { allowed: true };
      return {
        allowed: false,
        custodians: [...new Set(refused)],
        text: 'The policy of this server does not allow your organisation to submit for this custodian. Submit for your own organisation, or ask the operator.',
      };
    },
    readRestriction: (caller, breakGlass) => {
      const { reading } = rules();
      const odsCode = readerOf(caller, reading);
      const rule = Object.hasOwn(reading.organisations, odsCode)
        ? reading.organisations[odsCode]
        : reading.default;
      if (rule === 'direct-care') return { kind: 'all' };
      if (breakGlass !== undefined && reading.breakGlass) return { kind: 'all', breakGlass };
      return { kind: 'organisation', odsCode };
    },
    actingFor: (odsCode) => actorsFor(odsCode, rules().reading),
  };
}

/**
 * The organisation that reads: the token's. The end user's organisation is used only if the policy lets the caller act
 * for it.
 */
function readerOf(caller: Caller, { actingFor }: PolicyRules['reading']): string {
  const own = caller.odsCode ?? '';
  const stated = caller.endUserOrganisation && inCapitals(caller.endUserOrganisation);
  const may = listedFor(actingFor, own);
  return stated !== undefined && may !== undefined && matches(may, stated) ? stated : own;
}

/** The callers that the policy lets read for the organisation, and those that it lets read for one of these. */
function actorsFor(odsCode: string, { actingFor }: PolicyRules['reading']): string[] {
  const found = new Set<string>();
  const next = [odsCode];
  for (let principal = next.pop(); principal !== undefined; principal = next.pop()) {
    for (const [actor, principals] of Object.entries(actingFor)) {
      if (found.has(actor) || !matches(principals, principal)) continue;
      found.add(actor);
      next.push(actor);
    }
  }
  return [...found];
}

function listedFor(
  lists: Readonly<Record<string, readonly string[]>>,
  odsCode: string,
): readonly string[] | undefined {
  return Object.hasOwn(lists, odsCode) ? lists[odsCode] : undefined;
}

/** Only `*` matches an empty code. */
function matches(patterns: readonly string[], odsCode: string): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? odsCode.startsWith(pattern.slice(0, -1)) : pattern === odsCode && odsCode !== '',
  );
}

const LONGEST_REASON = 500;

/** The reason in the header `X-Break-Glass`, ready for the audit record; `undefined` where it gives none. */
export function readBreakGlass(header: string | undefined): string | undefined {
  const reason = header
    ?.replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, LONGEST_REASON);
  return reason === undefined || !hasVisibleText(reason) ? undefined : reason;
}
