/** The search parameters of Device. @see https://hl7.org/fhir/R4/device.html#search */
import { commonSearchParameters } from '../../definitions/common-search-parameters';
import { searchParametersOf } from '../../definitions/search-parameter';
import type { SearchParameter } from '../../definitions/table';

const { string, token, reference, uri } = searchParametersOf('Device');

export const searchParameters: readonly SearchParameter[] = [
  ...commonSearchParameters,
  string(
    'device-name',
    'Device.deviceName.name | Device.type.coding.display | Device.type.text',
    'A server defined search that may match any of the string fields in Device.deviceName or Device.type.',
    { multiple: true },
  ),
  token('identifier', 'Device.identifier', 'Instance id from manufacturer, owner, and others', {
    multiple: true,
  }),
  reference('location', 'Device.location', 'A location, where the resource is found', {
    targets: ['Location'],
  }),
  string('manufacturer', 'Device.manufacturer', 'The manufacturer of the device'),
  string('model', 'Device.modelNumber', 'The model of the device'),
  reference('organization', 'Device.owner', 'The organization responsible for the device', {
    targets: ['Organization'],
  }),
  reference('patient', 'Device.patient', 'Patient information, if the resource is affixed to a person', {
    targets: ['Patient'],
    stored: 'owner',
  }),
  token('status', 'Device.status', 'active | inactive | entered-in-error | unknown', {
    stored: 'plain',
    system: 'http://hl7.org/fhir/device-status',
  }),
  token('type', 'Device.type', 'The type of the device'),
  string(
    'udi-carrier',
    'Device.udiCarrier.carrierHRF',
    'UDI Barcode (RFID or other technology) string in *HRF* format.',
    { multiple: true },
  ),
  string('udi-di', 'Device.udiCarrier.deviceIdentifier', 'The udi Device Identifier (DI)', {
    multiple: true,
  }),
  uri('url', 'Device.url', 'Network address to contact device'),
];
