/** The rules for the coding of an Observation: valid SNOMED CT concepts that name one measurement (3.4.6, code). */
import { SNOMED_CT } from '../../fhir/code-systems';
import { stricter, type Finding, type Rule } from '../../definitions/rule';
import { isObject, type AnyResource, type JsonObject } from '../../fhir/types';
import { isPaediatricCode, isTotalCode, parameterOfCode, subscoreParameter } from './news2/news2';
import { checkSctid } from '../../terminology/snomed';
import { codingsOf } from '../common/codings';
import { unchanged } from '../common/example';
import { coded, withNews2 } from './news2-example';

interface PlacedCoding {
  coding: JsonObject;
  place: string;
}

function snomedCodingsOf({ code }: AnyResource): PlacedCoding[] {
  if (!isObject(code) || !Array.isArray(code.coding)) return [];
  return code.coding.flatMap((coding, index) =>
    isObject(coding) && coding.system === SNOMED_CT ? [{ coding, place: `code.coding[${index}]` }] : [],
  );
}

const codeCanBeAConcept: Rule = {
  id: 'vw-obs-09',
  severity: stricter('warning', 'error'),
  code: 'code-invalid',
  guidance: '3.4.6 Observation.code.coding.code',
  claim: 'Each SNOMED CT coding has a concept id, and all the codings name the same measurement.',
  *check(observation): Iterable<Finding> {
    const kinds = new Set<string>();
    for (const { coding, place } of snomedCodingsOf(observation)) {
      if (typeof coding.code !== 'string') {
        yield {
          element: `${place}.code`,
          severity: { default: 'error', strict: 'error' },
          code: 'required',
          text: 'The SNOMED CT coding has no code. Send the concept id.',
        };
        continue;
      }
      const verdict = checkSctid(coding.code);
      if (verdict !== 'valid') {
        yield {
          element: `${place}.code`,
          text:
            verdict === 'not-a-concept'
              ? 'This is the SNOMED CT id of a description or relationship. Send the concept id.'
              : 'This is not a SNOMED CT id, because its length or check digit is wrong. Send the concept id.',
        };
      }
      kinds.add(kindOf(coding.code));
    }
    kinds.delete('');
    if (kinds.size < 2) return;
    yield {
      element: 'code',
      text: 'The SNOMED CT codings name different measurements. Send one Observation for each measurement.',
    };
  },
  examples: {
    keeps: unchanged,
    breaks: withNews2(({ readings }) => {
      const [pulse, misprint] = ['78564009', '78564008'].flatMap((code) =>
        codingsOf(coded(code, 'Pulse rate')),
      );
      readings.pulse.code = { coding: [pulse ?? {}, misprint ?? {}] };
    }),
  },
};

/** What NEWS2 knows a code as; '' for every other code. */
function kindOf(code: string): string {
  if (isTotalCode(code)) return 'total';
  if (isPaediatricCode(code)) return 'paediatric';
  return subscoreParameter(code)?.name ?? parameterOfCode(SNOMED_CT, code) ?? '';
}

const codingHasADisplay: Rule = {
  id: 'vw-obs-10',
  severity: stricter('information', 'warning'),
  code: 'required',
  guidance: '3.4.6 Observation.code.coding.display',
  claim: 'Each SNOMED CT coding has a display.',
  *check(observation): Iterable<Finding> {
    for (const { coding, place } of snomedCodingsOf(observation)) {
      if (coding.display !== undefined) continue;
      yield {
        element: `${place}.display`,
        text: 'The SNOMED CT coding has no display. Send the name of the concept.',
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: withNews2(({ readings }) => {
      readings.pulse.code = coded('78564009');
    }),
  },
};

export const codeRules: readonly Rule[] = [codeCanBeAConcept, codingHasADisplay];
