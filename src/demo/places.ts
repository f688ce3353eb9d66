/**
 * Where the patients live and who looks after them: real cities and NHS trusts, with streets that are invented and
 * postcodes whose district (99) is given to no home. The trusts' codes are theirs; the wards and data are not.
 * @see https://www.odsdatasearchandexport.nhs.uk (ODS codes)
 */
export interface Trust {
  /** The ODS code. */
  odsCode: string;
  name: string;
  /** The namespace of identifiers that this trust gives, below a domain reserved for examples (RFC 2606). */
  namespace: string;
}

export interface Place {
  city: string;
  county: string;
  /** The letters of the postcode. */
  postcodeArea: string;
  trust: Trust;
}

const place = (city: string, county: string, postcodeArea: string, odsCode: string, name: string): Place => ({
  city,
  county,
  postcodeArea,
  trust: { odsCode, name, namespace: `https://${odsCode.toLowerCase()}.virtual-ward.example/Id` },
});

export const PLACES: readonly Place[] = [
  place('Leeds', 'West Yorkshire', 'LS', 'RR8', 'Leeds Teaching Hospitals NHS Trust'),
  place('Manchester', 'Greater Manchester', 'M', 'R0A', 'Manchester University NHS Foundation Trust'),
  place('Nottingham', 'Nottinghamshire', 'NG', 'RX1', 'Nottingham University Hospitals NHS Trust'),
  place('Birmingham', 'West Midlands', 'B', 'RRK', 'University Hospitals Birmingham NHS Foundation Trust'),
  place('Sheffield', 'South Yorkshire', 'S', 'RHQ', 'Sheffield Teaching Hospitals NHS Foundation Trust'),
  place(
    'Newcastle upon Tyne',
    'Tyne and Wear',
    'NE',
    'RTD',
    'Newcastle upon Tyne Hospitals NHS Foundation Trust',
  ),
  place('Bristol', 'Avon', 'BS', 'RA7', 'University Hospitals Bristol and Weston NHS Foundation Trust'),
  place('Exeter', 'Devon', 'EX', 'RH8', 'Royal Devon University Healthcare NHS Foundation Trust'),
  place('Cambridge', 'Cambridgeshire', 'CB', 'RGT', 'Cambridge University Hospitals NHS Foundation Trust'),
  place('London', 'Greater London', 'SE', 'RJ1', "Guy's and St Thomas' NHS Foundation Trust"),
];

/** Invented: each is two words that no street directory puts together. */
export const STREETS: readonly string[] = [
  'Lanternhouse Row',
  'Pennywhistle Crescent',
  'Marmalade Yard',
  'Thistledown Avenue',
  'Brasskettle Lane',
  'Quillfeather Close',
  'Saddlebag Terrace',
  'Winterbarley Road',
  'Copperthimble Street',
  'Otterstone Gardens',
  'Bellfounder Mews',
  'Gooseberry Hatch',
];

/** The letters that the second half of a postcode uses. */
export const POSTCODE_LETTERS = 'ABDEFGHJLNPQRSTUWXYZ';
