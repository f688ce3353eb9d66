/**
 * Limits the number of label sets of a metric, because each of them is a series that Prometheus stores. What exceeds the
 * limit is counted under `other`. A label set that was admitted once stays.
 */

export type Labels = Readonly<Record<string, string>>;

/** Gives a label set as it is or, above the limit, the label set under which the rest is counted. */
export type Admit = (labels: Labels) => Labels;

export interface SeriesLimit {
  /** The most label sets that are counted by themselves, for each group. */
  most: Readonly<Record<string, number>>;
  /** The group of a label set: one group cannot use up the room of another. */
  groupOf?: (labels: Labels) => string;
  /** The label set for what exceeds the limit, such as `{ sender: 'other', … }`. There must be few of them. */
  other: (labels: Labels) => Labels;
}

/**
 * @example
 * const admit = limitedSeries({ most: { all: 1 }, other: () => ({ sender: 'other' }) });
 * admit({ sender: 'RR8' }); // { sender: 'RR8' }
 * admit({ sender: 'RX1' }); // { sender: 'other' }
 */
export function limitedSeries({ most, groupOf = () => 'all', other }: SeriesLimit): Admit {
  const admitted = new Set<string>();
  const taken = new Map<string, number>();
  return (labels) => {
    const key = Object.values(labels).join('\n');
    if (admitted.has(key)) return labels;
    const group = groupOf(labels);
    const before = taken.get(group) ?? 0;
    if (before >= (most[group] ?? 0)) return other(labels);
    taken.set(group, before + 1);
    admitted.add(key);
    return labels;
  };
}
