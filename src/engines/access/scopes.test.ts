/** What SMART scopes grant, refuse and restrict; and that an intersection is never more than either side. */
import { scopeRules } from '../../../test/support/scope-rules';
import fc from 'fast-check';
import { intersectScopes as intersect, parseScopes as parse, type Interaction } from './scopes';

const parseScopes = (text: string) => parse(text, scopeRules);
const intersectScopes = (requested: string, registered: string) =>
  intersect(requested, registered, scopeRules);

const INTERACTIONS: readonly Interaction[] = ['c', 'r', 'u', 'd', 's'];

/** The interactions that the scopes allow for a type, as letters. */
function allowed(text: string, type: string): string {
  const scopes = parseScopes(text);
  return INTERACTIONS.filter((interaction) => scopes.allows(type, interaction)).join('');
}

describe('parseScopes', () => {
  it.each([
    ['system/Observation.rs', 'Observation', 'rs'],
    ['user/Observation.r', 'Observation', 'r'],
    ['system/Observation.cruds', 'Observation', 'cruds'],
    ['system/Observation.read', 'Observation', 'rs'],
    ['system/Observation.write', 'Observation', 'cud'],
    ['system/Observation.*', 'Observation', 'cruds'],
    ['system/*.rs', 'Observation', 'rs'],
    ['system/*.read', 'Observation', 'rs'],
    ['system/Observation.r system/Observation.s', 'Observation', 'rs'],
    ['system/Bundle.c', 'Bundle', 'c'],
    ['openid\tsystem/Bundle.c  profile', 'Bundle', 'c'],
  ])('%s allows %s %s', (text, type, letters) => {
    expect(allowed(text, type)).toBe(letters);
  });

  it.each([
    ['', 'Observation'],
    ['patient/Observation.rs', 'Observation'],
    ['system/Observation.rs', 'Patient'],
    ['system/Observation', 'Observation'],
    ['system/Observation.', 'Observation'],
    ['system/Observation.sr', 'Observation'],
    ['system/Observation.rr', 'Observation'],
    ['system/Observation.rsx', 'Observation'],
    ['system/Observation.READ', 'Observation'],
    ['SYSTEM/Observation.rs', 'Observation'],
    ['system/observation.rs', 'observation'],
    ['system/Observation.rs,', 'Observation'],
    ['xsystem/Observation.rs', 'Observation'],
    ['system/Obs*.rs', 'Observation'],
    ['system/**.rs', 'Observation'],
    ['system/Observation.rs?', 'Observation'],
    ['system/Observation.rs?code', 'Observation'],
    ['system/Observation.rs?code=', 'Observation'],
    ['system/Observation.rs?=1', 'Observation'],
    ['system/Observation.rs?code=1&', 'Observation'],
    ['system/Observation.rs?_include=Observation:subject', 'Observation'],
    ['system/Observation.rs?_has:Patient:x:y=1', 'Observation'],
    ['system/Observation.rs?_count=5', 'Observation'],
    ['system/Observation.read?code=1', 'Observation'],
    ['system/Bundle.c?type=collection', 'Bundle'],
    ['system/toString.rs', 'toString'],
    ['__proto__', '__proto__'],
  ])('«%s» grants nothing of %s', (text, type) => {
    expect(allowed(text, type)).toBe('');
  });

  it('never grants the audit trail by the wildcard, but by its name', () => {
    expect(allowed('system/*.cruds user/*.read system/*.*', 'AuditEvent')).toBe('');
    expect(allowed('system/*.cruds system/AuditEvent.rs', 'AuditEvent')).toBe('rs');
  });

  it('lets Binary follow DocumentReference, named or not', () => {
    expect(allowed('system/Binary.rs', 'Binary')).toBe('');
    expect(allowed('system/DocumentReference.r', 'Binary')).toBe('r');
    expect(allowed('system/*.rs', 'Binary')).toBe('rs');
  });

  it('keeps the restrictions of each scope, any of which may be met', () => {
    const scopes = parseScopes(
      'system/Observation.rs?code=1&status=final user/Observation.s?category=vital-signs',
    );
    expect(scopes.restrictions('Observation', 's')).toEqual(['code=1&status=final', 'category=vital-signs']);
    expect(scopes.restrictions('Observation', 'r')).toEqual(['code=1&status=final']);
  });

  it('restricts nothing where one scope covers the whole type', () => {
    expect(
      parseScopes('system/Observation.rs?code=1 system/*.r').restrictions('Observation', 'r'),
    ).toBeNull();
  });

  it('answers an empty list of restrictions, which nothing meets, where nothing is allowed', () => {
    expect(parseScopes('system/Patient.rs').restrictions('Observation', 'r')).toEqual([]);
  });

  it('grants of a restricted scope only what can be held against a stored resource', () => {
    expect(allowed('system/Observation.cruds?code=1', 'Observation')).toBe('rs');
  });

  it('restricts Binary by what the DocumentReference must match', () => {
    expect(parseScopes('system/DocumentReference.rs?type=x').restrictions('Binary', 'r')).toEqual(['type=x']);
  });

  it('names the types of an interaction', () => {
    expect(parseScopes('system/Patient.rs user/Patient.r system/*.s').types('s')).toEqual(['Patient', '*']);
  });
});

describe('a restricted scope', () => {
  it('does not cover all of its type, until one without a restriction stands beside it', () => {
    const restricted = 'system/AuditEvent.rs?action=D';
    expect(parseScopes(restricted).allowsAll('AuditEvent', 'r')).toBe(false);
    expect(parseScopes(`${restricted} user/AuditEvent.r`).allowsAll('AuditEvent', 'r')).toBe(true);
  });
});

describe('intersectScopes', () => {
  it.each([
    ['system/Patient.rs', 'system/*.rs', 'system/Patient.rs'],
    ['system/*.rs', 'system/Patient.rs system/Bundle.c', 'system/Patient.rs'],
    ['system/Patient.read', 'system/*.cruds', 'system/Patient.read'],
    ['system/Patient.cruds', 'system/Patient.rs', 'system/Patient.rs'],
    ['system/Patient.rs', 'user/Patient.rs', ''],
    ['system/*.rs', 'system/AuditEvent.rs', ''],
    ['system/AuditEvent.rs', 'system/*.rs', ''],
    ['system/Observation.rs', 'system/Observation.rs?code=1', 'system/Observation.rs?code=1'],
    ['system/Observation.rs?status=final', 'system/*.rs?code=1', 'system/Observation.rs?status=final&code=1'],
    ['system/Observation.rs?code=1', 'system/Observation.rs?code=1', 'system/Observation.rs?code=1'],
    ['openid system/Bundle.c', 'system/Bundle.c', 'system/Bundle.c'],
  ])('of «%s» and «%s» is «%s»', (requested, registered, granted) => {
    expect(intersectScopes(requested, registered)).toBe(granted);
  });

  const type = fc.constantFrom(
    '*',
    'Patient',
    'Observation',
    'Binary',
    'DocumentReference',
    'AuditEvent',
    'Bundle',
  );
  const letters = fc.oneof(
    fc.subarray(['c', 'r', 'u', 'd', 's'], { minLength: 1 }).map((some) => some.join('')),
    fc.constantFrom('read', 'write', '*'),
  );
  const restriction = fc.constantFrom('', '', '?code=1', '?status=final');
  const scope = fc
    .tuple(fc.constantFrom('system', 'user'), type, letters, restriction)
    .map(([context, name, interactions, query]) => `${context}/${name}.${interactions}${query}`);
  const scopeText = fc.array(scope, { maxLength: 4 }).map((some) => some.join(' '));
  const probes = ['Patient', 'Observation', 'Binary', 'DocumentReference', 'AuditEvent', 'Bundle', 'Device'];

  it('lets no client make up a restriction that searches a type it has no scope for', () => {
    const chained = 'system/Observation.rs?patient.birthdate=1950-03-14';
    expect(intersectScopes(chained, 'system/Observation.rs')).toBe('');
    expect(intersectScopes(chained, chained)).toBe(chained);
  });

  it('never allows what one of the two does not', () => {
    fc.assert(
      fc.property(scopeText, scopeText, (requested, registered) => {
        const granted = parseScopes(intersectScopes(requested, registered));
        const sides = [parseScopes(requested), parseScopes(registered)];
        for (const name of probes) {
          for (const interaction of INTERACTIONS) {
            if (!granted.allows(name, interaction)) continue;
            expect(sides.every((side) => side.allows(name, interaction))).toBe(true);
            const unrestricted = granted.restrictions(name, interaction) === null;
            if (unrestricted) {
              expect(sides.map((side) => side.restrictions(name, interaction))).toEqual([null, null]);
            }
          }
        }
      }),
    );
  });

  it('grants again what it has granted', () => {
    fc.assert(
      fc.property(scopeText, scopeText, (requested, registered) => {
        const granted = intersectScopes(requested, registered);
        expect(intersectScopes(granted, granted)).toBe(granted);
      }),
    );
  });

  it('reads any text without a fault', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const scopes = parseScopes(text);
        expect(scopes.allows('AuditEvent', 'r')).toBe(
          text.includes('AuditEvent') && scopes.grants.length > 0,
        );
      }),
    );
  });
});
