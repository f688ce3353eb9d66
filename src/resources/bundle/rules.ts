/**
 * What must hold of a summary as a whole (section 3.4.1): its type, what it is composed of, and the moment at which
 * it was put together. What must hold of each entry is in `entry-rules.ts`.
 */
import { always, stricter, type Finding, type Rule, type RuleContext } from '../../definitions/rule';
import { isObject, type AnyResource, type Json } from '../../fhir/types';
import { changing, resourcesOf, unchanged } from '../common/example';
import { DAY_MS, isAfter, MINUTE_MS, spanOf } from '../common/span';
import { entryRules } from './entry-rules';
import { withEntry, withoutType } from './examples';

const OTHER_ACCEPTED_TYPES: readonly Json[] = ['document', 'message', 'transaction'];

const typeIsCollection: Rule = {
  id: 'vw-bundle-07',
  severity: always('error'),
  code: 'value',
  guidance: '3.4.1 Bundle.type',
  claim:
    'The type of the Bundle is collection. The types document, message and transaction are accepted too.',
  *check({ type }): Iterable<Finding> {
    if (type === 'collection') return;
    if (type === undefined || type === null || type === '') {
      yield { element: 'type', code: 'required', text: '`Bundle.type` is missing. Send `collection`.' };
    } else if (OTHER_ACCEPTED_TYPES.includes(type)) {
      yield {
        element: 'type',
        severity: always('information'),
        text: 'The guidance asks for a Bundle of type `collection`. This type is accepted too.',
      };
    } else {
      yield {
        element: 'type',
        text: 'A Bundle of this type is not a summary. Send `collection` (`document`, `message` and `transaction` are accepted too).',
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: (summary) => {
      summary.type = 'searchset';
      return summary;
    },
  },
};

const madeInThePast: Rule = {
  id: 'vw-bundle-05',
  severity: always('warning'),
  code: 'value',
  guidance: '3.4.1 Bundle.meta.lastUpdated',
  claim: 'The time when the Bundle was assembled is not in the future.',
  *check({ meta }, { now }): Iterable<Finding> {
    const made = isObject(meta) ? spanOf(meta.lastUpdated) : undefined;
    const today = { from: now.getTime(), until: now.getTime(), hasTime: true };
    if (made && isAfter(made, today, 5 * MINUTE_MS)) {
      yield {
        element: 'meta.lastUpdated',
        text: '`Bundle.meta.lastUpdated` is in the future. Send the time when the Bundle was assembled, with its time zone offset.',
        ...(isAfter(made, today, DAY_MS) && {
          review: 'The time in Bundle.meta.lastUpdated is more than a day after the submission was received',
        }),
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: (summary) => {
      summary.meta = { ...(summary.meta as object), lastUpdated: '2999-01-01T00:00:00Z' };
      return summary;
    },
  },
};

/** A rule for the number of resources of a type in a summary. `tooMany` is the text if there is more than one. */
function composition(
  id: string,
  type: string,
  purpose: string,
  tooMany: ((context: RuleContext) => Pick<Finding, 'text' | 'severity'>) | undefined,
  breaks: Rule['examples']['breaks'],
): Rule {
  return {
    id,
    severity: always('error'),
    code: 'required',
    guidance: `3.4.1 Bundle.entry:${type}`,
    claim: `A summary has ${tooMany ? 'exactly' : 'at least'} one ${type}: ${purpose}.`,
    *check(_bundle, context): Iterable<Finding> {
      const entries = context.entriesOf(type);
      if (entries.length === 0) {
        yield { element: 'entry', text: `The Bundle has no ${type}. Add an entry for ${purpose}.` };
      } else if (entries.length > 1 && tooMany) {
        yield { element: 'entry', code: 'multiple-matches', ...tooMany(context) };
      }
    },
    examples: { keeps: unchanged, breaks },
  };
}

const onePatient = composition(
  'vw-bundle-09',
  'Patient',
  'the person the summary is about',
  () => ({
    text: 'The Bundle has more than one Patient. Send only the Patient that the summary is about.',
  }),
  withEntry('Patient', '2b9e7a54-3c1d-4f66-9d0a-51c7f1e0a901'),
);

const anOrganization = composition(
  'vw-bundle-10',
  'Organization',
  'the organisation that shares the data',
  undefined,
  withoutType('Organization'),
);

const oneEncounter = composition(
  'vw-bundle-11',
  'Encounter',
  'the virtual ward stay',
  (context) => ({
    severity: stricter(aDocumentNamesTheStay(context) ? 'warning' : 'error', 'error'),
    text: 'The Bundle has more than one Encounter. Send only the one that covers the whole stay. If there are several, the server uses the one that DocumentReference.context.encounter names.',
  }),
  withEntry('Encounter', '2b9e7a54-3c1d-4f66-9d0a-51c7f1e0a902'),
);

/** True where a document's `context.encounter` leads to exactly one of the Encounters. */
function aDocumentNamesTheStay(context: RuleContext): boolean {
  const named = new Set<AnyResource>();
  for (const document of context.entriesOf('DocumentReference')) {
    const within = document.resource.context;
    const references = isObject(within) && Array.isArray(within.encounter) ? within.encounter : [];
    for (const reference of references) {
      const found = isObject(reference) ? context.resolve(reference, document, ['Encounter']) : undefined;
      if (found?.outcome === 'resolved' && found.entry.resource.resourceType === 'Encounter') {
        named.add(found.entry.resource);
      }
    }
  }
  return named.size === 1;
}

const oneDocument = composition(
  'vw-bundle-12',
  'DocumentReference',
  'the document of the stay, with its PDF',
  () => ({
    severity: stricter('warning', 'error'),
    text: 'The Bundle has more than one DocumentReference. All of them are stored. Send one DocumentReference. If the document has several renditions, send one `content` for each.',
  }),
  withEntry('DocumentReference', '2b9e7a54-3c1d-4f66-9d0a-51c7f1e0a903', (document) => {
    const master = document.masterIdentifier;
    if (isObject(master)) document.masterIdentifier = { ...master, value: `${String(master.value)}-2` };
  }),
);

const RFC_PAGE = /^https?:\/\/tools\.ietf\.org\/html\/rfc4122\/?$/;

const identifierSystemIsANamespace: Rule = {
  id: 'idsystem-rfc',
  severity: stricter('information', 'warning'),
  code: 'value',
  guidance: '3.4.1 Bundle.identifier.system',
  claim: 'The system of an identifier is a namespace, not the address of the web page that describes UUIDs.',
  *check(bundle, { entries }): Iterable<Finding> {
    const text =
      'The system is the address of the web page that describes UUIDs, not a namespace. Send `urn:ietf:rfc:3986` with the value `urn:uuid:` followed by the UUID, or a namespace of your own.';
    const hasRfcPage = (identifier: Json | undefined): boolean =>
      isObject(identifier) && typeof identifier.system === 'string' && RFC_PAGE.test(identifier.system);
    if (hasRfcPage(bundle.identifier)) yield { element: 'identifier.system', text };
    for (const { index, resource } of entries) {
      const at = Array.isArray(resource.identifier) ? resource.identifier.findIndex(hasRfcPage) : -1;
      if (at >= 0) yield { element: `entry[${index}].resource.identifier[${at}].system`, text };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: (summary) => {
      summary.identifier = {
        system: 'https://tools.ietf.org/html/rfc4122',
        value: '73c52d0f-8584-43fe-b492-3a4d3017ac22',
      };
      return summary;
    },
  },
};

const identifiersAreNotShared: Rule = {
  id: 'identifier-shared',
  severity: stricter('information', 'warning'),
  code: 'duplicate',
  guidance: '3.4.6 Observation.identifier',
  claim: 'No two resources of different types have the same identifier.',
  *check(_bundle, { entries }): Iterable<Finding> {
    const bearers = new Map<string, string>();
    for (const { index, resource } of entries) {
      const identifiers = Array.isArray(resource.identifier) ? resource.identifier : [];
      for (const [at, identifier] of identifiers.entries()) {
        if (!isObject(identifier) || typeof identifier.value !== 'string') continue;
        const token = `${String(identifier.system)}|${identifier.value}`;
        const bearer = bearers.get(token) ?? resource.resourceType;
        bearers.set(token, bearer);
        if (bearer === resource.resourceType) continue;
        yield {
          element: `entry[${index}].resource.identifier[${at}]`,
          text: 'A resource of another type has the same identifier. The server treats them as two resources. Give each resource its own identifier.',
        };
      }
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Encounter', (encounter, summary) => {
      const identifier = { system: 'https://sender.example.nhs.uk/id', value: 'shared-1' };
      encounter.identifier = [identifier];
      const [organization] = resourcesOf(summary, 'Organization');
      if (organization) organization.identifier = [...(organization.identifier as Json[]), { ...identifier }];
    }),
  },
};

export const rules: readonly Rule[] = [
  madeInThePast,
  typeIsCollection,
  onePatient,
  anOrganization,
  oneEncounter,
  oneDocument,
  identifierSystemIsANamespace,
  identifiersAreNotShared,
  ...entryRules,
];
