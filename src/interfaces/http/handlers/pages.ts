/**
 * `/openapi.json`, and `/docs`, which shows it with Swagger UI. All files come from this server; no page loads from
 * another.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Answer, type RequestContext, refused } from '../request-context';
import { headStyle, icon, pageStyle } from './page-style';

export interface PagesDependencies {
  /** The OpenAPI document, its server address still to be filled in. */
  openapi: () => Record<string, unknown>;
  mode: 'sandbox' | 'secured';
}

const docsPage = `<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API – Homeward</title>
<link rel="icon" href="/favicon.ico" type="image/svg+xml">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="stylesheet" href="/docs/api.css">
</head>
<body>
<header><div class="wide"><img src="/favicon.ico" alt=""><a href="/">Homeward</a></div></header>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

/** Swagger UI in the colours of the other pages. */
const apiStyle = `${headStyle}
body { background: #fff; }
header .wide { max-width: 1460px; padding-left: 20px; padding-right: 20px; }
.swagger-ui, .swagger-ui .info .title, .swagger-ui .opblock-tag, .swagger-ui .opblock .opblock-summary-path { font-family: Arial, Helvetica, sans-serif; color: #212b32; }
.swagger-ui .scheme-container { box-shadow: none; border-bottom: 1px solid #d8dde0; }
.swagger-ui .btn.authorize { color: #007f3b; border-color: #007f3b; }
.swagger-ui .btn.authorize svg { fill: #007f3b; }
`;

/** In a sandbox, the page keeps the token that was entered when it is reloaded. */
const startOf = (
  mode: PagesDependencies['mode'],
): string => `window.ui = SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null, docExpansion: 'list', defaultModelsExpandDepth: 0, persistAuthorization: ${mode === 'sandbox'} });
`;

const assets: Record<string, string> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

const pageHeaders = {
  'Cache-Control': 'no-cache',
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};

export async function page(
  context: RequestContext,
  which: 'openapi' | 'docs' | 'icon' | 'asset',
  dependencies: PagesDependencies,
): Promise<Answer> {
  if (which === 'openapi') {
    const text = openapiText(context.baseUrl, dependencies.openapi);
    return answer('application/json; charset=utf-8', text);
  }
  if (which === 'docs') return answer('text/html; charset=utf-8', docsPage);
  if (which === 'icon') return answer('image/svg+xml', icon);
  const { file = '' } = context.path;
  const ours = writtenHere(file, dependencies.mode);
  if (ours) return ours;
  const contentType = Object.hasOwn(assets, file) ? assets[file] : undefined;
  if (contentType === undefined) {
    throw refused('not-found', {
      code: 'not-found',
      rule: 'http-path',
      text: 'This page does not exist. The API is described at /docs.',
    });
  }
  return answer(contentType, fileNamed(file));
}

function writtenHere(file: string, mode: PagesDependencies['mode']): Answer | undefined {
  if (file === 'start.js') return answer('text/javascript; charset=utf-8', startOf(mode));
  if (file === 'page.css') return answer('text/css; charset=utf-8', pageStyle);
  if (file === 'api.css') return answer('text/css; charset=utf-8', apiStyle);
  return undefined;
}

/** Files are read once, because unauthenticated callers may request them without limit. */
const read = new Map<string, Buffer>();

function fileNamed(name: string): Buffer {
  const known = read.get(name) ?? readFileSync(join(folder(), name));
  read.set(name, known);
  return known;
}

/** The document with this server's address, written once. */
let written: { baseUrl: string; text: Buffer } | undefined;

function openapiText(baseUrl: string, openapi: PagesDependencies['openapi']): Buffer {
  if (written?.baseUrl !== baseUrl)
    written = { baseUrl, text: Buffer.from(JSON.stringify({ ...openapi(), servers: [{ url: baseUrl }] })) };
  return written.text;
}

/** The folder of the package `swagger-ui-dist`. */
const folder = (): string => join(require.resolve('swagger-ui-dist/package.json'), '..');

const answer = (contentType: string, body: string | Buffer): Answer => ({
  status: 200,
  headers: pageHeaders,
  bytes: { contentType, body: typeof body === 'string' ? Buffer.from(body) : body },
});
