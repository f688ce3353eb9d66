/**
 * The charts of the PDF: NEWS2 over the stay on bands of clinical risk, and small courses of five readings.
 * It is a trend, not the College's observation chart. NEWS2 © Royal College of Physicians 2017.
 */
import type { NewsSet, Readings } from './course';
import { DAY, londonDateTime, londonInstant } from './london-time';
import { COLOURS, shortDate, write, type Page } from './pdf-page';
import type { Stay } from './stay';

interface Frame {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Where a value stands in a frame. */
interface Scale {
  across(instant: Date): number;
  up(value: number): number;
}

function scaleOf(frame: Frame, from: Date, to: Date, low: number, high: number): Scale {
  const span = Math.max(1, to.getTime() - from.getTime());
  return {
    across: (instant) => frame.x + ((instant.getTime() - from.getTime()) / span) * frame.width,
    up: (value) => frame.y + frame.height - ((value - low) / (high - low)) * frame.height,
  };
}

/** The aggregate scores from which the risk is medium and high. */
const MEDIUM_FROM = 5;
const HIGH_FROM = 7;

export function drawNewsChart(page: Page, stay: Stay, outer: Frame): void {
  const frame = { x: outer.x + 24, y: outer.y, width: outer.width - 24 - 62, height: outer.height - 18 };
  const top = Math.max(10, ...stay.sets.map((set) => set.total + 1));
  const scale = scaleOf(frame, stay.start, stay.end, 0, top);
  const right = frame.x + frame.width;
  const bands = [
    { from: 0, to: MEDIUM_FROM, colour: COLOURS.low, name: 'Low', scores: '0–4' },
    { from: MEDIUM_FROM, to: HIGH_FROM, colour: COLOURS.medium, name: 'Medium', scores: '5–6' },
    { from: HIGH_FROM, to: top, colour: COLOURS.high, name: 'High', scores: '7 or more' },
  ];
  for (const { from, to, colour, name, scores } of bands) {
    // A band begins half way below its first score, so that no point lies on a border.
    const upper = to === top ? frame.y : scale.up(to - 0.5);
    const lower = from === 0 ? scale.up(0) : scale.up(from - 0.5);
    page.rect(frame.x, upper, frame.width, lower - upper).fill(colour);
    const middle = (upper + lower) / 2;
    write(page, name, right + 6, middle - 9, { size: 8, bold: true, width: 56 });
    write(page, scores, right + 6, middle, { size: 7.5, colour: COLOURS.grey, width: 56 });
  }
  for (let score = 0; score <= top; score += 2) {
    page.moveTo(frame.x, scale.up(score)).lineTo(right, scale.up(score));
    page.lineWidth(0.4).strokeColor('#ffffff').stroke();
    write(page, String(score), outer.x, scale.up(score) - 5, { size: 8, width: 18, align: 'right' });
  }
  drawDays(page, stay, frame, scale);
  drawLine(page, stay.sets, scale, (set) => set.total, 1.4);
  for (const set of stay.sets) {
    const colour = set.total >= HIGH_FROM ? '#b3261e' : set.total >= MEDIUM_FROM ? '#c77700' : COLOURS.blue;
    page.circle(scale.across(set.at), scale.up(set.total), stay.sets.length > 40 ? 2 : 2.8);
    page.lineWidth(0.8).fillAndStroke(colour, '#ffffff');
  }
}

/** A mark at each midnight, and its date where there is room. */
function drawDays(page: Page, stay: Stay, frame: Frame, scale: Scale): void {
  const firstDay = Math.floor(Date.parse(`${londonDateTime(stay.start).slice(0, 10)}T00:00:00Z`) / DAY);
  const days = Math.ceil((stay.end.getTime() - stay.start.getTime()) / DAY);
  const every = Math.ceil(days / 11);
  const bottom = frame.y + frame.height;
  for (let day = 1; day <= days; day++) {
    const midnight = londonInstant(firstDay + day, 0);
    if (midnight >= stay.end) break;
    const x = scale.across(midnight);
    page.moveTo(x, frame.y).lineTo(x, bottom).lineWidth(0.4).strokeColor('#ffffff').stroke();
    if (day % every !== 0) continue;
    page
      .moveTo(x, bottom)
      .lineTo(x, bottom + 3)
      .lineWidth(0.6)
      .strokeColor(COLOURS.grey)
      .stroke();
    write(page, shortDate(midnight), x - 24, bottom + 5, { size: 7.5, width: 48, align: 'center' });
  }
}

function drawLine(
  page: Page,
  sets: readonly NewsSet[],
  scale: Scale,
  value: (set: NewsSet) => number,
  width: number,
): void {
  sets.forEach((set, position) => {
    const [x, y] = [scale.across(set.at), scale.up(value(set))];
    if (position === 0) page.moveTo(x, y);
    else page.lineTo(x, y);
  });
  page.lineWidth(width).lineJoin('round').strokeColor(COLOURS.ink).stroke();
}

interface Course {
  name: string;
  unit: string;
  value(readings: Readings): number;
  low: number;
  high: number;
  /** What scores 0. */
  normal: readonly [low: number, high: number];
}

function coursesOf(stay: Stay): Course[] {
  const saturation = stay.scale === 2 ? ([88, 92] as const) : ([96, 100] as const);
  return [
    {
      name: 'Respiration',
      unit: '/min',
      value: (r) => r.respirationRate,
      low: 6,
      high: 34,
      normal: [12, 20],
    },
    { name: 'SpO2', unit: '%', value: (r) => r.oxygenSaturation, low: 80, high: 100, normal: saturation },
    {
      name: 'Systolic BP',
      unit: 'mmHg',
      value: (r) => r.systolicBloodPressure,
      low: 80,
      high: 200,
      normal: [111, 200],
    },
    { name: 'Pulse', unit: '/min', value: (r) => r.pulse, low: 40, high: 140, normal: [51, 90] },
    { name: 'Temperature', unit: '°C', value: (r) => r.temperature, low: 35, high: 40.4, normal: [36.1, 38] },
  ];
}

/** Five readings side by side; the shaded part is what scores 0. */
export function drawCourses(page: Page, stay: Stay, outer: Frame): void {
  const courses = coursesOf(stay);
  const gap = 12;
  const width = (outer.width - gap * (courses.length - 1)) / courses.length;
  const last = stay.sets[stay.sets.length - 1];
  courses.forEach((course, position) => {
    const x = outer.x + position * (width + gap);
    write(page, course.name, x, outer.y, { size: 8, bold: true, width });
    const now = last ? `${course.value(last.readings)} ${course.unit}` : '';
    write(page, now, x, outer.y, { size: 8, colour: COLOURS.grey, width, align: 'right' });
    const frame = { x, y: outer.y + 12, width, height: outer.height - 12 };
    const scale = scaleOf(frame, stay.start, stay.end, course.low, course.high);
    page.rect(x, frame.y, width, frame.height).fill(COLOURS.panel);
    const [low, high] = course.normal;
    page.rect(x, scale.up(high), width, scale.up(low) - scale.up(high)).fill(COLOURS.low);
    page.save().rect(x, frame.y, width, frame.height).clip();
    drawLine(page, stay.sets, scale, (set) => course.value(set.readings), 1);
    page.restore();
  });
}
