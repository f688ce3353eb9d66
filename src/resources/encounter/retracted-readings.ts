/** A stay that is entered in error and whose readings are not: they stay on the record of the wrong patient. */
import { always, type Finding, type Rule, type RuleContext } from '../../definitions/rule';
import { changing, unchanged } from '../common/example';

/** Readings with these statuses say nothing of the patient. */
const WITHOUT_VALUE: readonly unknown[] = ['entered-in-error', 'cancelled'];

/** Each status is a statement of its own (semantics, Corrections 6), so nothing is changed: the sender is told. */
export const readingsAreRetractedToo: Rule = {
  id: 'retracted-stay',
  severity: always('warning'),
  code: 'business-rule',
  guidance: '3.4.4 Encounter.status',
  claim: 'The readings of a stay that is entered in error are entered in error, too.',
  *check({ status }, context): Iterable<Finding> {
    if (status !== 'entered-in-error' || !context.isSummary) return;
    const count = readingsLeft(context);
    if (count === 0) return;
    yield {
      element: 'status',
      text: `This stay is entered in error, and ${count === 1 ? 'a reading' : `${count} readings`} of it ${count === 1 ? 'is' : 'are'} not. Readers still find ${count === 1 ? 'it' : 'them'}. If the summary is about the wrong patient, send every reading as entered-in-error, too, or leave the readings out.`,
      review: 'A stay is entered in error, and its readings are not',
    };
  },
  examples: {
    keeps: unchanged,
    breaks: changing('Encounter', (encounter) => {
      encounter.status = 'entered-in-error';
    }),
  },
};

/** How many readings are not retracted where every stay is; looked at once, however many stays there are. */
function readingsLeft(context: RuleContext): number {
  return context.once(readingsLeft, () => {
    const stays = context.entriesOf('Encounter');
    if (stays.some(({ resource }) => resource.status !== 'entered-in-error')) return 0;
    const readings = context.entriesOf('Observation');
    return readings.filter(({ resource }) => !WITHOUT_VALUE.includes(resource.status)).length;
  });
}
