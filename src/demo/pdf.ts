/**
 * The document of a synthetic stay: one page such as a remote monitoring platform makes at discharge. Guidance 1.2
 * says what such a page typically holds; its form is the sender's own. NEWS2 © Royal College of Physicians 2017.
 */
import { drawCourses, drawNewsChart } from './pdf-chart';
import {
  clinicalDate,
  clinicalDateTime,
  COLOURS,
  daysBetween,
  label,
  MARGIN,
  onePage,
  WIDTH,
  write,
  type Page,
} from './pdf-page';
import { drawReadings } from './pdf-table';
import type { Person } from './person';
import { stay as stayOf, type Stay } from './stay';

export const PDF_TITLE = 'Virtual ward stay: remote monitoring summary';
const LAST_SETS = 9;
let sample: Buffer | undefined;

/** The page of one stay: the same bytes for the same stay. */
export function stayPdf(stay: Stay): Buffer {
  return onePage(PDF_TITLE, stay.documentedAt, (page) => {
    drawHeading(page, stay);
    drawPatient(page, stay.person, stay.end, 84);
    drawStay(page, stay, 152);
    heading(page, 'NEWS2 over the stay', 236);
    drawNewsChart(page, stay, { x: MARGIN, y: 254, width: WIDTH, height: 178 });
    write(page, courseInWords(stay), MARGIN, 440, { size: 9 });
    heading(page, 'Readings over the stay', 464);
    write(page, 'latest value at the right; what scores 0 is shaded', MARGIN + 140, 467, {
      size: 7.5,
      colour: COLOURS.grey,
    });
    drawCourses(page, stay, { x: MARGIN, y: 484, width: WIDTH, height: 78 });
    heading(page, 'Last readings', 580);
    const sets = [...stay.sets].reverse().slice(0, LAST_SETS);
    const height = drawReadings(page, sets, stay.scale, 598);
    drawKey(page, 598 + height + 6);
    drawFoot(page);
  });
}

/** The page of one sample stay, drawn once: for loading very many summaries, where its picture does not matter. */
export function samplePdf(): Buffer {
  return (sample ??= stayPdf(stayOf(1, 0)));
}

function heading(page: Page, text: string, y: number): void {
  write(page, text, MARGIN, y, { size: 12, bold: true, colour: COLOURS.blue });
}

function drawHeading(page: Page, { trust, documentedAt }: Stay): void {
  page.rect(0, 0, 596, 70).fill(COLOURS.blue);
  write(page, PDF_TITLE, MARGIN, 18, { size: 18, bold: true, colour: '#ffffff' });
  write(page, `${trust.name} (${trust.odsCode})`, MARGIN, 44, { size: 10, colour: '#ffffff' });
  const made = `Made ${clinicalDateTime(documentedAt)}`;
  write(page, made, MARGIN, 44, { size: 10, colour: '#ffffff', align: 'right' });
}

function drawPatient(page: Page, person: Person, on: Date, y: number): void {
  page.rect(MARGIN, y, WIDTH, 56).fill(COLOURS.panel);
  page.rect(MARGIN, y, 3, 56).fill(COLOURS.blue);
  const title = person.title ? ` (${person.title})` : '';
  const name = `${person.family.toLocaleUpperCase('en-GB')}, ${person.given.join(' ')}${title}`;
  write(page, name, MARGIN + 12, y + 8, { size: 14, bold: true, width: 300 });
  const born = `Born ${clinicalDate(person.birthDate)} (${ageOn(person.birthDate, on)}y)`;
  const gender = person.gender.charAt(0).toUpperCase() + person.gender.slice(1);
  write(page, `${born}    Gender ${gender}`, MARGIN + 12, y + 26, { size: 10, width: 300 });
  const { place } = person;
  const address = `${person.line}, ${place.city}, ${person.postcode}    Tel. ${person.mobile}`;
  write(page, address, MARGIN + 12, y + 40, { size: 8.5, colour: COLOURS.grey, width: 400 });
  const n = person.nhsNumber;
  const spaced = `${n.slice(0, 3)} ${n.slice(3, 6)} ${n.slice(6)}`;
  write(page, 'NHS No.', MARGIN, y + 8, { size: 8, colour: COLOURS.grey, width: WIDTH - 12, align: 'right' });
  write(page, spaced, MARGIN, y + 19, { size: 14, bold: true, width: WIDTH - 12, align: 'right' });
}

function ageOn(birthDate: string, on: Date): number {
  const [year = 0, month = 0, day = 0] = birthDate.split('-').map(Number);
  const before = on.getUTCMonth() + 1 - month || on.getUTCDate() - day;
  return on.getUTCFullYear() - year - (before < 0 ? 1 : 0);
}

function drawStay(page: Page, stay: Stay, y: number): void {
  const column = WIDTH / 4;
  const at = (position: number): number => MARGIN + position * column;
  label(page, 'Admitted to the virtual ward', clinicalDateTime(stay.start), { x: at(0), y, width: column });
  label(page, 'Discharged', clinicalDateTime(stay.end), { x: at(1), y, width: column });
  label(page, 'Length of stay', `${daysBetween(stay.start, stay.end)} days`, { x: at(2), y, width: column });
  label(page, 'NEWS2 sets taken', String(stay.sets.length), { x: at(3), y, width: column });
  const scale = stay.scale === 2 ? 'Scale 2 (target 88–92 %)' : 'Scale 1';
  label(page, 'Reason for care', stay.condition.words, { x: at(0), y: y + 34, width: column * 2 });
  label(page, 'Oxygen saturation scored by', scale, { x: at(2), y: y + 34, width: column });
  label(page, 'Local patient number', stay.person.localNumber, { x: at(3), y: y + 34, width: column });
  page.moveTo(MARGIN, y + 70).lineTo(MARGIN + WIDTH, y + 70);
  page.lineWidth(0.6).strokeColor(COLOURS.line).stroke();
}

function courseInWords({ sets }: Stay): string {
  const [first, last] = [sets[0], sets[sets.length - 1]];
  if (!first || !last) return 'No NEWS2 set was taken.';
  const highest = sets.reduce((high, set) => (set.total > high.total ? set : high));
  return (
    `NEWS2 was ${first.total} at first, ${highest.total} at its highest (${clinicalDateTime(highest.at)}), ` +
    `and ${last.total} when last taken (${clinicalDateTime(last.at)}).`
  );
}

function drawKey(page: Page, y: number): void {
  let x = MARGIN;
  write(page, 'Score of the reading:', x, y, { size: 7.5, colour: COLOURS.grey, width: 80 });
  x += 76;
  COLOURS.scores.forEach((colour, score) => {
    page.rect(x, y, 10, 9).lineWidth(0.5).fillAndStroke(colour, COLOURS.line);
    write(page, String(score), x + 14, y, { size: 7.5, colour: COLOURS.grey, width: 12 });
    x += 30;
  });
}

function drawFoot(page: Page): void {
  const y = 784;
  page.moveTo(MARGIN, y - 6).lineTo(MARGIN + WIDTH, y - 6);
  page.lineWidth(0.6).strokeColor(COLOURS.line).stroke();
  const foot = { size: 7.5, colour: COLOURS.grey };
  write(page, 'Supplements the discharge summary and does not replace it.', MARGIN, y, foot);
  write(page, 'NEWS2 © Royal College of Physicians 2017', MARGIN, y, { ...foot, align: 'right' });
  write(page, 'Synthetic data: no such patient exists.', MARGIN, y + 11, { ...foot, bold: true });
}
