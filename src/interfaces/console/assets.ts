/**
 * The style, the script and the images of the pages. All come from this server: the packages' own files, read once, and
 * two small files of ours. The NHS typeface is licensed for NHS addresses only and is left out, so that browsers use
 * Arial, which is its replacement in the NHS design system.
 * @see https://service-manual.nhs.uk/design-system/styles/typography
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../platform/package-root';
import type { Answer } from '../http/request-context';

/** The folder of the templates and of our own style and script. */
export const consoleFolder = (): string => join(packageRoot(), 'src', 'interfaces', 'console');

/** The folder of the package `nhsuk-frontend` that has its templates, style and script. */
export const designSystemFolder = (): string =>
  join(require.resolve('nhsuk-frontend/package.json'), '..', 'dist', 'nhsuk');

interface Asset {
  contentType: string;
  body: Buffer;
  /** Changes with the content, so that browsers may keep the file for a year. */
  version: string;
}

const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

export const ASSETS = '/console/assets';

const sources: Readonly<Record<string, () => Buffer | string>> = {
  'nhsuk-frontend.css': () =>
    styleOf(readFileSync(join(designSystemFolder(), 'nhsuk-frontend.min.css'), 'utf8')),
  'nhsuk-frontend.js': () =>
    readFileSync(join(designSystemFolder(), 'nhsuk-frontend.min.js'), 'utf8').replace(
      /\n?\/\/# sourceMappingURL=.*/,
      '',
    ),
  'console.css': () => readFileSync(join(consoleFolder(), 'assets', 'console.css')),
  'stay.css': () => readFileSync(join(consoleFolder(), 'assets', 'stay.css')),
  'console.js': () => readFileSync(join(consoleFolder(), 'assets', 'console.js')),
  ...Object.fromEntries(
    ['arrow-down', 'arrow-up-down', 'arrow-up', 'cross'].map((name) => [
      `nhsuk-icon-${name}.svg`,
      () => readFileSync(join(designSystemFolder(), 'assets', 'images', `nhsuk-icon-${name}.svg`)),
    ]),
  ),
};

/** The style without typefaces from another server, and with images from this one. */
const styleOf = (style: string): string =>
  style
    .replace(/@font-face\{[^}]*\}/g, '')
    .replaceAll('url(/assets/images/', `url(${ASSETS}/`)
    .replace(/\n?\/\*# sourceMappingURL=.*?\*\//, '');

const read = new Map<string, Asset>();

function assetNamed(name: string): Asset | undefined {
  const known = read.get(name);
  const source = Object.hasOwn(sources, name) ? sources[name] : undefined;
  if (known || !source) return known;
  const body = Buffer.from(source());
  const asset = {
    contentType: types[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
    body,
    version: createHash('sha256').update(body).digest('hex').slice(0, 12),
  };
  read.set(name, asset);
  return asset;
}

/** The address of an asset, for a template. */
export function addressOfAsset(name: string): string {
  const asset = assetNamed(name);
  if (!asset) throw new Error(`there is no asset named ${name}`);
  return `${ASSETS}/${name}?v=${asset.version}`;
}

export function assetAnswer(name: string): Answer | undefined {
  const asset = assetNamed(name);
  return (
    asset && {
      status: 200,
      headers: { 'Cache-Control': 'public, max-age=31536000, immutable' },
      bytes: { contentType: asset.contentType, body: asset.body },
    }
  );
}
