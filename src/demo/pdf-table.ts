/**
 * The table of the PDF: the last NEWS2 sets with their readings, each cell shaded by what the chart gives it.
 * NEWS2 © Royal College of Physicians 2017.
 */
import type { NewsSet } from './course';
import { clinicalDateTime, COLOURS, MARGIN, WIDTH, write, type Page } from './pdf-page';
import type { Parameter } from '../resources/observation/news2/news2';

const ROW = 15;

interface TableColumn {
  heading: string;
  width: number;
  cell(set: NewsSet): string;
  /** Whose score shades the cell. */
  scored?: Parameter;
}

function columnsOf(scale: 1 | 2): TableColumn[] {
  return [
    { heading: 'Taken', width: 103, cell: ({ at }) => clinicalDateTime(at) },
    {
      heading: 'Resp. /min',
      width: 50,
      cell: (set) => String(set.readings.respirationRate),
      scored: 'respirationRate',
    },
    {
      heading: `SpO2 % (scale ${scale})`,
      width: 72,
      cell: (set) => String(set.readings.oxygenSaturation),
      scored: 'oxygenSaturation',
    },
    {
      heading: 'Air or O2',
      width: 58,
      cell: ({ readings }) => (readings.onOxygen ? `O2 ${readings.oxygenFlow} L/min` : 'Air'),
      scored: 'airOrOxygen',
    },
    {
      heading: 'BP mmHg',
      width: 52,
      cell: ({ readings }) => `${readings.systolicBloodPressure}/${readings.diastolicBloodPressure}`,
      scored: 'systolicBloodPressure',
    },
    { heading: 'Pulse /min', width: 50, cell: (set) => String(set.readings.pulse), scored: 'pulse' },
    { heading: 'ACVPU', width: 40, cell: (set) => set.readings.consciousness, scored: 'consciousness' },
    {
      heading: 'Temp. °C',
      width: 46,
      cell: (set) => set.readings.temperature.toFixed(1),
      scored: 'temperature',
    },
    { heading: 'NEWS2', width: WIDTH - 471, cell: (set) => String(set.total) },
  ];
}

/** Draws the sets, newest first, and gives the height it took. */
export function drawReadings(page: Page, sets: readonly NewsSet[], scale: 1 | 2, y: number): number {
  const columns = columnsOf(scale);
  let x = MARGIN;
  page.rect(MARGIN, y, WIDTH, ROW).fill(COLOURS.blue);
  for (const { heading, width } of columns) {
    write(page, heading, x + 2, y + 3.5, {
      size: 7.5,
      bold: true,
      colour: '#ffffff',
      width: width - 4,
      align: x === MARGIN ? 'left' : 'center',
    });
    x += width;
  }
  sets.forEach((set, row) => drawRow(page, columns, set, y + ROW * (row + 1)));
  const height = ROW * (sets.length + 1);
  page.rect(MARGIN, y, WIDTH, height).lineWidth(0.6).strokeColor(COLOURS.line).stroke();
  return height;
}

function drawRow(page: Page, columns: readonly TableColumn[], set: NewsSet, y: number): void {
  let x = MARGIN;
  for (const { cell, scored, width, heading } of columns) {
    const isTotal = heading === 'NEWS2';
    const colour = scored ? COLOURS.scores[set.scores[scored]] : undefined;
    if (colour) page.rect(x, y, width, ROW).fill(colour);
    write(page, cell(set), x + 2, y + 3, {
      size: isTotal ? 9.5 : 8.5,
      bold: isTotal,
      width: width - 4,
      align: x === MARGIN ? 'left' : 'center',
    });
    x += width;
  }
  page
    .moveTo(MARGIN, y)
    .lineTo(MARGIN + WIDTH, y)
    .lineWidth(0.4)
    .strokeColor(COLOURS.line)
    .stroke();
}
