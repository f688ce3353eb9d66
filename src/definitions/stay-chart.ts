/** What a chart of a stay's readings needs to know: the rows of the NEWS2 chart, and what each reading says for it. */
import type { AnyResource } from '../fhir/types';

export type OxygenScale = 1 | 2;

/** One row of a parameter: a band of readings, and what it scores. */
export interface ChartRow {
  /** Such as `21–24`. */
  label: string;
  score: number;
  /** The middle between its highest reading and the next row's lowest, in the unit of the parameter; absent at the top. */
  end?: number;
}

export interface ChartParameter {
  /** Such as `pulse`. */
  key: string;
  /** Such as `Pulse`. */
  name: string;
  /** As it is printed, such as `/min`; empty where there is none. */
  unit: string;
  /** From the top of the chart to its bottom. */
  rows: readonly ChartRow[];
}

/** A score as it was sent. */
export interface ChartedScore {
  parameter: string;
  scale?: OxygenScale;
  /** A whole number, or what came instead. */
  score: string;
}

/** A reading as it was sent. */
export interface ChartedReading {
  /** The parameter that it is a reading of; undefined where the chart has none, such as the diastolic pressure. */
  parameter?: string;
  /** In the chart's unit. */
  value?: number;
  /** A finding in words: `Alert`, `Air`. */
  words?: string;
  onOxygen?: boolean;
  /** The UCUM code of the unit that it was sent in, such as `[degF]`, where the unit is understood. */
  unit?: string;
  /** What the code names where the value does not confirm it, such as `Patient on oxygen` with the value No. Not charted. */
  sentAs?: string;
}

/** What one resource says for the chart. */
export interface Charted {
  /** True of what is not of the patient: it has no total, no score and no reading. */
  isOfAnother?: true;
  /** The total, as it was sent. */
  total?: string;
  scores: readonly ChartedScore[];
  readings: readonly ChartedReading[];
}

/** The sentence of the check that a total is the sum of its scores, and whether the total of a set is. */
export interface SumCheck {
  text: string;
  holds: boolean;
}

export interface StayChart {
  parameters(scale: OxygenScale): readonly ChartParameter[];
  read(resource: AnyResource): Charted;
  /** The row of a reading, counted from the top; undefined where the chart cannot say. */
  rowOf(reading: ChartedReading, scale: OxygenScale, onOxygen: boolean | undefined): number | undefined;
  /**
   * Whether the total of these Observations is the sum of their scores, as the rule for submissions compares them;
   * undefined where the rule would not compare them, because one is missing, is there twice or does not count.
   */
  sumCheck(resources: readonly AnyResource[]): SumCheck | undefined;
}
