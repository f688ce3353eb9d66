/** What must hold of each entry of a summary (section 3.4.1, R4's own invariants bdl-2 to bdl-8). */
import { isUuid } from '../../fhir/uuid';
import { always, stricter, type Finding, type Rule } from '../../definitions/rule';
import { isResourceType } from '../../fhir/r4/definitions';
import { isObject, isResource, type AnyResource, type JsonObject } from '../../fhir/types';
import { unchanged } from '../common/example';
import { withEntry, withOrganization } from './examples';

interface PlacedEntry {
  entry: JsonObject;
  place: string;
}

function entriesOf(bundle: AnyResource): PlacedEntry[] {
  if (!Array.isArray(bundle.entry)) return [];
  return bundle.entry.flatMap((entry, index) =>
    isObject(entry) ? [{ entry, place: `entry[${index}]` }] : [],
  );
}

/** Changes the first entry of the summary. */
function changingEntry(change: (entry: JsonObject) => void): Rule['examples']['breaks'] {
  return (summary) => {
    const [first] = entriesOf(summary);
    if (first) change(first.entry);
    return summary;
  };
}

const fullUrlEndsInTheId: Rule = {
  id: 'vw-bundle-15',
  severity: stricter('warning', 'error'),
  code: 'invariant',
  guidance: '3.4.1 Bundle.entry.fullUrl',
  claim: 'The last part of an entry’s fullUrl is the id of its resource.',
  *check(bundle): Iterable<Finding> {
    for (const { entry, place } of entriesOf(bundle)) {
      const { fullUrl, resource } = entry;
      if (typeof fullUrl !== 'string' || !isResource(resource) || typeof resource.id !== 'string') continue;
      const last = fullUrl.replace(/\/_history\/[^/]*$/, '').replace(/^urn:(?:uuid|oid):|^.*\//i, '');
      const isSame =
        last === resource.id || (isUuid(last) && last.toLowerCase() === resource.id.toLowerCase());
      if (isSame) continue;
      yield {
        element: `${place}.fullUrl`,
        text: 'The last part of `fullUrl` differs from the `id` of the resource. Make them the same.',
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: withOrganization('2b9e7a54-3c1d-4f66-9d0a-51c7f1e0a905', (organization) => {
      organization.id = 'another-id';
    }),
  },
};

/** `https://…/Encounter/1`, with the type. */
const RESTFUL = /^https?:\/\/\S+\/([A-Z][A-Za-z]{1,63})\/[A-Za-z0-9\-.]{1,64}$/;

const fullUrlNamesTheType: Rule = {
  id: 'vw-bundle-fullurl-type',
  severity: stricter('warning', 'error'),
  code: 'invariant',
  guidance: '3.4.1 Bundle.entry.fullUrl',
  claim: 'If a fullUrl names a resource type, it is the type of the resource in the entry.',
  *check(bundle): Iterable<Finding> {
    for (const { entry, place } of entriesOf(bundle)) {
      const { fullUrl, resource } = entry;
      const type = typeof fullUrl === 'string' ? RESTFUL.exec(fullUrl)?.[1] : undefined;
      if (type === undefined || !isResourceType(type) || !isResource(resource)) continue;
      if (type === resource.resourceType) continue;
      yield {
        element: `${place}.fullUrl`,
        text: '`fullUrl` names a different resource type. Name the type of the resource in this entry, or send `urn:uuid:` followed by a UUID.',
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: (summary) => {
      const uuid = '2b9e7a54-3c1d-4f66-9d0a-51c7f1e0a911';
      const added = withOrganization(uuid)(summary);
      const last = entriesOf(added).at(-1);
      if (last) last.entry.fullUrl = `https://sender.example.nhs.uk/Encounter/${uuid}`;
      return added;
    },
  },
};

const fullUrlHasAForm: Rule = {
  id: 'vw-bundle-16',
  severity: always('error'),
  code: 'value',
  guidance: '3.4.1 Bundle.entry.fullUrl',
  claim: 'The fullUrl of an entry is an absolute URL without a version.',
  *check(bundle): Iterable<Finding> {
    for (const { entry, place } of entriesOf(bundle)) {
      const { fullUrl } = entry;
      if (typeof fullUrl !== 'string' || fullUrl === '') continue;
      if (fullUrl.includes('/_history/')) {
        yield {
          element: `${place}.fullUrl`,
          text: '`fullUrl` contains a version, which R4 forbids (bdl-8). Leave out `/_history/` and everything after it.',
        };
      } else if (!/^(?:https?:\/\/|urn:uuid:|urn:oid:|[a-z][a-z0-9+.-]*:)\S+$/i.test(fullUrl)) {
        yield {
          element: `${place}.fullUrl`,
          text: '`fullUrl` is not an absolute URL. Send an `https:` URL, or `urn:uuid:` followed by a UUID.',
        };
      }
    }
  },
  examples: {
    keeps: unchanged,
    breaks: (summary) => {
      const added = withOrganization('relative')(summary);
      const last = entriesOf(added).at(-1);
      if (last) last.entry.fullUrl = 'folder/relative';
      return added;
    },
  },
};

const fullUrlsAreUnique: Rule = {
  id: 'vw-bundle-17',
  severity: always('error'),
  code: 'duplicate',
  guidance: '3.4.1 Bundle.entry.fullUrl',
  claim: 'No two entries have the same fullUrl.',
  *check(bundle): Iterable<Finding> {
    const seen = new Set<string>();
    for (const { entry, place } of entriesOf(bundle)) {
      const { fullUrl } = entry;
      if (typeof fullUrl !== 'string') continue;
      const key = /^urn:uuid:/i.test(fullUrl) ? fullUrl.toLowerCase() : fullUrl;
      if (seen.has(key)) {
        yield {
          element: `${place}.fullUrl`,
          text: 'Another entry has the same `fullUrl`, so references to it are ambiguous. Give each entry its own `fullUrl`.',
        };
      }
      seen.add(key);
    }
  },
  examples: {
    keeps: unchanged,
    breaks: (summary) => {
      const uuid = '2b9e7a54-3c1d-4f66-9d0a-51c7f1e0a906';
      return withOrganization(uuid.toUpperCase())(withOrganization(uuid)(summary));
    },
  },
};

const idsAreUnique: Rule = {
  id: 'vw-bundle-18',
  severity: always('error'),
  code: 'duplicate',
  guidance: '3.4.1 Bundle.entry.resource.id',
  claim: 'No two resources of the Bundle have the same type and id.',
  *check(bundle): Iterable<Finding> {
    const seen = new Set<string>();
    for (const { entry, place } of entriesOf(bundle)) {
      const { resource } = entry;
      if (!isResource(resource) || typeof resource.id !== 'string') continue;
      const key = `${resource.resourceType}/${resource.id}`;
      if (seen.has(key)) {
        yield {
          element: `${place}.resource.id`,
          text: 'Another resource of this type in the Bundle has the same id. Give each resource its own id.',
        };
      }
      seen.add(key);
    }
  },
  examples: {
    keeps: unchanged,
    breaks: (summary) => {
      const both = withOrganization('same-id')(withOrganization('same-id')(summary));
      entriesOf(both)
        .slice(-2)
        .forEach(({ entry }, index) => {
          entry.fullUrl = `https://server-${index}.example.nhs.uk/Organization/same-id`;
        });
      return both;
    },
  },
};

const SENT_TO_ACT: readonly unknown[] = ['transaction', 'batch'];

const entriesCarryAResourceOnly: Rule = {
  id: 'vw-bundle-19',
  severity: always('error'),
  code: 'invariant',
  guidance: '3.4.1 Bundle.entry.resource',
  claim:
    'Each entry contains a resource. Only an entry of a transaction or batch has a request, and no entry has a response or search (R4 bdl-2 to bdl-5).',
  *check(bundle): Iterable<Finding> {
    const isActedOn = SENT_TO_ACT.includes(bundle.type);
    for (const { entry, place } of entriesOf(bundle)) {
      if (entry.resource === undefined && !(isActedOn && entry.request !== undefined)) {
        yield {
          element: `${place}.resource`,
          code: 'required',
          text: 'The entry contains no resource. Send one, or leave the entry out.',
        };
      }
      for (const part of isActedOn ? ['response', 'search'] : ['request', 'response', 'search']) {
        if (entry[part] === undefined) continue;
        yield {
          element: `${place}.${part}`,
          text: `Entries of this type of Bundle cannot have \`${part}\`. The server ignores it. Leave it out.`,
        };
      }
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changingEntry((entry) => {
      entry.request = { method: 'POST', url: 'Patient' };
    }),
  },
};

const typesAreDescribed: Rule = {
  id: 'vw-bundle-20',
  severity: always('information'),
  code: 'informational',
  guidance: '3.4 Other resources',
  claim: 'Resources that the guidance does not describe are stored, and can be searched as R4 defines them.',
  *check(_bundle, { entries, definitionOf }): Iterable<Finding> {
    const told = new Set<string>();
    for (const { index, resource } of entries) {
      const { resourceType } = resource;
      if (!isResourceType(resourceType) || told.has(resourceType)) continue;
      if (definitionOf(resourceType)?.described) continue;
      told.add(resourceType);
      yield {
        element: `entry[${index}].resource`,
        text: `The guidance does not describe ${resourceType}. Homeward checks it against R4 only.`,
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: withEntry('Basic', '2b9e7a54-3c1d-4f66-9d0a-51c7f1e0a907', (basic) => {
      basic.code = { text: 'note' };
    }),
  },
};

export const entryRules: readonly Rule[] = [
  fullUrlEndsInTheId,
  fullUrlNamesTheType,
  fullUrlHasAForm,
  fullUrlsAreUnique,
  idsAreUnique,
  entriesCarryAResourceOnly,
  typesAreDescribed,
];
