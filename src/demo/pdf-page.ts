/**
 * What the parts of the PDF have in common: the paper, the colours, the two fonts, and a few ways of writing.
 * The fonts (Atkinson Hyperlegible Next, SIL Open Font License) have the letters of Polish, Welsh and Yoruba names,
 * which the fonts built into every PDF reader lack.
 */
import { readFileSync } from 'node:fs';
import { DAY, londonDateTime } from './london-time';

export type Page = InstanceType<typeof import('pdfkit')>;

export const MARGIN = 40;
/** A4 in points, less the margins. */
export const WIDTH = 595.28 - 2 * MARGIN;

export const COLOURS = {
  blue: '#005eb8',
  ink: '#212b32',
  grey: '#5b6770',
  line: '#d3d9de',
  panel: '#f0f4f5',
  /** The colours of the chart: by score of one parameter. */
  scores: ['#ffffff', '#fff3bf', '#ffd8a8', '#ffc1bd'],
  low: '#e9f5ea',
  medium: '#fdecc8',
  high: '#f9d4d0',
} as const;

const FONT = '@expo-google-fonts/atkinson-hyperlegible-next';
let fonts: { regular: Buffer; bold: Buffer } | undefined;

function loadFonts(): { regular: Buffer; bold: Buffer } {
  const load = (name: string): Buffer =>
    readFileSync(require.resolve(`${FONT}/${name}/AtkinsonHyperlegibleNext_${name}.ttf`));
  return (fonts ??= { regular: load('400Regular'), bold: load('700Bold') });
}

/** Draws one A4 page, and gives its bytes: the same for the same drawing and `createdAt`. */
export function onePage(title: string, createdAt: Date, draw: (page: Page) => void): Buffer {
  // Loaded here only: it takes some 100 ms.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const PDFDocument = require('pdfkit') as typeof import('pdfkit');
  const page = new PDFDocument({
    size: 'A4',
    margin: MARGIN,
    lang: 'en-GB',
    displayTitle: true,
    info: {
      Title: title,
      Author: 'Homeward demonstration',
      Subject: 'Synthetic data',
      CreationDate: createdAt,
    },
  });
  const { regular, bold } = loadFonts();
  page.registerFont('regular', regular).registerFont('bold', bold);
  page.font('regular');
  draw(page);
  page.end();
  const bytes: unknown = page.read();
  if (!Buffer.isBuffer(bytes)) throw new Error('the PDF was not finished');
  return bytes;
}

export interface Writing {
  size?: number;
  bold?: boolean;
  colour?: string;
  width?: number;
  align?: 'left' | 'center' | 'right';
}

/** Writes one line at a place, and never starts another page. */
export function write(page: Page, text: string, x: number, y: number, writing: Writing = {}): void {
  const { size = 9, bold = false, colour = COLOURS.ink, width = WIDTH, align = 'left' } = writing;
  page
    .font(bold ? 'bold' : 'regular')
    .fontSize(size)
    .fillColor(colour);
  page.text(text, x, y, { width, align, lineBreak: false, ellipsis: true, height: size * 1.4 });
}

/** A small grey word above what it names. */
export function label(
  page: Page,
  name: string,
  text: string,
  { x, y, width }: { x: number; y: number; width: number },
): void {
  write(page, name, x, y, { size: 7.5, colour: COLOURS.grey, width });
  write(page, text, x, y + 10, { size: 10, width });
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `04-Mar-1941`, as the NHS writes dates where a patient's safety depends on them. */
export function clinicalDate(date: string): string {
  return `${date.slice(8, 10)}-${monthOf(date)}-${date.slice(0, 4)}`;
}

/** `04-Mar-2025 14:05`, by London's clocks. */
export function clinicalDateTime(instant: Date): string {
  const local = londonDateTime(instant);
  return `${clinicalDate(local)} ${local.slice(11, 16)}`;
}

/** `4 Mar` */
export function shortDate(instant: Date): string {
  const local = londonDateTime(instant);
  return `${Number(local.slice(8, 10))} ${monthOf(local)}`;
}

function monthOf(date: string): string {
  return MONTHS[Number(date.slice(5, 7)) - 1] ?? '';
}

/** Whole days from one instant to another, begun ones included. */
export function daysBetween(start: Date, end: Date): number {
  return Math.ceil((end.getTime() - start.getTime()) / DAY);
}
