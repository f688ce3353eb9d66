/** The check of a body, from its bytes to the OperationOutcome, as `$validate` and a submission do it. */
import { stringify } from '../../src/fhir/decimal';
import { isFault } from '../../src/fhir/issue';
import { deduplicate, limitIssues, operationOutcome } from '../../src/fhir/operation-outcome';
import { atOnce } from '../../src/fhir/slices';
import { writeXml } from '../../src/fhir/xml/write-xml';
import type { FileJudge } from '../../src/use-cases/submitting/validate/validate-file';
import type { Case } from './grown';
import type { Work } from './measure';

export function judgeWork({ bundleOf }: Case, judge: FileJudge, format: 'json' | 'xml'): Work {
  return (size) => {
    const bundle = bundleOf(size);
    let text: string;
    try {
      text = format === 'xml' ? writeXml(bundle) : stringify(bundle);
    } catch {
      return { bytes: 0, outcome: 'has no such form', millis: 0 };
    }
    const bytes = Buffer.from(text);
    const before = process.cpuUsage();
    const { issues } = atOnce(
      judge({ bytes, format }, { handling: 'default', now: new Date(), byR4Alone: false }),
    );
    operationOutcome(limitIssues(deduplicate(issues)));
    const millis = process.cpuUsage(before).user / 1000;
    return {
      bytes: bytes.length,
      outcome: issues.some(isFault) ? `refused: ${issues.find(isFault)?.rule}` : 'right',
      millis,
    };
  };
}
