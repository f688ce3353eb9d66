/** A stay with everything that a page shows: scale 2, a check that disagrees, a questionnaire, a device, a medication. */
import type { AnyResource, Json } from '../../src/fhir/types';
import { aSummary, type SummaryBuilder } from '../fixtures/summary';

export const FULL_STAY_NUMBER = '9990000018';

interface Entry {
  fullUrl: string;
  resource: AnyResource;
}

/** @param version 2 for a correction */
export function aFullStay(version = 1): SummaryBuilder {
  const summary = aSummary().observations(64).changed(addOthers);
  return version === 1
    ? summary
    : summary.correction(version).with('Encounter.reasonCode', [{ text: 'Pneumonia' }]);
}

function addOthers(bundle: AnyResource): void {
  const entries = bundle.entry as unknown as Entry[];
  const urlOf = (type: string): string =>
    entries.find(({ resource }) => resource.resourceType === type)!.fullUrl;
  const [patient, encounter] = [{ reference: urlOf('Patient') }, { reference: urlOf('Encounter') }];
  const add = (number: number, resource: Record<string, Json>): void => {
    const id = `00000000-0000-4000-8000-00000000000${number}`;
    entries.push({ fullUrl: `urn:uuid:${id}`, resource: { id, ...resource } as unknown as AnyResource });
  };
  add(1, {
    resourceType: 'QuestionnaireResponse',
    questionnaire: 'https://ward.example/Questionnaire/breathlessness',
    status: 'completed',
    subject: patient,
    encounter,
    authored: '2025-03-05T09:00:00Z',
    item: [
      { linkId: '1', text: 'How breathless are you today?', answer: [{ valueString: 'A little' }] },
      {
        linkId: '2',
        text: 'Oxygen at home',
        item: [{ linkId: '2.1', text: 'Hours a day', answer: [{ valueInteger: 3 }] }],
      },
    ],
  });
  add(2, {
    resourceType: 'MedicationStatement',
    status: 'active',
    medicationCodeableConcept: { text: 'Prednisolone 30 mg' },
    subject: patient,
    context: encounter,
    effectiveDateTime: '2025-03-05',
  });
  add(3, {
    resourceType: 'Device',
    deviceName: [{ name: 'Pulse oximeter 3', type: 'user-friendly-name' }],
    patient,
  });
}
