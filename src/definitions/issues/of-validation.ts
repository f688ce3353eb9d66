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
    claim: 'Every property is an element that R4 defines at its place.',
    source: `${R4}json.html`,
  },
  'r4-required': {
    severity: 'error',
    code: 'required',
    category: 'invalid',
    claim: 'Every element that R4 requires is there.',
    source: `${R4}conformance-rules.html#cardinality`,
  },
  'r4-cardinality': {
    severity: 'error',
    code: 'structure',
    category: 'invalid',
    claim: 'A list stands where R4 allows several and nowhere else; no list, object or text is empty.',
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
    claim: 'Every value has the form of its data type; dates exist; no control characters.',
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
    claim: 'A choice of types is made once: one of value[x], not two.',
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
      'Codes of extensible bindings are from their value set where their code system is that of the value set.',
    source: `${R4}terminologies.html#extensible`,
  },
  'r4-snomed': {
    severity: 'error',
    code: 'code-invalid',
    category: 'invalid',
    claim: 'A code of SNOMED CT is the id of a concept, by its check digit and partition, or an expression.',
    source: `${R4}snomedct.html`,
  },
  'r4-unit': {
    severity: 'error',
    code: 'code-invalid',
    category: 'invalid',
    claim: 'The code of a quantity whose system is UCUM is a unit of UCUM.',
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
      'A reference is a literal reference as R4 writes it, to a type that its element allows, and resolves where it must.',
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
    claim: 'Narrative is well-formed XHTML of basic formatting, with content and nothing active.',
    source: `${R4}narrative.html#xhtml`,
  },
  'r4-bundle': {
    severity: 'error',
    code: 'invalid',
    category: 'invalid',
    claim:
      'The entries and links of a Bundle fit its type; fullUrls are absolute, unique and agree with their resources.',
    source: `${R4}bundle.html`,
  },
  'r4-definition': {
    severity: 'error',
    code: 'invalid',
    category: 'invalid',
    claim: 'Questionnaires, code systems and value sets are consistent in themselves.',
    source: `${R4}conformance-module.html`,
  },
  'r4-depth': {
    severity: 'error',
    code: 'too-costly',
    category: 'invalid',
    claim:
      'Elements are nested no deeper than 100 levels, and no more than 20,000 rare invariants are to be checked.',
    source: `${R4}json.html`,
  },
} as const satisfies Record<string, IssueEntry>;

export const profileIssues = {
  'profile-required': {
    severity: 'error',
    code: 'required',
    category: 'invalid',
    claim: 'What a claimed profile requires is there.',
    source: PROFILING,
  },
  'profile-cardinality': {
    severity: 'error',
    code: 'structure',
    category: 'invalid',
    claim: 'Nothing is there more often than a claimed profile allows.',
    source: PROFILING,
  },
  'profile-fixed': {
    severity: 'error',
    code: 'value',
    category: 'invalid',
    claim: 'Values that a claimed profile fixes, or gives a pattern for, are as it says.',
    source: PROFILING,
  },
  'profile-type': {
    severity: 'error',
    code: 'structure',
    category: 'invalid',
    claim:
      'A claimed profile is one of the resource’s own type, and values have one of the types that it allows.',
    source: PROFILING,
  },
  'profile-reference': {
    severity: 'error',
    code: 'value',
    category: 'invalid',
    claim: 'References lead to the types that a claimed profile allows.',
    source: PROFILING,
  },
  'profile-binding': {
    severity: 'error',
    code: 'code-invalid',
    category: 'invalid',
    claim: 'Codes are from the value sets of a claimed profile, where these can be listed.',
    source: PROFILING,
  },
  'profile-slice': {
    severity: 'error',
    code: 'structure',
    category: 'invalid',
    claim: 'The named parts (slices) of a list are there as often as a claimed profile says.',
    source: PROFILING,
  },
  'profile-extension': {
    severity: 'error',
    code: 'extension',
    category: 'invalid',
    claim: 'Extensions stand where their definition lets them, with the parts that it names.',
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
    claim: 'A profile that $validate is asked for is loaded.',
    source: VALIDATE,
  },
  'validate-profile-type': {
    severity: 'error',
    code: 'invalid',
    claim: 'A profile that $validate is asked for is one of the resource’s own type.',
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
    claim: '$validate is given a resource.',
    source: VALIDATE,
  },
  'validate-update-id': {
    severity: 'error',
    code: 'required',
    claim: '$validate with mode=update has the id of the resource.',
    source: VALIDATE,
  },
  'validate-delete': {
    severity: 'information',
    code: 'informational',
    claim: '$validate with mode=delete is asked of a server that deletes; this one withdraws instead.',
    source: VALIDATE,
  },
  'r4-other-type': {
    severity: 'error',
    code: 'structure',
    category: 'bad-request',
    claim: 'The resource is of the type that the path of $validate names.',
    source: VALIDATE,
  },
  'judged-by-r4': {
    severity: 'information',
    code: 'informational',
    claim:
      'What is validated is a summary, or a type that the guidance describes; other content is held to R4 alone.',
    source: VALIDATE,
  },
} as const satisfies Record<string, IssueEntry>;
