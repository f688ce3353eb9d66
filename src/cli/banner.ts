/** What the server says when it has started: where it is, where its data lies, and in the sandbox how to try it. */
import { relative } from 'node:path';
import type { App } from '../app';
import type { Config } from '../config';

export interface BannerFacts {
  app: Pick<App, 'sandbox' | 'databaseLabel'>;
  config: Config;
  url: string;
  version: string;
  /** Where `examples/` lies. */
  root: string;
}

/** The scopes of the token that the banner shows: all of a sender and a reader, and the audit trail. */
export const sandboxScope = 'system/Bundle.crs system/*.rs system/AuditEvent.rs';

/** The NHS number of the sample summary. */
export const sampleNhsNumber = '9990000018';

export function banner({ app, config, url, version, root }: BannerFacts): string {
  const lines = [
    '',
    `  Homeward ${version}  ·  FHIR R4 receiver for virtual ward summaries`,
    '',
    `  listening  ${url}/FHIR/R4`,
    `  API        ${url}/docs`,
    `  data       ${app.databaseLabel}`,
    `  mode       ${modes[config.mode]}`,
  ];
  if (app.sandbox) {
    const token = app.sandbox.token({ scope: sandboxScope, ods: 'RR8', ttlSeconds: 12 * 3600 });
    const sample = relative(process.cwd(), `${root}/examples/summary.json`) || 'examples/summary.json';
    lines.push(
      '',
      '  A token for the next 12 hours (more with: npx homeward token --help):',
      '',
      `TOKEN=${token}`,
      '',
      '  Send the sample summary, then find it by NHS number:',
      '',
      `curl -sS -H "Authorization: Bearer ${token}" -H 'Content-Type: application/fhir+json' --data-binary @${quoted(sample)} ${url}/FHIR/R4/Bundle && curl -sS -H "Authorization: Bearer ${token}" -d 'patient:identifier=https://fhir.nhs.uk/Id/nhs-number|${sampleNhsNumber}' '${url}/FHIR/R4/DocumentReference/_search?_pretty=true'`,
    );
  }
  return `${lines.join('\n')}\n\n`;
}

const modes: Record<Config['mode'], string> = {
  sandbox: 'sandbox: no AUTH_ variable is set, so this server signs its own tokens; not for real patients',
  secured: 'tokens of the configured issuer',
  production: 'production',
};

const quoted = (path: string): string =>
  /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
