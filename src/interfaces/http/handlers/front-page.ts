/**
 * `GET /`, and `GET /FHIR/R4` from a browser: a page that says what this server is, its mode, and where to find more.
 */
import { prefers } from '../../../fhir/media-type';
import type { Answer, RequestContext } from '../request-context';
import { html, type Html } from '../html';
import { metadata, type MetadataDependencies } from './metadata';

export interface FrontPageDependencies {
  mode: 'sandbox' | 'secured';
  version: string;
}

export const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export async function frontPage(
  { baseUrl, fhirBase }: Pick<RequestContext, 'baseUrl' | 'fhirBase'>,
  { mode, version }: FrontPageDependencies,
): Promise<Answer> {
  const body = html`<h1>Homeward</h1>
    <p class="lead">A FHIR R4 receiver for summaries of NHS virtual ward stays.</p>
    <p>
      Virtual wards send the summary of a stay at home: the episode, its documents and its readings. Homeward
      checks it, stores it, and lets GP and hospital systems find it by NHS number.
    </p>
    ${notice[mode]}
    <h2>On this server</h2>
    <ul class="cards">
      ${links.map(
        ({ path, name, text }) =>
          html`<li>
            <a href="${path}">${name}</a>
            <p>${text}</p>
          </li>`,
      )}
    </ul>
    ${mode === 'sandbox' ? firstSteps(fhirBase) : html``}
    <h2>About this server</h2>
    <dl>
      <dt>FHIR base</dt>
      <dd><code>${fhirBase}</code></dd>
      <dt>Address</dt>
      <dd><code>${baseUrl}</code></dd>
      <dt>Mode</dt>
      <dd>${mode === 'sandbox' ? 'Sandbox' : 'Secured'}</dd>
      <dt>Version</dt>
      <dd>${version}</dd>
    </dl>`;
  return {
    status: 200,
    headers: {
      'Cache-Control': 'no-cache',
      'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    },
    bytes: { contentType: 'text/html; charset=utf-8', body: Buffer.from(inPage('Homeward', body).text) },
  };
}

/** The FHIR base: a browser gets the page, and a client gets the CapabilityStatement. */
export async function base(
  context: RequestContext,
  dependencies: FrontPageDependencies & { statement: MetadataDependencies },
): Promise<Answer> {
  const answer = wantsPage(context)
    ? await frontPage(context, dependencies)
    : await metadata(context, dependencies.statement);
  return { ...answer, headers: { ...answer.headers, Vary: 'Accept' } };
}

/** Whether the caller requests a page and not FHIR: by `Accept`, unless `_format` names a format. */
function wantsPage({ request, query }: Pick<RequestContext, 'request' | 'query'>): boolean {
  if (query.some(([name]) => name === '_format')) return false;
  return prefers('text/html', 'application/fhir+json', request.headers.accept);
}

const notice: Readonly<Record<FrontPageDependencies['mode'], Html>> = {
  sandbox: html`<div class="notice sandbox">
    <p>
      <strong>This is a sandbox.</strong> It makes its own access tokens. Do not send data of real patients.
    </p>
  </div>`,
  secured: html`<div class="notice">
    <p>Callers need an access token. The organisation that runs this server says who may have one.</p>
  </div>`,
};

const links = [
  {
    path: '/console/',
    name: 'Console',
    text: 'For clinicians, auditors and operators: patients and stays, submissions, and how data arrives.',
  },
  {
    path: '/console/check',
    name: 'Check a Bundle',
    text: 'Paste a summary and see every fault beside its lines. Nothing is stored.',
  },
  { path: '/docs', name: 'API', text: 'Every request and response, with examples to try.' },
  {
    path: '/FHIR/R4/metadata?_format=json&_pretty=true',
    name: 'CapabilityStatement',
    text: 'The CapabilityStatement: the types, searches and operations that this server supports.',
  },
  { path: '/openapi.json', name: 'OpenAPI document', text: 'The API as OpenAPI, to generate a client from.' },
  {
    path: '/_status',
    name: 'Status',
    text: 'Whether the server can answer requests, and what needs attention.',
  },
  {
    path: '/FHIR/R4/.well-known/smart-configuration',
    name: 'Access',
    text: 'How a client gets a token with SMART Backend Services.',
  },
];

/** Commands that work when pasted in the folder where the server was started. */
function firstSteps(fhirBase: string): Html {
  return html`<h2>Try it</h2>
    <p>Where the server was started, load three made-up stays, make a token, and read them:</p>
    <pre tabindex="0" role="region" aria-label="Commands"><code>npx homeward demo --stays 3
TOKEN=$(npx homeward token --scope 'system/*.rs')
curl -sS -H "Authorization: Bearer $TOKEN" '${fhirBase}/Encounter?_pretty=true'</code></pre>`;
}

/** A whole page, with the head that all of them share. */
export function inPage(title: string, body: Html): Html {
  return html`<!doctype html>
    <html lang="en-GB">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="icon" href="/favicon.ico" type="image/svg+xml" />
        <link rel="stylesheet" href="/docs/page.css" />
      </head>
      <body>
        <header>
          <div class="wide"><img src="/favicon.ico" alt="" /><a href="/">Homeward</a></div>
        </header>
        <main class="wide">${body}</main>
      </body>
    </html> `;
}
