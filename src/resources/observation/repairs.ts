/**
 * Repairs of known faults of senders in an Observation (the guidance's defects def-08,
 * def-18, def-20).
 */
import type { Repair, Repaired } from '../../definitions/rule';
import { isObject, type Json, type JsonObject } from '../../fhir/types';
import { changing, unchanged } from '../common/example';
import { coded, withNews2 } from './news2-example';

const noteIsAListOfAnnotations: Repair = {
  norm: 'note-string',
  stage: 'shapes',
  defect: 'def-08',
  guidance: '3.4.6 Observation.note',
  claim:
    'The server reads a note that was sent as a string as the text of an Annotation, and a note that is not a list as a list of one.',
  *repair(observation): Iterable<Repaired> {
    const before = observation.note;
    if (typeof before === 'string' || isObject(before)) {
      const after = [annotation(before)];
      observation.note = after;
      const was = typeof before === 'string' ? 'a string' : 'a single object';
      yield {
        element: 'note',
        text: `note was ${was}. It was read as a list of one Annotation. Send "note": [{"text": "…"}].`,
        before,
        after,
      };
    } else if (Array.isArray(before) && before.some((item) => typeof item === 'string')) {
      const after = before.map((item) => (typeof item === 'string' ? annotation(item) : item));
      observation.note = after;
      yield {
        element: 'note',
        text: 'note contained strings. Each was read as the text of an Annotation. Send "note": [{"text": "…"}].',
        before,
        after,
      };
    }
  },
  examples: {
    keeps: changing('Observation', (observation) => {
      observation.note = [{ text: 'Taken sitting, after five minutes of rest.' }];
    }),
    breaks: changing('Observation', (observation) => {
      observation.note = 'Taken sitting, after five minutes of rest.';
    }),
  },
};

function annotation(note: string | JsonObject): JsonObject {
  return typeof note === 'string' ? { text: note } : note;
}

const linksAreListsOfReferences: Repair = {
  norm: 'ref-bare-id',
  stage: 'values',
  defect: 'def-18',
  guidance: '3.4.6 Observation.hasMember, Observation.derivedFrom',
  claim:
    'The server reads hasMember and derivedFrom as lists of References if they were sent as a single object or as ids.',
  *repair(observation): Iterable<Repaired> {
    for (const element of ['hasMember', 'derivedFrom']) {
      const before = observation[element];
      if (before === undefined || !isLooseLink(before)) continue;
      const after = (Array.isArray(before) ? before : [before]).map(asReference);
      observation[element] = after;
      yield {
        element,
        text: `${element} was not a list of References. It was read as one. Send "${element}": [{"reference": "urn:uuid:…"}].`,
        before,
        after,
      };
    }
  },
  examples: {
    keeps: unchanged,
    breaks: withNews2(({ scores, readings }) => {
      scores.pulse.derivedFrom = { reference: `urn:uuid:${readings.pulse.id}` };
    }),
  },
};

/** A single Reference or id, or a list with ids in place of References. */
function isLooseLink(link: Json): boolean {
  if (typeof link === 'string' || isObject(link)) return true;
  return Array.isArray(link) && link.some((item) => typeof item === 'string');
}

function asReference(item: Json): Json {
  return typeof item === 'string' ? { reference: item } : item;
}

const ACVPU = '1104441000000107';
/** The code as section 3.4.6 misprints it, one digit short. Its check digit is right by chance (defects, section 4). */
const ACVPU_MISPRINT = '104441000000107';

const acvpuMisprintIsTheAcvpuCode: Repair = {
  norm: 'snomed-acvpu-alias',
  stage: 'meanings',
  defect: 'def-20',
  guidance: '3.4.6 Observation.code',
  claim:
    'The server adds 1104441000000107 to the ACVPU code that is misprinted in section 3.4.6. It keeps the coding that was sent.',
  *repair(observation): Iterable<Repaired> {
    const code = observation.code;
    if (!isObject(code) || !Array.isArray(code.coding)) return;
    const before = code.coding;
    const index = before.findIndex((coding) => isSnomed(coding) && coding.code === ACVPU_MISPRINT);
    const sent = before[index];
    if (!isObject(sent) || before.some((coding) => isSnomed(coding) && coding.code === ACVPU)) return;
    const after: Json[] = [...before];
    after.splice(index, 1, { ...sent, code: ACVPU }, { ...sent, userSelected: true });
    code.coding = after;
    yield {
      element: `code.coding[${index}]`,
      text: `SNOMED CT ${ACVPU_MISPRINT} is a misprint in the guidance for the ACVPU score, ${ACVPU}. The correct coding was added before it. Send ${ACVPU}.`,
      before,
      after,
    };
  },
  examples: {
    keeps: unchanged,
    breaks: withNews2(({ readings }) => {
      readings.consciousness.code = coded(ACVPU_MISPRINT, 'ACVPU scale score');
    }),
  },
};

/** SNOMED CT by any name that the common repairs know, because those may run before or after this repair. */
function isSnomed(coding: Json): coding is JsonObject {
  return (
    isObject(coding) &&
    typeof coding.system === 'string' &&
    /snomed\.info\/sct|2\.16\.840\.1\.113883\.6\.96/i.test(coding.system)
  );
}

export const repairs: readonly Repair[] = [
  noteIsAListOfAnnotations,
  linksAreListsOfReferences,
  acvpuMisprintIsTheAcvpuCode,
];
