#!/usr/bin/env node
/**
 * Makes `src/fhir/r4/profiles.json` from the profiles and extensions that HL7 publishes with FHIR R4 (4.0.1):
 * StructureDefinitions with differentials, without everything that only a reader needs.
 *
 *   node scripts/r4-profiles.mjs FOLDER
 *
 * FOLDER holds profiles-others.json and extension-definitions.json, as in
 * https://hl7.org/fhir/R4/definitions.json.zip. The result is committed, so nobody needs FOLDER to build.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { URL } from 'node:url';

const folder = process.argv[2];
if (!folder) {
  console.error('usage: node scripts/r4-profiles.mjs FOLDER');
  process.exit(2);
}

const HL7 = 'http://hl7.org/fhir/StructureDefinition/';
/** Where R4's own publications put extensions, beside the contexts that they state. */
const ALSO = {
  [`${HL7}structuredefinition-fhir-type`]: 'ElementDefinition.type',
  [`${HL7}regex`]: 'ElementDefinition.type',
  [`${HL7}structuredefinition-normative-version`]: 'Element',
  [`${HL7}valueset-concept-comments`]: 'CodeSystem.concept',
};

const KEPT = /^(id|min|max|type|binding|slicing|constraint|fixed[A-Z].*|pattern[A-Z].*)$/;

const resources = ['profiles-others.json', 'extension-definitions.json']
  .flatMap((file) =>
    JSON.parse(readFileSync(join(folder, file), 'utf8')).entry.map((entry) => entry.resource),
  )
  .filter(
    ({ resourceType, derivation, url }) =>
      resourceType === 'StructureDefinition' &&
      derivation === 'constraint' &&
      url.startsWith('http://hl7.org/fhir/StructureDefinition/'),
  );

function small(definition) {
  const { resourceType, url, name, type, derivation, baseDefinition } = definition;
  const element = definition.differential.element
    .map(smallElement)
    .filter((kept) => Object.keys(kept).length > 1);
  const also = ALSO[url] === undefined ? [] : [{ type: 'element', expression: ALSO[url] }];
  const context = definition.context
    ?.map((one) => ({ type: one.type, expression: one.expression }))
    .concat(also);
  return {
    resourceType,
    url,
    name,
    type,
    derivation,
    baseDefinition,
    ...(type === 'Extension' && context && { context }),
    differential: { element },
  };
}

function smallElement(element) {
  const kept = Object.fromEntries(Object.entries(element).filter(([key]) => KEPT.test(key)));
  // The root's cardinality is that of extensions in their context, which is not checked.
  if (!kept.id.includes('.')) {
    delete kept.min;
    delete kept.max;
    if (kept.id === 'Extension') kept.isModifier = element.isModifier === true;
  }
  if (kept.type) {
    kept.type = kept.type.map(({ code, profile, targetProfile }) => ({
      code: code.startsWith('http://hl7.org/fhirpath/') ? 'uri' : code,
      ...(profile && { profile }),
      ...(targetProfile && { targetProfile }),
    }));
  }
  if (kept.binding) {
    if (kept.binding.strength === 'required' || kept.binding.strength === 'extensible') {
      kept.binding = { strength: kept.binding.strength, valueSet: kept.binding.valueSet };
    } else delete kept.binding;
  }
  if (kept.constraint) {
    kept.constraint = kept.constraint
      .filter(({ severity, key }) => severity === 'error' && key !== 'ele-1' && key !== 'ext-1')
      .map(({ key, severity, human, expression }) => ({ key, severity, human, expression }));
    if (kept.constraint.length === 0) delete kept.constraint;
  }
  return kept;
}

const lines = resources.map((resource) => JSON.stringify(small(resource)));
writeFileSync(new URL('../src/fhir/r4/profiles.json', import.meta.url), `[\n${lines.join(',\n')}\n]\n`);
console.log(`${lines.length} profiles and extensions`);
