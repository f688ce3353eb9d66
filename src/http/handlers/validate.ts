/**
 * `$validate`: what a submission would be told, with nothing stored. Takes the bare resource, or Parameters with
 * `resource`, `mode` and `profile`. @see https://hl7.org/fhir/R4/resource-operation-validate.html
 */
import type { Issue } from '../../fhir/issue';
import { parseJson } from '../../fhir/json';
import { operationOutcome } from '../../fhir/operation-outcome';
import { isObject, isResource, type AnyResource, type JsonObject } from '../../fhir/types';
import { parseXml } from '../../fhir/xml/parse-xml';
import type { Judge } from '../../validation/judge';
import { type Answer, type Exchange, refused, Refused } from '../exchange';
import { bodyFormatOf } from '../request-format';

export interface ValidateDependencies {
  judge: Judge['judge'];
  handling: 'default' | 'strict';
  presentable: (issues: readonly Issue[]) => Issue[];
}

export async function validate(
  exchange: Exchange,
  body: Buffer,
  dependencies: ValidateDependencies,
): Promise<Answer> {
  const format = bodyFormatOf(exchange.request);
  const parsed = format === 'xml' ? parseXml(body) : parseJson(body);
  if (!parsed.ok) throw new Refused({ category: 'unreadable', issues: [parsed.issue] });
  const resource = subjectOf(parsed.value);
  const { type } = exchange.path;
  if (type !== undefined && resource.resourceType !== type) {
    throw refused('bad-request', {
      code: 'structure',
      rule: 'r4-other-type',
      text: `The resource should be of the type that the path names, ${type}.`,
      expression: 'resourceType',
    });
  }
  const handling = exchange.prefer.handling === 'strict' ? 'strict' : dependencies.handling;
  const issues = dependencies.judge(resource, { handling, now: exchange.now });
  const decoded = 'warnings' in parsed ? (parsed.warnings as Issue[]) : [];
  return {
    status: 200,
    resource: operationOutcome(dependencies.presentable([...decoded, ...issues])) as unknown as AnyResource,
    whole: true,
  };
}

/** The resource itself, or the one inside Parameters. */
function subjectOf(value: unknown): AnyResource {
  if (!isResource(value)) {
    throw refused('unreadable', {
      code: 'structure',
      rule: 'r4-not-a-resource',
      text: 'The body should be a FHIR resource, or Parameters with one.',
    });
  }
  if (value.resourceType !== 'Parameters') return value;
  const parameters = (Array.isArray(value.parameter) ? value.parameter : []).filter(isObject) as JsonObject[];
  const inner = parameters.find(({ name }) => name === 'resource')?.resource;
  if (isResource(inner)) return inner;
  throw refused('bad-request', {
    code: 'required',
    rule: 'validate-no-resource',
    text: 'The Parameters should have a parameter named resource with the resource to validate.',
    expression: 'Parameters.parameter',
  });
}
