/**
 * Writes an AuditEvent as exact JSON text, in the shape of IHE's Basic Audit Log Patterns. An AuditEvent is written
 * before every answer, so the text is joined from prepared pieces, which is faster than building an object.
 * @see https://profiles.ihe.net/ITI/BALP/content.html
 */
import { ODS_ORGANISATION_SYSTEM } from '../../terminology/ods';
import { NHS_NUMBER_SYSTEM } from '../../terminology/nhs-number';
import { outcomeOf, type AuditedPatient, type AuditFacts } from './audit-facts';
import { cleanText } from './clean-text';

/** The facts with every text as it is stored. */
export interface CleanFacts {
  id: string;
  /** An instant. */
  recorded: string;
  facts: AuditFacts;
  patients: readonly AuditedPatient[];
  /** The resource type of patients, used in references to them. */
  patientType: string;
  clientId: string | undefined;
  organisation: string | undefined;
  endUserOrganisation: string | undefined;
  userName: string | undefined;
  userReference: string | undefined;
  tokenId: string | undefined;
  address: string | undefined;
  target: string | undefined;
  breakGlass: string | undefined;
}

/**
 * DICOM's codes for the subtypes "Login" and "Logout": a client asked for a token, a person signed in or out.
 * @see https://dicom.nema.org/medical/dicom/current/output/chtml/part16/sect_CID_403.html
 */
const authentications: Readonly<Record<string, { code: string; display: string }>> = {
  token: { code: '110122', display: 'Login' },
  'sign-in': { code: '110122', display: 'Login' },
  'sign-out': { code: '110123', display: 'Logout' },
};

/** The interaction as its column has it: DICOM's code for one of the above. */
export const storedInteraction = (interaction: string): string =>
  authentications[interaction]?.code ?? interaction;

const DCM = 'http://dicom.nema.org/resources/ontology/DCM';
const TERMINOLOGY = 'http://terminology.hl7.org/CodeSystem';
const coding = (system: string, code: string, display?: string): string =>
  JSON.stringify({ system, code, ...(display === undefined ? {} : { display }) });
const concept = (...given: [system: string, code: string, display?: string]): string =>
  `{"coding":[${coding(...given)}]}`;

const REST = `"type":${coding(`${TERMINOLOGY}/audit-event-type`, 'rest', 'Restful Operation')}`;
const AUTHENTICATION = `"type":${coding(DCM, '110114', 'User Authentication')}`;
const SOURCE_ROLE = `"type":${concept(DCM, '110153', 'Source Role ID')}`;
const DESTINATION_ROLE = `"type":${concept(DCM, '110152', 'Destination Role ID')}`;
const USER_ROLE = `"type":${concept(`${TERMINOLOGY}/v3-ParticipationType`, 'IRCP', 'information recipient')}`;
const AUTHOR_ROLE = `"type":${concept(`${TERMINOLOGY}/v3-ParticipationType`, 'AUT', 'author (originator)')}`;
const ORGANISATION_ROLE = `"type":${concept(`${TERMINOLOGY}/v3-RoleClass`, 'PROV', 'healthcare provider')}`;
const SERVER_KIND = `"type":[${coding(`${TERMINOLOGY}/security-source-type`, '4', 'Application Server')}]`;
const entityType = (code: string): string => `"type":${coding(`${TERMINOLOGY}/audit-entity-type`, code)}`;
const entityRole = (code: string): string => `"role":${coding(`${TERMINOLOGY}/object-role`, code)}`;
const REQUEST = `"type":${coding('https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType', 'XrequestId')}`;
const PATIENT = `${entityType('1')},${entityRole('1')}`;
const DATA = `${entityType('2')},${entityRole('4')}`;
const SUBMISSION = `${entityType('2')},${entityRole('20')}`;
const QUERY = `${entityType('2')},${entityRole('24')}`;
const BREAK_THE_GLASS = coding(`${TERMINOLOGY}/v3-ActReason`, 'BTG', 'break the glass');

export function auditEventText(clean: CleanFacts): string {
  const { facts, id, recorded } = clean;
  const authentication = authentications[facts.interaction];
  const event = authentication
    ? `${AUTHENTICATION},"subtype":[${coding(DCM, authentication.code, authentication.display)}]`
    : `${REST},"subtype":[${subtypeOf(facts.interaction)}]`;
  const outcome = outcomeOf(facts.status);
  const remark = facts.remark ?? (outcome === '0' ? undefined : `HTTP ${facts.status}`);
  const purpose =
    clean.breakGlass === undefined
      ? ''
      : `,"purposeOfEvent":[{"coding":[${BREAK_THE_GLASS}],"text":${JSON.stringify(clean.breakGlass)}}]`;
  return (
    `{"resourceType":"AuditEvent","id":"${id}","meta":{"versionId":"1","lastUpdated":"${recorded}"},${event},` +
    `"action":"${facts.action}","recorded":"${recorded}","outcome":"${outcome}"` +
    `${remark === undefined ? '' : `,"outcomeDesc":${JSON.stringify(remark)}`}${purpose},` +
    `"agent":[${agentsOf(clean)}],` +
    `"source":{"observer":${serverOf(facts.observer)},${SERVER_KIND}},` +
    `"entity":[${entitiesOf(clean)}]}`
  );
}

const subtypes = new Map<string, string>();

/** The subtype of the event. This server's own operations have no code system. */
function subtypeOf(interaction: string): string {
  let text = subtypes.get(interaction);
  if (text === undefined) {
    text = interaction.startsWith('$')
      ? JSON.stringify({ code: interaction })
      : coding('http://hl7.org/fhir/restful-interaction', interaction);
    if (subtypes.size < 100) subtypes.set(interaction, text);
  }
  return text;
}

const servers = new Map<string, string>();

function serverOf(observer: string): string {
  let text = servers.get(observer);
  if (text === undefined) {
    text = JSON.stringify({ type: 'Device', identifier: { value: observer }, display: 'Homeward' });
    if (servers.size < 100) servers.set(observer, text);
  }
  return text;
}

/**
 * The agents of the event. Their roles follow the data: a read sends data to the client; a submission or a query sends
 * data from the client.
 */
function agentsOf(clean: CleanFacts): string {
  const { facts, clientId } = clean;
  const isRead = facts.action === 'R';
  const hasUser = clean.userName !== undefined || clean.userReference !== undefined;
  const who =
    clientId === undefined
      ? '{"display":"not authenticated"}'
      : `{"type":"Device","identifier":{"value":${JSON.stringify(clientId)}}${facts.unproven === true ? ',"display":"as claimed, not proven"' : ''}}`;
  const name = clientId === undefined ? '' : `,"name":${JSON.stringify(clientId)}`;
  const token = clean.tokenId === undefined ? '' : `,"altId":${JSON.stringify(clean.tokenId)}`;
  const network =
    clean.address === undefined ? '' : `,"network":{"address":${JSON.stringify(clean.address)},"type":"2"}`;
  let agents = `{${isRead ? DESTINATION_ROLE : SOURCE_ROLE},"who":${who}${token}${name},"requestor":${!hasUser}${network}}`;
  for (const code of [clean.organisation, clean.endUserOrganisation])
    if (code !== undefined)
      agents += `,{${ORGANISATION_ROLE},"who":{"type":"Organization","identifier":{"system":"${ODS_ORGANISATION_SYSTEM}","value":${JSON.stringify(code)}}},"requestor":false}`;
  if (hasUser) agents += `,${userOf(clean)}`;
  return `${agents},{${isRead ? SOURCE_ROLE : DESTINATION_ROLE},"who":${serverOf(facts.observer)},"requestor":false,"network":{"address":${JSON.stringify(facts.observer)},"type":"5"}}`;
}

function userOf({ facts, userName, userReference }: CleanFacts): string {
  const role = cleanText(facts.caller?.user?.role);
  const who = {
    ...(userReference === undefined ? {} : { reference: userReference }),
    ...(userName === undefined ? {} : { display: userName }),
  };
  const rest = {
    ...(role === undefined ? {} : { role: [{ text: role }] }),
    who,
    ...(userName === undefined ? {} : { name: userName }),
    requestor: true,
  };
  return `{${facts.action === 'C' ? AUTHOR_ROLE : USER_ROLE},${JSON.stringify(rest).slice(1)}`;
}

function doorOf({ door }: AuditFacts): string {
  return door === undefined ? '' : `,"detail":[{"type":"door","valueString":${JSON.stringify(door)}}]`;
}

function entitiesOf(clean: CleanFacts): string {
  const { facts, target } = clean;
  const name = target === undefined ? '' : `,"name":${JSON.stringify(target)}`;
  let entities = `{"what":{"identifier":{"value":${JSON.stringify(facts.requestId)}}},${REQUEST}${name}}`;
  for (const { id, nhsNumber } of clean.patients) {
    const reference = id === undefined ? '' : `"reference":"${clean.patientType}/${id}",`;
    const identifier =
      nhsNumber === undefined ? '' : `,"identifier":{"system":"${NHS_NUMBER_SYSTEM}","value":"${nhsNumber}"}`;
    entities += `,{"what":{${reference}"type":"${clean.patientType}"${identifier}},${PATIENT}}`;
  }
  if (facts.submissionId !== undefined)
    entities += `,{"what":{"reference":"Bundle/${facts.submissionId}"},${SUBMISSION}${doorOf(facts)}}`;
  // A search can return a thousand resources, so the event names each of them and adds no details.
  const data = facts.action === 'E' ? '' : `,${DATA}`;
  for (const reference of facts.resources ?? []) entities += `,{"what":{"reference":"${reference}"}${data}}`;
  if (facts.query !== undefined)
    entities += `,{${QUERY},"query":"${Buffer.from(facts.query.slice(0, 16_384)).toString('base64')}"}`;
  return entities;
}
