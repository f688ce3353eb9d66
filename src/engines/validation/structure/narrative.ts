/**
 * Narrative: well-formed XHTML inside one `div`, of the elements and attributes that FHIR allows, with content, and
 * nothing that could act when it is shown (scripts, handlers, `javascript:` addresses, styles that load or run).
 * @see https://hl7.org/fhir/R4/narrative.html#xhtml
 */
import { SaxesParser } from 'saxes';

const XHTML = 'http://www.w3.org/1999/xhtml';
const XML = 'http://www.w3.org/XML/1998/namespace';
/** Elements nested deeper than this are refused. */
const MAX_DEPTH = 200;
/** Nobody reads more of them. */
const MAX_FAULTS = 10;

/**
 * Chapters 7 to 11 and 15 of HTML 4.0, `a` and images, as R4's txt-1 lists them. Section 4 of chapter 9 (`ins` and
 * `del`) is left out by name: a reader that strips them shows struck-out text as if it held.
 */
const ELEMENTS = words(`
  p br div h1 h2 h3 h4 h5 h6 a span b em i strong small big tt dfn q var abbr acronym cite blockquote hr ul ol li dl dt
  dd pre table caption colgroup col thead tr tfoot tbody th td code samp img map area kbd address bdo sub sup u s
  strike font`);
const ATTRIBUTES = words(`
  title style class id idref lang dir accesskey tabindex span width align valign char charoff abbr axis headers scope
  rowspan colspan border cellpadding cellspacing summary frame rules nowrap height name href hreflang rel rev
  type charset shape coords nohref src alt longdesc usemap ismap cite datetime start value compact color size face
  clear noshade translate`);
/** Elements that are allowed only inside other elements. */
const INSIDE: Readonly<Record<string, ReadonlySet<string>>> = {
  li: words('ul ol'),
  dt: words('dl'),
  dd: words('dl'),
  tr: words('table thead tbody tfoot'),
  td: words('tr'),
  th: words('tr'),
  thead: words('table'),
  tbody: words('table'),
  tfoot: words('table'),
  caption: words('table'),
  colgroup: words('table'),
  col: words('table colgroup'),
};
/** What holds such parts and nothing else, text included. */
const PARTS_ONLY = words('ul ol dl table thead tbody tfoot tr colgroup');
/** What holds text and inline elements only. */
const INLINE_ONLY = words('p h1 h2 h3 h4 h5 h6 pre address');
const BLOCKS = words('p div h1 h2 h3 h4 h5 h6 blockquote hr ul ol dl pre table address');
/** The schemes of links that a reader can follow. */
const FOLLOWED = /^(https?|ftp|mailto|tel|sms|cid|data):/i;
const ADDRESSES = new Set(['href', 'src', 'cite', 'longdesc', 'usemap']);
const IMAGE_DATA = /^data:image\/(png|jpe?g|gif|webp|bmp);base64,/i;
const ACTIVE_STYLE =
  /expression\s{0,9}\(|javascript:|vbscript:|-moz-binding|behaviou?r\s{0,9}:|@import|<\/?style/i;

const NOT_WELL_FORMED =
  'The narrative is not well-formed XHTML. Close every element, and quote every attribute. The only entities allowed are &amp; &lt; &gt; &quot; &apos; and numeric references. Write other characters, such as © or é, directly.';
/** Thrown through the parser to end its work early. */
const STOPPED = new Error('stopped');

/** A link to what is no place: `urn:uuid:…`. */
export const LEADS_NOWHERE =
  'The narrative has a link that cannot be followed. Use http, https, mailto or tel, or # followed by the id of an element.';

/** Elements where XHTML does not allow them, such as a `p` in a `p`. */
export const MISPLACED =
  'The narrative has an element or text where XHTML does not allow it, such as a paragraph inside a paragraph, a cell outside a row, or text directly in a list. Viewers may show it differently.';

/** The faults of a narrative's `div`, as issue texts, each once. Empty if it can be shown unchanged. */
export function narrativeFaults(div: string): string[] {
  const faults = new Set<string>();
  const parser = new SaxesParser({ xmlns: true, fragment: false });
  const open: string[] = [];
  let depth = 0;
  let hasContent = false;

  // The rest of what is broken tells nothing more, and could be built to cost time.
  const stop = (fault: string): never => {
    faults.add(fault);
    throw STOPPED;
  };
  parser.on('error', () => stop(NOT_WELL_FORMED));
  parser.on('doctype', () => faults.add('The narrative has a DOCTYPE, which is not allowed.'));
  parser.on('processinginstruction', () =>
    faults.add('The narrative has a processing instruction, which is not allowed.'),
  );
  parser.on('opentag', (tag) => {
    depth += 1;
    if (faults.size >= MAX_FAULTS) throw STOPPED;
    if (depth > MAX_DEPTH) stop(`The narrative is nested deeper than ${MAX_DEPTH} elements.`);
    if (depth === 1 && tag.local !== 'div')
      faults.add('The narrative is not one <div> element. Send exactly one.');
    if (tag.uri !== XHTML)
      faults.add(`The elements of the narrative are not in the namespace ${XHTML}. Add xmlns to the <div>.`);
    if (!ELEMENTS.has(tag.local)) {
      faults.add(
        `The narrative has ${named('element', tag.local)}, which FHIR does not allow. Only basic formatting, links and images are allowed.`,
      );
    }
    if (tag.local === 'img') hasContent = true;
    if (isMisplaced(tag.local, open)) faults.add(MISPLACED);
    open.push(tag.local);
    for (const attribute of Object.values(tag.attributes)) {
      if (attribute.name === 'xmlns' || attribute.prefix === 'xmlns') continue;
      const fault = attributeFault(attribute.uri, attribute.local, attribute.value);
      if (fault) faults.add(fault);
    }
  });
  parser.on('closetag', () => {
    depth -= 1;
    open.pop();
  });
  const onText = (text: string): void => {
    if (text.trim() === '') return;
    hasContent = true;
    if (PARTS_ONLY.has(open.at(-1) ?? '')) faults.add(MISPLACED);
  };
  parser.on('text', onText);
  parser.on('cdata', onText);
  try {
    parser.write(div).close();
  } catch (error) {
    if (error !== STOPPED) throw error;
    return [...faults];
  }
  if (!hasContent) {
    faults.add('The narrative has no text and no image (R4 txt-2). Add text, or leave the narrative out.');
  }
  return [...faults];
}

/** @param open the elements around it, the innermost last */
function isMisplaced(name: string, open: readonly string[]): boolean {
  const parent = open.at(-1);
  if (parent === undefined) return false;
  const holders = Object.hasOwn(INSIDE, name) ? INSIDE[name] : undefined;
  if (holders !== undefined) return !holders.has(parent);
  return PARTS_ONLY.has(parent) || (INLINE_ONLY.has(parent) && BLOCKS.has(name));
}

function attributeFault(namespace: string, name: string, value: string): string | undefined {
  if (/^on/i.test(name))
    return 'The narrative has an event handler. A narrative cannot contain active content. Leave it out.';
  const isKnown =
    namespace === XML
      ? name === 'lang' || name === 'space' || name === 'id'
      : namespace === '' && ATTRIBUTES.has(name);
  if (!isKnown) return `The narrative has ${named('attribute', name)}, which FHIR does not allow.`;
  if (ADDRESSES.has(name) && isActiveAddress(value)) {
    return 'The narrative has an address that would run code or load another page. Use http, https, mailto, # or an image.';
  }
  if (name === 'href' && /^[a-z][a-z0-9+.-]*:/i.test(value.trim()) && !FOLLOWED.test(value.trim()))
    return LEADS_NOWHERE;
  if (name === 'style' && ACTIVE_STYLE.test(withoutEscapes(value))) {
    return 'The narrative has a style that could load or run something. Leave it out.';
  }
  return undefined;
}

function isActiveAddress(value: string): boolean {
  let address = '';
  for (const character of value) if (character > ' ') address += character;
  if (/^data:/i.test(address)) return !IMAGE_DATA.test(address);
  return /^(javascript|vbscript|livescript|mocha|file):/i.test(address);
}

/** A style without CSS comments and escapes, in which forbidden words could hide. */
function withoutEscapes(style: string): string {
  let plain = '';
  let from = 0;
  for (let open = style.indexOf('/*'); open >= 0; open = style.indexOf('/*', from)) {
    plain += style.slice(from, open);
    const close = style.indexOf('*/', open + 2);
    from = close < 0 ? style.length : close + 2;
  }
  plain += style.slice(from);
  return plain.replace(/\\([0-9a-f]{1,6})\s?/gi, (_all, code: string) => {
    const point = parseInt(code, 16);
    return point > 0 && point < 0x110000 ? String.fromCodePoint(point) : '';
  });
}

function named(kind: string, name: string): string {
  return /^[A-Za-z][A-Za-z0-9-]{0,20}$/.test(name) ? `the ${kind} "${name}"` : `an ${kind}`;
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/));
}
