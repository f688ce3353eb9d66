/** What must hold of an Organization beyond the rows of its table (section 3.4.3, UK Core Organization 2.5.1). */
import { isCurrent } from '../../fhir/current-identifier';
import { always, stricter, type Finding, type Rule, type RuleContext } from '../../definitions/rule';
import { isObject, type AnyResource, type Json, type JsonObject } from '../../fhir/types';
import {
  isOdsCodeShape,
  NHS_ENGLAND_ODS_CODE,
  ODS_ORGANISATION_SYSTEM,
  ODS_SITE_SYSTEM,
} from '../../terminology/ods';
import { changing, unchanged } from '../common/example';
import { extensionRule } from '../common/extension-rules';

function objectsIn(list: Json | undefined): { item: JsonObject; index: number }[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item, index) => (isObject(item) ? [{ item, index }] : []));
}

const isEmpty = (value: Json | undefined): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

const isOdsSystem = (system: Json | undefined): boolean =>
  system === ODS_ORGANISATION_SYSTEM || system === ODS_SITE_SYSTEM;

function odsCodesOf(organization: AnyResource): { item: JsonObject; index: number }[] {
  return objectsIn(organization.identifier).filter(({ item }) => item.system === ODS_ORGANISATION_SYSTEM);
}

/** The Organizations that documents of this Bundle name as custodian. Each document is looked at once. */
function custodiansOf(context: RuleContext): ReadonlySet<AnyResource> {
  return context.once(custodiansOf, () => {
    const found = new Set<AnyResource>();
    for (const document of context.entriesOf('DocumentReference')) {
      const { custodian } = document.resource;
      if (!isObject(custodian)) continue;
      const resolution = context.resolve(custodian, document, ['Organization']);
      if (resolution.outcome === 'resolved') found.add(resolution.entry.resource);
    }
    return found;
  });
}

const custodianHasAnOdsCode: Rule = {
  id: 'vw-org-03',
  severity: stricter('information', 'error'),
  code: 'required',
  guidance: '3.4.3 Organization.identifier',
  claim: 'An Organization has an ODS code. The custodian of a document must have one.',
  *check(organization, context, entry): Iterable<Finding> {
    if (
      objectsIn(organization.identifier).some(
        ({ item }) =>
          isOdsSystem(item.system) && !isEmpty(item.value) && isCurrent(item, context.now.getTime()),
      )
    )
      return;
    const custodian = custodiansOf(context).has(entry.resource);
    yield {
      element: 'identifier',
      ...(custodian && { severity: always('error') }),
      text: custodian
        ? `The custodian of the document has no ODS code. Send it with the system \`${ODS_ORGANISATION_SYSTEM}\`.`
        : `The Organization has no ODS code. If it has one, send it with the system \`${ODS_ORGANISATION_SYSTEM}\`.`,
    };
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Organization', (organization) => {
      organization.identifier = [{ system: 'https://sender.example.nhs.uk/organisations', value: 'ward-7' }];
    }),
  },
};

const odsCodeHasItsShape: Rule = {
  id: 'vw-org-05',
  severity: stricter('warning', 'error'),
  code: 'value',
  guidance: '3.4.3 Organization.identifier.value',
  claim: 'An ODS code is 3 to 12 capital letters and digits.',
  *check({ identifier }): Iterable<Finding> {
    for (const { item, index } of objectsIn(identifier)) {
      if (!isOdsSystem(item.system)) continue;
      if (typeof item.value !== 'string' || isOdsCodeShape(item.value)) continue;
      yield {
        element: `identifier[${index}].value`,
        text: 'This is not in the form of an ODS code. Send 3 to 12 capital letters and digits, for example RR8 or A81001.',
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Organization', (organization) => {
      organization.identifier = [{ system: ODS_ORGANISATION_SYSTEM, value: 'RR8 (Leeds)' }];
    }),
  },
};

const hasAName: Rule = {
  id: 'vw-org-06',
  severity: always('warning'),
  code: 'required',
  guidance: '3.4.3 Organization.name',
  claim: 'An Organization has a name. R4 requires a name or an identifier (org-1).',
  *check({ name, identifier }): Iterable<Finding> {
    if (!isEmpty(name)) return;
    const isNobody = isEmpty(identifier);
    yield {
      element: isNobody ? '' : 'name',
      ...(isNobody && { severity: always('error'), code: 'invariant' as const }),
      text: isNobody
        ? 'The Organization has no name and no identifier (R4 org-1). Add its name and its ODS code.'
        : '`Organization.name` is missing. Send the name of the organisation.',
    };
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Organization', (organization) => {
      delete organization.name;
    }),
  },
};

const telecomIsTheOrganisations: Rule = {
  id: 'vw-org-07',
  severity: always('error'),
  code: 'invariant',
  guidance: '3.4.3 Organization.telecom',
  claim: 'The telecom of an Organization does not have the use home (R4 org-3).',
  *check({ telecom }): Iterable<Finding> {
    for (const { item, index } of objectsIn(telecom)) {
      if (item.use !== 'home') continue;
      yield {
        element: `telecom[${index}]`,
        text: 'The telecom of an Organization cannot have the use home (R4 org-3). Send an official contact of the organisation, with the use work.',
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Organization', (organization) => {
      organization.telecom = [{ system: 'phone', use: 'home', value: '0113 496 0001' }];
    }),
  },
};

const isARealSender: Rule = {
  id: 'def-16-x26',
  severity: always('information'),
  code: 'informational',
  guidance: '3.4.3 Organization.identifier.value',
  claim:
    'The ODS code is the organisation’s own, not X26 (NHS England), which the examples in the guidance use.',
  *check(organization): Iterable<Finding> {
    for (const { item, index } of odsCodesOf(organization)) {
      if (item.value !== NHS_ENGLAND_ODS_CODE) continue;
      yield {
        element: `identifier[${index}].value`,
        text: 'X26 is the ODS code of NHS England, which the examples in the guidance use. Send the ODS code of the organisation that shares the data.',
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Organization', (organization) => {
      organization.identifier = [{ system: ODS_ORGANISATION_SYSTEM, value: NHS_ENGLAND_ODS_CODE }];
    }),
  },
};

const hasOneOdsCode: Rule = {
  id: 'ukcore-organization-identifier',
  severity: always('warning'),
  code: 'structure',
  guidance: 'UK Core Organization.identifier:odsOrganisationCode',
  claim: 'An Organization has at most one current ODS code, and at most one current ODS site code.',
  *check({ identifier }, { now }): Iterable<Finding> {
    for (const system of [ODS_ORGANISATION_SYSTEM, ODS_SITE_SYSTEM]) {
      const current = objectsIn(identifier).filter(({ item }) => isCurrent(item, now.getTime()));
      if (current.filter(({ item }) => item.system === system).length < 2) continue;
      yield {
        element: 'identifier',
        text: `There is more than one identifier with the system \`${system}\`. Send one.`,
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Organization', (organization) => {
      organization.identifier = ['RR8', 'RR9'].map((value) => ({ system: ODS_ORGANISATION_SYSTEM, value }));
    }),
  },
};

const mainLocation = extensionRule({
  id: 'ukcore-organization-mainLocation',
  guidance: 'UK Core Organization.extension:mainLocation',
  path: '',
  name: 'MainLocation',
  value: 'valueReference',
  breaks: changing('Organization', (organization) => {
    organization.extension = [
      {
        url: 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-MainLocation',
        valueString: 'Leeds',
      },
    ];
  }),
});

export const rules: readonly Rule[] = [
  custodianHasAnOdsCode,
  odsCodeHasItsShape,
  hasAName,
  telecomIsTheOrganisations,
  isARealSender,
  hasOneOdsCode,
  mainLocation,
];
