/** The rules and repairs of every resource type, with or without its own folder. */
import { isAboutPatient } from '../../definitions/about-patient';
import { peopleNamedIn } from '../../definitions/other-people';
import type { CommonDefinition, ResourceDefinition } from '../../definitions/resource-definition';
import { isSummaryBy } from '../bundle/summary';
import { repairs } from './repairs';
import { rules } from './rules';

/** @param definitions of every type that is stored */
export function commonOf(definitions: readonly ResourceDefinition[]): CommonDefinition {
  const makingASummary = definitions.filter(({ makesASummary }) => makesASummary).map(({ type }) => type);
  return {
    rules,
    repairs,
    ruleIds: [
      { prefix: 'vw-gen', rows: 16 },
      { prefix: 'vw-xref', rows: 12 },
      { prefix: 'vw-bundle' },
      { prefix: 'def' },
      { prefix: 'restricted' },
      { prefix: 'identifier' },
    ],
    excused,
    people: peopleNamedIn(definitions),
    typesAboutPatient: new Set(definitions.filter(isAboutPatient).map(({ type }) => type)),
    isSummary: isSummaryBy(new Set(makingASummary)),
  };
}

/** Rows of the guidance's general table that have no rule. */
const excused: CommonDefinition['excused'] = [
  { id: 'vw-gen-01', reason: 'decoding refuses content that is not FHIR R4 in JSON or XML (400)' },
  { id: 'vw-gen-02', reason: 'checked by the meta.profile row of each type: vw-bundle-03, vw-patient-02, …' },
  { id: 'vw-gen-03', reason: 'checked by vw-bundle-08 to vw-bundle-12, type by type' },
  { id: 'vw-gen-04', reason: 'Observations are optional' },
  { id: 'vw-gen-05', reason: 'a permission; vw-bundle-20 reports other types' },
  { id: 'vw-gen-07', reason: 'checked by r4-unknown-element, as an error (README, decision 1)' },
  { id: 'vw-gen-08', reason: 'a permission: a reference may have a display' },
  { id: 'vw-gen-09', reason: 'checked by vw-patient-05, vw-org-03 and vw-obs-07' },
  { id: 'vw-gen-11', reason: 'about how a reader labels the document' },
  { id: 'vw-gen-12', reason: 'the content of the PDF is a local matter, and is not read' },
  { id: 'vw-gen-13', reason: 'a permission; vw-doc-27 checks other renditions' },
  { id: 'vw-gen-14', reason: 'about when a summary is sent; docs/submissions.md describes corrections' },
  { id: 'vw-gen-15', reason: 'about who sends to whom; the client that submits need not be the custodian' },
  { id: 'vw-gen-16', reason: 'found when the document is stored, by its SHA-256' },
];
