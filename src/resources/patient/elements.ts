/**
 * The element table of Patient (section 3.4.2 of the guidance): the minimum that every provider and consumer supports.
 * What one row cannot say (the NHS number, dates, extensions) is in the rules.
 */
import { always, stricter, type ElementRow } from '../../definitions/rule';
import { codeRow, idRow, metaRows } from '../common/rows';

const GENDERS = ['male', 'female', 'other', 'unknown'];
const TELECOM_USES = ['home', 'work', 'temp', 'old', 'mobile'];
const ADDRESS_USES = ['home', 'work', 'temp', 'old', 'billing'];
const ADDRESS_TYPES = ['postal', 'physical', 'both'];

const required = (
  id: string,
  path: string,
  absent: ElementRow['absent'],
  more: Partial<ElementRow> = {},
): ElementRow => ({
  id,
  path,
  guidance: `3.4.2 Patient.${path}`,
  optionality: 'required',
  max: 1,
  ...(absent && { absent }),
  ...more,
});

const code = (
  id: string,
  path: string,
  values: readonly string[],
  more: Partial<ElementRow> = {},
): ElementRow =>
  codeRow({ id, path, guidance: `3.4.2 Patient.${path}`, optionality: 'recommended', ...more }, values);

const ifUsing = { optionality: 'required-if-using' } as const;

export const elements: readonly ElementRow[] = [
  idRow('vw-patient-01', '3.4.2', 'Patient'),
  ...metaRows({ meta: 'vw-patient-02', profile: 'vw-patient-02' }, '3.4.2', 'Patient'),
  {
    id: 'vw-patient-03',
    path: 'identifier',
    guidance: '3.4.2 Patient.identifier',
    optionality: 'mandatory',
    min: 1,
    max: '*',
    absent: always('error'),
    text: '`Patient.identifier` is missing. Send the NHS number: ten digits, with the system `https://fhir.nhs.uk/Id/nhs-number`.',
  },
  required('vw-patient-15', 'name.family', always('warning'), {
    text: '`Patient.name.family` is missing. Send the surname, which receivers compare when they check the NHS number.',
  }),
  required('vw-patient-16', 'name.given', always('information'), {
    max: '*',
    text: '`Patient.name.given` is missing. Send the forenames in order, including middle names.',
  }),
  required('vw-patient-18', 'telecom.value', always('information'), {
    ...ifUsing,
    text: '`Patient.telecom.value` is missing. Send the number or address, or leave the telecom out.',
  }),
  code('vw-patient-19', 'telecom.use', TELECOM_USES),
  code('vw-patient-21', 'gender', GENDERS, { optionality: 'required', absent: always('warning') }),
  required('vw-patient-26', 'address', stricter('information', 'warning'), {
    max: '*',
    text: '`Patient.address` is missing. Send the usual address, with its postcode.',
  }),
  code('vw-patient-27', 'address.use', ADDRESS_USES),
  code('vw-patient-28', 'address.type', ADDRESS_TYPES),
  required('vw-patient-30', 'address.postalCode', stricter('warning', 'error'), {
    optionality: 'required',
    text: '`Patient.address.postalCode` is missing. Send the postcode, which receivers compare when they check the NHS number. If the patient has no fixed abode, send ZZ99 3VZ.',
  }),
  required('vw-patient-33', 'contact.relationship', stricter('information', 'warning'), {
    ...ifUsing,
    max: '*',
  }),
  required('vw-patient-34', 'contact.name', stricter('information', 'warning'), ifUsing),
  required('vw-patient-35', 'contact.telecom', stricter('information', 'warning'), { ...ifUsing, max: '*' }),
  required('vw-patient-35', 'contact.telecom.value', stricter('information', 'warning'), ifUsing),
  code('vw-patient-35', 'contact.telecom.use', TELECOM_USES),
  code('vw-patient-37', 'contact.gender', GENDERS, { optionality: 'optional' }),
];
