/** Which codes of an HL7 v2 result are those of a NEWS2 reading or score, for the interface, which names no type. */
import { LOINC, SNOMED_CT, UCUM } from '../../fhir/code-systems';
import type { NewsItem } from '../../interfaces/hl7v2/mapping/observations';
import {
  isMeasured,
  isTotalCode,
  normaliseQuantity,
  parameterOfCode,
  subscoreParameter,
  TOTAL_DISPLAY,
  type MeasuredReading,
} from '../../resources/observation/news2/news2';

/** The SNOMED CT codes that the guidance has for readings (3.4.6). It has none for the flow of oxygen. */
const READINGS: Readonly<Partial<Record<MeasuredReading, { code: string; display: string }>>> = {
  respirationRate: { code: '86290005', display: 'Respiratory rate' },
  oxygenSaturation: { code: '103228002', display: 'Haemoglobin saturation with oxygen' },
  systolicBloodPressure: { code: '72313002', display: 'Systolic arterial pressure' },
  diastolicBloodPressure: { code: '1091811000000102', display: 'Diastolic arterial pressure' },
  pulse: { code: '78564009', display: 'Pulse rate' },
  temperature: { code: '276885007', display: 'Core body temperature' },
};

export function newsCode(system: string, code: string): NewsItem | undefined {
  if (system === SNOMED_CT) {
    const score = isTotalCode(code) ? TOTAL_DISPLAY : subscoreParameter(code)?.name;
    if (score !== undefined) return { isScore: true, code, display: score, ucumOf: () => undefined };
  }
  const reading = system === SNOMED_CT || system === LOINC ? parameterOfCode(system, code) : undefined;
  if (reading === undefined || !isMeasured(reading)) return undefined;
  const known = READINGS[reading];
  if (!known) return undefined;
  return {
    isScore: false,
    ...known,
    ucumOf: (unit, value) => normaliseQuantity(reading, value, unit, unit, UCUM)?.sentIn,
  };
}
