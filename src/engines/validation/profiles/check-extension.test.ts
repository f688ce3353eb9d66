import type { AnyResource, JsonObject } from '../../../fhir/types';
import { createProfileValidator } from './create-profile-validator';

const validator = createProfileValidator();
const HL7 = 'http://hl7.org/fhir/StructureDefinition/';

function told(resource: JsonObject): string[] {
  return validator
    .validate(resource as AnyResource, undefined, {
      misplacedExtensions: 'warning',
      unknownExtensions: 'error',
    })
    .map(({ severity, rule, expression, text }) => `${severity} ${rule} ${expression ?? ''}: ${text}`);
}

const mothersFamily = { url: `${HL7}humanname-mothers-family`, valueString: 'A' };

describe('an extension that R4 defines', () => {
  it('stands at the element that it is made for', () => {
    const name = [{ family: 'A', _family: { extension: [mothersFamily] } }];
    expect(told({ resourceType: 'Patient', name })).toEqual([]);
  });

  it('stands nowhere else', () => {
    expect(told({ resourceType: 'Patient', name: [{ family: 'A', extension: [mothersFamily] }] })).toEqual([
      'warning profile-extension Patient.name[0].extension[0]: This extension is for HumanName.family, not for this element.',
    ]);
  });

  it('may stand anywhere where its definition says Element', () => {
    const absent = { url: `${HL7}data-absent-reason`, valueCode: 'masked' };
    expect(told({ resourceType: 'Patient', _birthDate: { extension: [absent] } })).toEqual([]);
  });

  it('has the parts that its definition names', () => {
    const part = (url: string): JsonObject => ({ url, valueCodeableConcept: { text: 'cat' } });
    const animal = (...parts: JsonObject[]): JsonObject => ({
      resourceType: 'Patient',
      extension: [{ url: `${HL7}patient-animal`, extension: parts }],
    });
    expect(told(animal(part('species'), part('breed')))).toEqual([]);
    expect(told(animal(part('species'), part('colour')))).toEqual([
      'warning profile-extension Patient.extension[0]: This part is not in the definition of the extension. The parts are species, breed, genderStatus.',
    ]);
  });

  it('changes no meaning where it is not made for it', () => {
    const birthPlace = { url: `${HL7}patient-birthPlace`, valueAddress: { city: 'Leeds' } };
    expect(told({ resourceType: 'Patient', modifierExtension: [birthPlace] })).toEqual([
      'warning profile-extension Patient.modifierExtension[0]: This extension does not change the meaning of its element. Send it in extension, not in modifierExtension.',
    ]);
  });
});

describe('an extension that is not known', () => {
  const withExtension = (url: string): JsonObject => ({
    resourceType: 'Patient',
    extension: [{ url, valueBoolean: true }],
  });

  it('is told of, to those who ask for it', () => {
    const resource = withExtension('http://supplier.nhs.example.uk/StructureDefinition/tier');
    expect(told(resource)).toEqual([
      expect.stringMatching(
        /^error profile-extension Patient\.extension\[0\]: The definition of this extension is not loaded on this server/,
      ),
    ]);
    expect(validator.validate(resource as AnyResource)).toEqual([]);
  });

  it.each(['http://example.org/x', 'https://fhir.example.com/x', `${HL7}published-later`])(
    'is let be at an address of examples, or of HL7: %s',
    (url) => {
      expect(told(withExtension(url))).toEqual([]);
    },
  );
});
