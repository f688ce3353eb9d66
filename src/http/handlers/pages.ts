/** `/openapi.json`, and `/docs`, which shows it with Swagger UI, served from here: no page of ours loads from elsewhere. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Answer, type Exchange, refused } from '../exchange';

export interface PagesDependencies {
  /** The OpenAPI document, its server address still to be filled in. */
  openapi: () => Record<string, unknown>;
}

const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Homeward API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const start = `window.ui = SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null });\n`;

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
  exchange: Exchange,
  which: 'openapi' | 'docs' | 'asset',
  dependencies: PagesDependencies,
): Promise<Answer> {
  if (which === 'openapi') {
    const text = openapiText(exchange.baseUrl, dependencies.openapi);
    return answer('application/json; charset=utf-8', text);
  }
  if (which === 'docs') return answer('text/html; charset=utf-8', html);
  const { file = '' } = exchange.path;
  if (file === 'start.js') return answer('text/javascript; charset=utf-8', start);
  const contentType = Object.hasOwn(assets, file) ? assets[file] : undefined;
  if (contentType === undefined) {
    throw refused('not-found', {
      code: 'not-found',
      rule: 'http-path',
      text: 'There is no such page; the API is described at /docs.',
    });
  }
  return answer(contentType, fileNamed(file));
}

/** Read once: strangers may ask for them, as often as they like. */
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

/** Where the package `swagger-ui-dist` lies. */
const folder = (): string => join(require.resolve('swagger-ui-dist/package.json'), '..');

const answer = (contentType: string, body: string | Buffer): Answer => ({
  status: 200,
  headers: pageHeaders,
  bytes: { contentType, body: typeof body === 'string' ? Buffer.from(body) : body },
});
