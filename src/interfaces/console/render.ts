/**
 * Makes pages from Nunjucks templates with the macros of the NHS design system. Every value is escaped.
 * @see https://service-manual.nhs.uk/design-system
 */
import { Environment, FileSystemLoader, runtime } from 'nunjucks';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Answer } from '../http/request-context';
import { html } from '../http/html';
import { addressOfAsset, consoleFolder, designSystemFolder } from './assets';

/** What the frame of every page shows. */
export interface Frame {
  title: string;
  isError?: boolean;
  /** The person who is signed in. */
  name?: string;
  formToken?: string;
  navigation: readonly { text: string; href: string; current: boolean }[];
  isSandbox: boolean;
}

let made: Environment | undefined;

/** The templates are read when they are used first, and kept. */
function environment(): Environment {
  if (made) return made;
  const folders = [consoleFolder(), join(designSystemFolder(), '..')];
  made = new Environment(new FileSystemLoader(folders), {
    autoescape: true,
    trimBlocks: true,
    lstripBlocks: true,
  });
  made.addGlobal('asset', addressOfAsset);
  made.addFilter('sentence', sentence);
  return made;
}

/** A sentence of a rule, with what stands between backticks as code. Everything is escaped. */
function sentence(text: string): runtime.SafeString {
  const parts = text.split('`').map((part, index, all) => {
    const isCode = index % 2 === 1 && index < all.length - 1;
    return (isCode ? html`<code>${part}</code>` : html`${part}`).text;
  });
  return new runtime.SafeString(parts.join(''));
}

export function renderPage(
  template: string,
  frame: Frame,
  values: object,
  { status = 200, headers = {}, formOrigins = [] }: PageHead = {},
): Answer {
  const nonce = randomBytes(16).toString('base64');
  const text = environment().render(template, { ...values, ...frame, cspNonce: nonce });
  return {
    status,
    headers: {
      'Cache-Control': 'no-store',
      'Content-Security-Policy': policyOf(nonce, formOrigins),
      ...headers,
    },
    bytes: { contentType: 'text/html; charset=utf-8', body: Buffer.from(text) },
  };
}

interface PageHead {
  status?: number;
  headers?: Readonly<Record<string, string>>;
  formOrigins?: readonly string[];
}

/** Nothing is loaded from another server, and no script or style that is written into a page is used. */
function policyOf(nonce: string, formOrigins: readonly string[]): string {
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    "style-src 'self'",
    "img-src 'self'",
    "frame-src 'self'",
    "base-uri 'none'",
    `form-action ${["'self'", ...formOrigins].join(' ')}`,
    "frame-ancestors 'none'",
  ].join('; ');
}
