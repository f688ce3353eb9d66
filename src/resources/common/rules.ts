/** Rules of every resource type (sections 3 and 3.2 of the guidance, R4's modifiers). */
import { always, type Finding, type Rule } from '../../definitions/rule';
import { isObject, type Json, type JsonObject } from '../../fhir/types';
import { onePatient } from '../bundle/one-patient';
import { changing, unchanged } from './example';
import { identifierHasNoSpaceAround } from './identifier-rule';
import { nhsNumberIsOfAPerson } from './nhs-number-rule';
import { referencesLeadSomewhere } from './nowhere-rules';
import { offsetInLondon } from './repairs-of-primitives';
import { referencesLeadToTheRightType } from './reference-rules';
import { nothingIsRestricted } from './restricted-rule';

const nothingNegatesIt: Rule = {
  id: 'vw-gen-06',
  severity: always('error'),
  code: 'extension',
  guidance: '3.4 Modifier extensions (R4)',
  claim:
    'There are no modifierExtension and no implicitRules, because they could reverse the meaning of the resource and the server supports none.',
  *check(resource): Iterable<Finding> {
    if (typeof resource.implicitRules === 'string' && resource.implicitRules !== '') {
      yield {
        element: 'implicitRules',
        text: 'The resource has `implicitRules` that the server does not support, so the server cannot interpret it safely. Leave `implicitRules` out.',
      };
    }
    if (!hasModifier(resource)) return;
    for (const element of modifiersIn(resource, '')) {
      yield {
        element,
        text: 'A `modifierExtension` can change the meaning of the element, and the server does not support this one. Leave it out, or send an ordinary extension.',
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Encounter', (encounter) => {
      encounter.modifierExtension = [
        { url: 'https://sender.example.nhs.uk/did-not-happen', valueBoolean: true },
      ];
    }),
  },
};

/** Whether there is one at all. The places are computed only for the few resources that have one. */
function hasModifier(value: JsonObject | Json[]): boolean {
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object' && item !== null && hasModifier(item)) return true;
    return false;
  }
  for (const key in value) {
    const inner = value[key];
    if (typeof inner !== 'object' || inner === null || key === 'resource') continue;
    if (key === 'modifierExtension' || hasModifier(inner)) return true;
  }
  return false;
}

/** The places of modifier extensions, contained resources included; the entries of a Bundle are resources of their own. */
function* modifiersIn(value: JsonObject, path: string): Iterable<string> {
  for (const key in value) {
    const inner = value[key];
    if (typeof inner !== 'object' || inner === null) continue;
    const at = path === '' ? key : `${path}.${key}`;
    if (key === 'modifierExtension') {
      yield at;
    } else if (Array.isArray(inner)) {
      for (const [index, item] of inner.entries())
        if (isObject(item)) yield* modifiersIn(item, `${at}[${index}]`);
    } else if (key !== 'resource') yield* modifiersIn(inner, at);
  }
}

const LOCAL_TIME = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?)([+-]\d{2}:\d{2})$/;

const offsetIsTheOneInLondon: Rule = {
  id: 'def-30',
  severity: always('information'),
  code: 'informational',
  guidance: '3.4.4 Encounter.period',
  claim: 'A time with an offset has the UK offset for that date. The server uses the offset as sent.',
  *check(resource): Iterable<Finding> {
    const place = strangeTimeIn(resource);
    if (place === undefined) return;
    yield {
      element: place.slice(1),
      text: 'The time zone offset is not the UK offset for that date (+00:00 in winter, +01:00 in summer). The time is stored as sent. Check how the sending system writes local times, or send UTC with Z. Other times of this resource may have the same fault.',
    };
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Encounter', (encounter) => {
      const period = encounter.period as { start: string };
      period.start = `${period.start.slice(0, 19)}-05:00`;
    }),
  },
};

/** The place of the first time whose offset is not London's, with a dot before it. `Z` is deliberate UTC. */
function strangeTimeIn(value: JsonObject | Json[]): string | undefined {
  for (const key in value) {
    const inner = (value as JsonObject)[key];
    let inside: string | undefined;
    if (typeof inner === 'string') inside = isFarFromLondon(inner) ? '' : undefined;
    else if (typeof inner === 'object' && inner !== null && key !== 'resource') inside = strangeTimeIn(inner);
    if (inside !== undefined) return (Array.isArray(value) ? `[${key}]` : `.${key}`) + inside;
  }
  return undefined;
}

function isFarFromLondon(text: string): boolean {
  if (text.length < 25 || text.length > 40 || text[10] !== 'T') return false;
  const match = LOCAL_TIME.exec(text);
  if (!match) return false;
  const [, local, offset] = match as unknown as [string, string, string];
  return offsetInLondon(local) !== offset.replace('-00:00', '+00:00');
}

export const rules: readonly Rule[] = [
  nothingNegatesIt,
  offsetIsTheOneInLondon,
  referencesLeadToTheRightType,
  onePatient,
  referencesLeadSomewhere,
  nothingIsRestricted,
  identifierHasNoSpaceAround,
  nhsNumberIsOfAPerson,
];
