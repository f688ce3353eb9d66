/** The text that a sandbox prints when it has started: its address, where its data is, and how to try it. */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { App } from '../../app';
import { parseJson } from '../../fhir/json';
import { isResource } from '../../fhir/types';

export interface BannerFacts {
  app: Pick<App, 'sandbox' | 'databaseLabel' | 'standbyWarning' | 'patients'>;
  url: string;
  version: string;
  /** The folder that contains `examples/`. */
  root: string;
  /** The folder in which the person typed the command. npm may have changed to another. */
  typedIn: string;
}

/** The scopes of the token that the banner shows: all of a sender and a reader, and the audit trail with reviews. */
export const sandboxScope = 'system/Bundle.crs system/*.rs system/AuditEvent.crs';

/** The NHS number of the sample summary: read from the file that ships, so that the two lines always agree. */
function sampleNhsNumber(root: string, patients: App['patients']): string {
  const parsed = parseJson(readFileSync(join(root, 'examples', 'summary.json')));
  const [first] = parsed.ok && isResource(parsed.value) ? patients.nhsNumbersIn(parsed.value) : [];
  return first ?? '9990000018';
}

export function banner({ app, url, version, root, typedIn }: BannerFacts): string {
  const lines = [
    '',
    `  Homeward ${version}  ·  FHIR R4 receiver for virtual ward summaries`,
    '',
    `  listening  ${url}/FHIR/R4`,
    `  pages      ${url}/console/  (clinicians, auditors, operators; suppliers: ${url}/console/check)`,
    `  API        ${url}/docs`,
    `  data       ${app.databaseLabel}`,
    ...(app.standbyWarning === undefined ? [] : [`  standby    ${app.standbyWarning}`]),
    '  mode       sandbox: for test data only; this server signs its own tokens',
  ];
  if (app.sandbox) {
    const token = app.sandbox.token({ scope: sandboxScope, ods: 'RR8', ttlSeconds: 12 * 3600 });
    const sample = pathFrom(typedIn, join(root, 'examples', 'summary.json'));
    lines.push(
      '',
      '  Paste this line to send the sample summary and find its document by NHS number. Its token is valid for 12 hours.',
      '  For another token: npx homeward token --scope "…"',
      '',
      `TOKEN=${token}; curl -sS -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/fhir+json' --data-binary @${quoted(sample)} ${url}/FHIR/R4/Bundle && echo && curl -sS -H "Authorization: Bearer $TOKEN" -d 'patient:identifier=https://fhir.nhs.uk/Id/nhs-number|${sampleNhsNumber(root, app.patients)}' '${url}/FHIR/R4/DocumentReference/_search?_pretty=true'`,
    );
  }
  return `${lines.join('\n')}\n\n`;
}

/** A path relative to that folder; absolute when it is outside. */
function pathFrom(folder: string, path: string): string {
  const written = relative(folder, path);
  return written.startsWith('..') ? path : written;
}

const quoted = (path: string): string =>
  /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
