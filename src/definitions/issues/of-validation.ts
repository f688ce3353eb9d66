/** The ids of the issues of R4 itself, of profiles, and of `$validate`. */
import type { IssueEntry } from '../../fhir/issue';

const R4 = 'http://hl7.org/fhir/R4/';
const PROFILING = `${R4}profiling.html`;
const VALIDATE = 'https://hl7.org/fhir/R4/resource-operation-validate.html';

export const structureIssues = {
  'r4-unknown-element': {
    severity: 'error',
    code: 'structure',
    category: 'invalid',
    claim: 'Every property is an element that R4 defines there.',
    source: `${R4}json.html`,
  },
  'r4-required': {
    severity: 'error',
    code: 'required',
    category: 'invalid',
    claim: 'Every element that R4 requires is present.',
    source: `${R4}conformance-rules.html#cardinality`,
  },
  'r4-cardinality': {
    severity: 'error',
    code: 'structure',
    category: 'invalid',
    claim: 'An element is a list only where R4 allows several values. No list, object or string is empty.',
    source: `${R4}json.html#repeat`,
  },
  'r4-type': {
    severity: 'error',
    code: 'structure',
    category: 'invalid',
    claim: 'Every value has the JSON type and the FHIR type that R4 gives its element.',
    source: `${R4}json.html#primitive`,
  },
  'r4-value': {
    severity: 'error',
    code: 'value',
    category: 'invalid',
    claim: 'Every value is valid for its data type. Dates exist, and there are no control characters.',
    source: `${R4}datatypes.html#primitive`,
  },
  'r4-attachment': {
    severity: 'error',
    code: 'invariant',
    category: 'invalid',
    claim: 'The size and the hash of an attachment are those of its data.',
    source: `${R4}datatypes.html#Attachment`,
  },
  'r4-choice': {
    severity: 'error',
    code: 'structure',
    category: 'invalid',
    claim: 'A choice element (such as value[x]) appears with one type only.',
    source: `${R4}formats.html#choice`,
  },
  'r4-binding': {
    severity: 'error',
    code: 'code-invalid',
    category: 'invalid',
    claim: 'Codes of required bindings are from their value set.',
    source: `${R4}terminologies.html#required`,
  },
  'r4-binding-extensible': {
    severity: 'warning',
    code: 'code-invalid',
    category: 'invalid',
    claim:
      'A code with an extensible binding is from the value set if its code system is the one of the value set.',
    source: `${R4}terminologies.html#extensible`,
  },
  'r4-snomed': {
    severity: 'error',
    code: 'code-invalid',
    category: 'invalid',
    claim: 'A SNOMED CT code is a concept id (with the right check digit and partition) or an expression.',
    source: `${R4}snomedct.html`,
  },
  'r4-unit': {
    severity: 'error',
    code: 'code-invalid',
    category: 'invalid',
    claim: 'If the system of a quantity is UCUM, its code is a UCUM unit.',
    source: `${R4}datatypes.html#Quantity`,
  },
  'r4-invariant': {
    severity: 'error',
    code: 'invariant',
    category: 'invalid',
    claim: 'The invariants of R4 hold.',
    source: `${R4}conformance-rules.html#constraints`,
  },
  'r4-reference': {
    severity: 'error',
    code: 'invalid',
    category: 'invalid',
    claim:
      'A literal reference has a form that R4 allows, points to a type that its element allows, and matches a resource where R4 requires it.',
    source: `${R4}references.html`,
  },
  'r4-contained': {
    severity: 'error',
    code: 'structure',
    category: 'invalid',
    claim: 'Contained resources have ids, are referred to, and contain nothing themselves.',
    source: `${R4}references.html#contained`,
  },
  'r4-extension': {
    severity: 'error',
    code: 'extension',
    category: 'invalid',
    claim: 'An extension has an absolute url without a version, and a value or extensions, not both.',
    source: `${R4}extensibility.html#Extension`,
  },
  'r4-narrative': {
    severity: 'error',
    code: 'invalid',
    category: 'invalid',
    claim:
      'A narrative is well-formed XHTML with basic formatting. It is not empty and has no active content.',
    source: `${R4}narrative.html#xhtml`,
  },
  'r4-bundle': {
    severity: 'error',
    code: 'invalid',
    category: 'invalid',
    claim:
      'The entries and links of a Bundle fit its type. Each fullUrl is absolute, unique and matches its resource.',
    source: `${R4}bundle.html`,
  },
  'r4-definition': {
    severity: 'error',
    code: 'invalid',
    category: 'invalid',
    claim: 'Questionnaires, code systems and value sets are internally consistent.',
    source: `${R4}conformance-module.html`,
  },
  'r4-depth': {
    severity: 'error',
    code: 'too-costly',
    category: 'invalid',
    claim:
      'Objects and lists are nested at most 60 deep, as JSON counts them, and elements need at most 20,000 checks of rare invariants.',
    source: `${R4}json.html`,
  },
} as const satisfies Record<string, IssueEntry>;

export const profileIssues = {
  'profile-required': {
    severity: 'error',
    code: 'required',
    category: 'invalid',
    claim: 'Every element that a claimed profile requires is present.',
    source: PROFILING,
  },
  'profile-cardinality': {
    severity: 'error',
    code: 'structure',
    category: 'invalid',
    claim: 'No element appears more often than a claimed profile allows.',
    source: PROFILING,
  },
  'profile-fixed': {
    severity: 'error',
    code: 'value',
    category: 'invalid',
    claim: 'Values match the fixed values and patterns of a claimed profile.',
    source: PROFILING,
  },
  'profile-type': {
    severity: 'error',
    code: 'structure',
    category: 'invalid',
    claim:
      'A claimed profile is for the resource’s own type, and values have a type that the profile allows.',
    source: PROFILING,
  },
  'profile-reference': {
    severity: 'error',
    code: 'value',
    category: 'invalid',
    claim: 'References point to types that a claimed profile allows.',
    source: PROFILING,
  },
  'profile-binding': {
    severity: 'error',
    code: 'code-invalid',
    category: 'invalid',
    claim: 'Codes are from the value sets of a claimed profile, if the server can list them.',
    source: PROFILING,
  },
  'profile-slice': {
    severity: 'error',
    code: 'structure',
    category: 'invalid',
    claim: 'The named parts (slices) of a list appear as often as a claimed profile says.',
    source: PROFILING,
  },
  'profile-extension': {
    severity: 'error',
    code: 'extension',
    category: 'invalid',
    claim: 'Extensions are where their definition allows them, with only the parts that it names.',
    source: PROFILING,
  },
  'profile-invariant': {
    severity: 'error',
    code: 'invariant',
    category: 'invalid',
    claim: 'The constraints of a claimed profile hold.',
    source: PROFILING,
  },
} as const satisfies Record<string, IssueEntry>;

export const validateIssues = {
  'validate-profile-unknown': {
    severity: 'warning',
    code: 'not-found',
    claim: 'The profile that a $validate request names is loaded.',
    source: VALIDATE,
  },
  'validate-profile-type': {
    severity: 'error',
    code: 'invalid',
    claim: 'The profile that a $validate request names is for the resource’s own type.',
    source: VALIDATE,
  },
  'validate-mode': {
    severity: 'error',
    code: 'value',
    category: 'bad-request',
    claim: 'The mode of $validate is one that R4 has.',
    source: VALIDATE,
  },
  'validate-no-resource': {
    severity: 'error',
    code: 'required',
    category: 'bad-request',
    claim: 'A $validate request contains a resource.',
    source: VALIDATE,
  },
  'validate-update-id': {
    severity: 'error',
    code: 'required',
    claim: 'A $validate request with mode=update contains the id of the resource.',
    source: VALIDATE,
  },
  'validate-delete': {
    severity: 'information',
    code: 'informational',
    claim:
      'The server does not delete resources, so $validate with mode=delete does not apply. The server withdraws resources instead.',
    source: VALIDATE,
  },
  'r4-other-type': {
    severity: 'error',
    code: 'structure',
    category: 'bad-request',
    claim: 'The resource has the type that the path of $validate names.',
    source: VALIDATE,
  },
  'judged-by-r4': {
    severity: 'information',
    code: 'informational',
    claim:
      'The validated resource is a summary, or has a type that the guidance describes. Other content is checked against R4 only.',
    source: VALIDATE,
  },
} as const satisfies Record<string, IssueEntry>;
