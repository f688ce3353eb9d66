/** What the entries of a Bundle are compared with is found once for the Bundle, and not once for each entry. */
import type { EntryView, Rule, RuleContext } from '../../src/definitions/rule';
import { onceForABundle } from '../../src/engines/validation/once';
import type { AnyResource } from '../../src/fhir/types';
import { encounter } from '../../src/resources/encounter';
import { organization } from '../../src/resources/organization';

const MANY = 50;

const many = (resource: AnyResource): EntryView[] =>
  Array.from({ length: MANY }, (_, index) => ({ index, resource: { ...resource } }));

/** A context that has no more than these rules ask for. */
function contextOf(byType: Readonly<Record<string, EntryView[]>>, resolve: () => void): RuleContext {
  return {
    isSummary: true,
    now: new Date(),
    entriesOf: (type: string) => byType[type] ?? [],
    resolve: () => {
      resolve();
      return { outcome: 'unresolved' };
    },
    once: onceForABundle(),
  } as unknown as RuleContext;
}

function check(
  rules: readonly Rule[],
  id: string,
  entries: readonly EntryView[],
  context: RuleContext,
): number {
  const rule = rules.find((each) => each.id === id)!;
  return entries.flatMap((entry) => [...(rule.check(entry.resource, context, entry) ?? [])]).length;
}

it('the custodian of each document is looked for once, however many Organizations have no code', () => {
  let asked = 0;
  const organizations = many({ resourceType: 'Organization' });
  const documents = many({ resourceType: 'DocumentReference', custodian: { reference: 'urn:uuid:x' } });
  const context = contextOf(
    { Organization: organizations, DocumentReference: documents },
    () => (asked += 1),
  );
  expect(check(organization.rules, 'vw-org-03', organizations, context)).toBe(MANY);
  expect(asked).toBe(MANY);
});

it('the readings of a summary are counted once, however many stays are entered in error', () => {
  let asked = 0;
  const stays = many({ resourceType: 'Encounter', status: 'entered-in-error' });
  const readings = many({ resourceType: 'Observation' });
  for (const { resource } of readings)
    Object.defineProperty(resource, 'status', { get: () => ((asked += 1), 'final') });
  const context = contextOf({ Encounter: stays, Observation: readings }, () => undefined);
  expect(check(encounter.rules, 'retracted-stay', stays, context)).toBe(MANY);
  expect(asked).toBe(MANY);
});
