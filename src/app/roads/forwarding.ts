/**
 * Opens passing on: the destinations of `FORWARD_FILE` and `RESPONSE_URLS`, and the workers of these and of the other
 * roads. It runs in every server, because a road may have reports to deliver.
 * @see docs/transports/passing-on.md
 */
import { keepLease } from '../../engines/store/leases';
import type { WaitingDelivery } from '../../engines/store/outbox';
import { findSubmission } from '../../engines/store/submissions';
import { requestFormat } from '../../fhir/media-type';
import { backendTokens } from '../../interfaces/forwarding/backend-token';
import { fhirDestination } from '../../interfaces/forwarding/fhir-destination';
import type { FhirTarget, Forward } from '../../interfaces/forwarding/forward-file';
import { hl7v2Destination } from '../../interfaces/hl7v2/sending/destination';
import { responseDestination } from '../../interfaces/forwarding/response-destination';
import type { RoadHealth } from '../../interfaces/http/handlers/road-checks';
import { describeError } from '../../platform/logger';
import type { SettingsFile } from '../../platform/settings-file';
import { sparing } from '../../platform/warn-sparingly';
import { openForwarding } from '../../use-cases/forwarding/open-forwarding';
import {
  isOnlyRetraction,
  saysWhatIsNotStored,
  type Content,
  type Destination,
} from '../../use-cases/forwarding/outbox';
import { isKnownCode } from '../known-codes';
import { ITSELF } from '../open-engines';
import type { Road, RoadParts } from '../road';
import { toldOfRetractions } from './retraction-to-send';
import { summaryToSend } from './summary-to-send';

export function openPassingOn(parts: RoadParts): Road {
  const { config, log, now, store, prepared, destinations, engines, server } = parts;
  const file = prepared.roadFiles.forward;
  destinations.add(destinationsOfFile(file, parts));
  const responses = config.responseUrls.map((url) => responseDestination(url, isKnownCode));
  destinations.add(() => responses);

  const { database } = store;
  const warn = sparing((text: string, fields: object = {}) => log.warn(fields, text));
  const onProblem = (error: unknown): void =>
    warn('passing on: the database does not answer; the server tries again', { err: describeError(error) });
  const forwarding = openForwarding({
    database,
    now,
    destinations: destinations.all,
    lease: (name, work, signal) => keepLease(database, name, work, { signal, onProblem }),
    contentOf: async (id) => asSent(await parts.useCases.bodyOf(id)),
    leaves: async (delivery) => engines.trail.record(await factsOf(delivery, { database, server })),
    onAgain: (name, reason) =>
      warn(`passing on to ${name}: ${reason}; the server tries again`, { destination: name }),
    onNotDelivered: (name, reason) =>
      log.warn({ destination: name }, `passing on to ${name}: not delivered: ${reason}`),
    onProblem,
  });
  parts.metrics.watch('homeward_deliveries', async () =>
    (await forwarding.counts()).map(({ name, state, count }) => ({ labels: { state, name }, value: count })),
  );
  // The rules decide at each submission, so the file is watched from now on.
  const unwatch = file?.watch(() => undefined);
  return {
    start: forwarding.start,
    stop: async () => {
      unwatch?.();
      await forwarding.stop();
    },
    health: () => [
      ...fileHealth(file),
      ...forwarding.health().map((each) => ({ ...each, name: `deliveries:${each.name}` })),
    ],
  };
}

/** Every system that receives a Bundle gets FHIR's own media type. */
function asSent(raw: Content | undefined): Content | undefined {
  if (raw === undefined) return undefined;
  const isXml = requestFormat(raw.contentType) === 'xml';
  return { bytes: raw.bytes, contentType: isXml ? 'application/fhir+xml' : 'application/fhir+json' };
}

/** The destinations of the rules, made anew when the file has changed. */
function destinationsOfFile(
  file: SettingsFile<Forward[]> | undefined,
  parts: RoadParts,
): () => readonly Destination[] {
  let made: { rules: readonly Forward[]; destinations: readonly Destination[] } | undefined;
  return () => {
    const rules = file?.current() ?? [];
    if (made?.rules !== rules)
      made = {
        rules,
        destinations: rules.map((rule) =>
          toldOfRetractions(ofWhatIsStored(destinationOf(rule, parts)), parts),
        ),
      };
    return made.destinations;
  };
}

const NOT_STORED =
  'the submission says something else than what its conditions (ifNoneExist) found, and that is not stored; it is not passed on';

/** Refuses a submission that says what is not stored. */
const ofWhatIsStored = (destination: Destination): Destination => ({
  name: destination.name,
  send: async (delivery, signal) =>
    saysWhatIsNotStored(delivery) ? { refused: NOT_STORED } : destination.send(delivery, signal),
});

function destinationOf({ name, to, as }: Forward, parts: RoadParts): Destination {
  const { destinations, now } = parts;
  switch (to.kind) {
    case 'fhir':
      return fhirDestinationOf(name, to, now);
    case 'mesh':
      return destinations.mesh?.(name, to) ?? notYet(name, 'MESH_FILE is not set');
    case 'hl7v2':
      return hl7v2Destination({
        ...to,
        name,
        as,
        isKnownCode,
        summaryOf: (delivery) => summaryToSend(delivery, parts),
      });
  }
}

function fhirDestinationOf(name: string, { url, ca, client }: FhirTarget, now: () => Date): Destination {
  const tokens = client && backendTokens({ ...client, ca }, now);
  return fhirDestination({ name, url: `${url}/Bundle`, ca, isKnownCode, ...(tokens ? { tokens } : {}) });
}

const notYet = (name: string, again: string): Destination => ({ name, send: async () => ({ again }) });

function fileHealth(file: SettingsFile<Forward[]> | undefined): RoadHealth[] {
  if (!file) return [];
  const fault = file.fault();
  return [
    {
      name: 'forward-file',
      status: fault ? 'warn' : 'pass',
      ...(fault ? { output: `${fault.text} (since ${fault.since.toISOString()})` } : {}),
    },
  ];
}

/** That a submission leaves this server is recorded before it is sent, like a read before its answer. */
async function factsOf(
  { id, name, submissionId, envelope }: WaitingDelivery,
  { database, server }: { database: RoadParts['store']['database']; server: RoadParts['server'] },
): Promise<Parameters<RoadParts['engines']['trail']['record']>[0]> {
  const submission = await findSubmission(database, submissionId);
  return {
    action: 'E',
    interaction: '$pass-on',
    status: 200,
    requestId: id,
    caller: ITSELF,
    observer: server.origin,
    target: `deliveries:${name}`,
    submissionId,
    patients: submission?.patients ?? [],
    resources: [`Bundle/${submissionId}`],
    remark: isOnlyRetraction({ envelope })
      ? `what it takes back is passed on to ${name}`
      : `passed on to ${name}`,
  };
}
