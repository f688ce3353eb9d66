/** What a label of confidentiality says of a resource, to people. The server gives nobody less because of it. */
import { always, type Finding, type Rule } from '../../definitions/rule';
import { isObject } from '../../fhir/types';
import { CONFIDENTIALITY, isRestricted, labelsOf } from '../../terminology/confidentiality';
import { changing, unchanged } from './example';

const WHAT: Readonly<Record<string, string>> = {
  Patient: 'The Patient is labelled restricted, so nobody may learn from the record where the person lives',
};

/** A label stays in the record and is shown; a person decides who may see it. */
export const nothingIsRestricted: Rule = {
  id: 'restricted-label',
  severity: always('warning'),
  code: 'security',
  guidance: '3.4 meta.security (R4)',
  claim:
    'No resource is labelled restricted or very restricted (`meta.security`, `Composition.confidentiality`).',
  *check(resource): Iterable<Finding> {
    const { meta, resourceType, confidentiality } = resource;
    const isComposition =
      resourceType === 'Composition' &&
      isRestricted({ system: CONFIDENTIALITY, code: confidentiality ?? null });
    if (!isComposition && !isObject(meta)) return;
    const place = labelsOf(resource).findIndex(isRestricted);
    if (place === -1 && !isComposition) return;
    const what = WHAT[resourceType] ?? `The ${resourceType} is labelled restricted`;
    yield {
      element: place === -1 ? 'confidentiality' : `meta.security[${place}]`,
      text: `${what}. It is accepted, and marked for review. If it is not restricted, leave the label out.`,
      review: `The ${resourceType} is labelled restricted or very restricted`,
    };
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Patient', (patient) => {
      patient.meta = {
        ...(isObject(patient.meta) ? patient.meta : {}),
        security: [{ system: CONFIDENTIALITY, code: 'R' }],
      };
    }),
  },
};
