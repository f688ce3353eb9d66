/**
 * `$validate`: returns the verdict that a submission would get, and stores nothing. Accepts the resource itself, or
 * Parameters with `resource`, `mode` and `profile`; mode and profile may also be in the URL. A stored resource is
 * checked against R4 and its profiles.
 * @see https://hl7.org/fhir/R4/resource-operation-validate.html
 */
import { atOnce, type Slices } from '../../../fhir/slices';
import { inSlices } from '../../../platform/in-slices';
import type { Issue } from '../../../fhir/issue';
import { readStored } from '../../../fhir/json';
import { operationOutcome } from '../../../fhir/operation-outcome';
import { isResourceType } from '../../../fhir/r4/definitions';
import { isObject, isResource, listOf, type AnyResource, type Json } from '../../../fhir/types';
import { decoderRemarks } from '../../../engines/validation/decoder-remarks';
import type { Judge } from '../../../engines/validation/judge';
import { inDocumentOrder } from '../../../engines/validation/outcome';
import { parseBody } from '../../../use-cases/submitting/decode';
import { answered, mapped } from '../../../use-cases/call/answered';
import { nothing } from '../../../use-cases/call/disclosed';
import type { ReadingDependencies } from '../../../use-cases/reading/dependencies';
import { read } from '../../../use-cases/reading/read';
import { namedIn } from '../named-in-body';
import { readerOf } from '../reader';
import { type Answer, type Reply, type RequestContext, refused, Refused } from '../request-context';
import { bodyFormatOf } from '../request-format';

export interface ValidateDependencies {
  judge: Judge['judge'];
  handling: 'default' | 'strict';
  presentable: (issues: readonly Issue[]) => Issue[];
  reading: ReadingDependencies;
}

/** Mode `profile` makes no other check than the others: that the resource is valid. */
const MODES = ['create', 'update', 'delete', 'profile'] as const;
type Mode = (typeof MODES)[number];

interface Asked {
  resource?: AnyResource;
  mode: Mode;
  profile?: string;
  /** Notes of the decoder. */
  remarks: readonly Issue[];
}

/** `POST <Type>/$validate` and `POST <Type>/<id>/$validate`. */
export async function validate(
  context: RequestContext,
  body: Buffer,
  dependencies: ValidateDependencies,
): Promise<Reply> {
  const { type = '', id } = context.path;
  if (!isResourceType(type)) throw unknownType();
  const asked = await inSlices(askedIn(context, body));
  context.note(await namedIn(body, dependencies.reading.patients));
  const { resource, mode } = asked;
  if (resource && resource.resourceType !== type) {
    throw refused('bad-request', {
      code: 'structure',
      rule: 'r4-other-type',
      text: `The path names ${type}, but the resource has another type. Send a ${type}, or use the path of the other type.`,
    });
  }
  if (id !== undefined && (mode === 'delete' || !resource)) return ofStored(context, asked, dependencies);
  if (mode === 'delete') return answered(outcome([notDeleted(type)], dependencies), nothing);
  if (!resource) throw noResource();
  const handling = context.prefer.handling === 'strict' ? 'strict' : dependencies.handling;
  const options = { handling, now: context.now, ...profileOf(asked) };
  const issues = await inSlices(dependencies.judge(resource, options));
  const remarks = decoderRemarks(asked.remarks, handling);
  const found = [...remarks, ...faultsOfMode(resource, asked, id), ...issues];
  return answered(outcome(inDocumentOrder(resource, found), dependencies), nothing);
}

/** `GET <Type>/<id>/$validate`. */
export async function validateStored(
  context: RequestContext,
  dependencies: ValidateDependencies,
): Promise<Reply> {
  return ofStored(context, askedInUrl(context), dependencies);
}

async function ofStored(
  context: RequestContext,
  asked: Pick<Asked, 'mode' | 'profile'>,
  dependencies: ValidateDependencies,
): Promise<Reply> {
  const { type = '', id = '' } = context.path;
  if (!context.caller?.scopes.allows(type, 'r')) {
    throw refused('forbidden', {
      code: 'forbidden',
      rule: 'http-scope',
      text: 'The scopes of the token do not allow the stored resource to be read. This request needs a scope to read it, and system/Bundle.c.',
    });
  }
  const { reading, judge, handling } = dependencies;
  const stored = await read(readerOf(context, reading), { type, id }, reading);
  return mapped(stored, ({ content = '' }) => {
    if (asked.mode === 'delete') return outcome([notDeleted(type)], dependencies);
    const resource = readStored(content);
    if (!isResource(resource)) throw new Error('a stored resource cannot be read');
    const options = { handling, now: context.now, isStored: true, ...profileOf(asked) };
    return outcome(atOnce(judge(resource, options)), dependencies);
  });
}

function outcome(issues: readonly Issue[], { presentable }: ValidateDependencies): Answer {
  const resource = operationOutcome(presentable(issues)) as unknown as AnyResource;
  return { status: 200, resource };
}

const profileOf = ({ profile }: Pick<Asked, 'profile'>): { profile?: string } =>
  profile === undefined ? {} : { profile };

/**
 * An update must name the resource that it updates, as in R4's interaction.
 * @see https://hl7.org/fhir/R4/http.html#update
 */
function faultsOfMode(resource: AnyResource, { mode }: Asked, id: string | undefined): Issue[] {
  if (mode !== 'update') return [];
  const given = resource.id;
  if (typeof given === 'string' && (id === undefined || given === id)) return [];
  return [
    {
      severity: 'error',
      code: given === undefined ? 'required' : 'invalid',
      rule: 'validate-update-id',
      text:
        id === undefined
          ? 'The resource has no id. For an update, send the id that the server assigned.'
          : 'The id of the resource is not the id in the path. For an update, send the same id.',
      expression: `${resource.resourceType}.id`,
    },
  ];
}

const notDeleted = (type: string): Issue => ({
  severity: 'information',
  code: 'informational',
  rule: 'validate-delete',
  text: 'This API does not delete resources. If a correction leaves a resource out, the server withdraws it and keeps its history.',
  expression: type,
});

function* askedIn(context: RequestContext, body: Buffer): Slices<Asked> {
  const inUrl = askedInUrl(context);
  // A deletion, or a stored resource, needs no body.
  if (body.length === 0 && (inUrl.mode === 'delete' || context.path.id !== undefined)) return inUrl;
  const parsed = yield* parseBody({ bytes: body, format: bodyFormatOf(context.request) });
  if (!parsed.ok) throw new Refused({ category: 'unreadable', issues: [parsed.issue] });
  const { value, remarks } = parsed;
  if (!isResource(value)) {
    throw refused('unreadable', {
      code: 'structure',
      rule: 'r4-not-a-resource',
      text: 'The body is not a FHIR resource. Send a resource, or Parameters that contain one.',
    });
  }
  if (value.resourceType !== 'Parameters') return { ...inUrl, remarks, resource: value };
  const { resource, mode, profile } = parametersOf(value);
  // If the path's type is Parameters and the body contains no inner Parameters, the body itself is the resource to
  // validate.
  if (context.path.type === 'Parameters' && resource?.resourceType !== 'Parameters')
    return { ...inUrl, remarks, resource: value };
  const given = profile ?? inUrl.profile;
  return {
    mode: mode === undefined ? inUrl.mode : modeOf(mode),
    ...(given === undefined ? {} : { profile: given }),
    ...(resource ? { resource } : {}),
    remarks,
  };
}

function askedInUrl({ query }: RequestContext): Asked {
  const parameter = (name: string): string | undefined => query.find(([key]) => key === name)?.[1];
  const profile = parameter('profile');
  return {
    mode: modeOf(parameter('mode') ?? 'create'),
    ...(profile === undefined ? {} : { profile }),
    remarks: [],
  };
}

function modeOf(text: string): Mode {
  const mode = MODES.find((each) => each === text);
  if (mode) return mode;
  throw refused('bad-request', {
    code: 'value',
    rule: 'validate-mode',
    text: `The mode is not supported. Send one of ${MODES.join(', ')}.`,
  });
}

function parametersOf(parameters: AnyResource): { resource?: AnyResource; mode?: string; profile?: string } {
  const named = (name: string): Record<string, Json | undefined> | undefined =>
    listOf<Json>(parameters.parameter as Json)
      .filter(isObject)
      .find((each) => each.name === name);
  const textOf = (name: string): string | undefined => {
    const { name: _name, ...rest } = named(name) ?? {};
    return Object.values(rest).find((value) => typeof value === 'string') as string | undefined;
  };
  const resource = named('resource')?.resource;
  const mode = textOf('mode');
  const profile = textOf('profile');
  return {
    ...(isResource(resource) ? { resource } : {}),
    ...(mode === undefined ? {} : { mode }),
    ...(profile === undefined ? {} : { profile }),
  };
}

const noResource = (): Refused =>
  refused('bad-request', {
    code: 'required',
    rule: 'validate-no-resource',
    text: 'The Parameters have no parameter named resource. Send the resource to validate in it. Only the mode delete needs none.',
    expression: 'Parameters.parameter',
  });

const unknownType = (): Refused =>
  refused('not-found', {
    code: 'not-found',
    rule: 'http-unknown-type',
    text: 'FHIR R4 has no resource type with this name.',
  });
