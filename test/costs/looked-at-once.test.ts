/** What the entries of a Bundle are compared with is found once for the Bundle, and not once for each entry. */
import type { EntryView, Rule, RuleContext } from '../../src/definitions/rule';
import { onceForABundle } from '../../src/engines/validation/once';
import type { AnyResource } from '../../src/fhir/types';
import { subsetOf } from '../../src/interfaces/http/elements-of-read';
import { cut } from '../../src/use-cases/reading/elements-of-page';
import { encounter } from '../../src/resources/encounter';
import { organization } from '../../src/resources/organization';
import { workOf } from './count-work';

const MANY = 50;

const many = (resource: AnyResource): EntryView[] =>
  Array.from({ length: MANY }, (_, index) => ({ index, resource: { ...resource } }));

/** A context that has no more than these rules ask for. */
function contextOf(byType: Readonly<Record<string, EntryView[]>>, resolve: () => void): RuleContext {
  return {
    isSummary: true,
    now: new Date(),
    entries: Object.values(byType).flat(),
    entriesOf: (type: string) => byType[type] ?? [],
    typesAboutPatient: new Set(['Observation']),
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

it('the names of _elements are read once for a page, however many resources it has', async () => {
  const content = JSON.stringify({ resourceType: 'Observation', id: 'a', status: 'final' });
  const page = Array.from({ length: MANY }, () => ({ content }));
  const names = ['id', ...Array.from({ length: 900 }, (_, index) => `Patient.name${index}`)];
  const few = await workOf(() => cut(page, { elements: ['id'] }));
  const many = await workOf(() => cut(page, { elements: names }));
  expect(many - few).toBeLessThan(30 * names.length);
  expect(cut(page, { elements: names })).toEqual(cut(page, { elements: ['id'] }));
});

it('a list of _elements has a bound', () => {
  const asked = (count: number) => () =>
    subsetOf({ query: [['_elements', Array<string>(count).fill('id').join(',')]] });
  expect(asked(1_000)()).toEqual({ elements: Array<string>(1_000).fill('id') });
  expect(asked(1_001)).toThrow();
});
