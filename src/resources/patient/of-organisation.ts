/**
 * Whose data an organisation reads under the policy `own-patients`: of the patients who have a stay of which it is the
 * provider, or whose GP practice it is (named as the practice, or as somebody who works there).
 * @see docs/access.md
 */
import { ODS_ORGANISATION_SYSTEM } from '../../terminology/ods';

type Bind = (value: unknown, type: string) => string;

/** The condition that the column holds the id of such a patient. An empty code is no organisation: nobody. */
export function isPatientOf(odsCode: string, column: string, bind: Bind): string {
  if (odsCode === '') return 'FALSE';
  const code = bind(odsCode, 'text');
  const token = bind([`${ODS_ORGANISATION_SYSTEM}|${odsCode}`], 'text[]');
  const organisations = `ARRAY(SELECT 'Organization/' || o.id FROM organization AS o WHERE o.ods_code = ${code})`;
  const workers = `ARRAY(SELECT 'PractitionerRole/' || w.id FROM practitioner_role AS w
    WHERE w.organization = ANY(${organisations}) OR w.organization_identifier && ${token})`;
  return `(EXISTS (SELECT 1 FROM encounter AS stay WHERE stay.patient_id = ${column}
      AND (stay.service_provider = ANY(${organisations}) OR stay.service_provider_identifier && ${token}))
    OR EXISTS (SELECT 1 FROM patient AS own WHERE own.id = ${column}
      AND (own.general_practitioner && ${organisations} OR own.general_practitioner && ${workers}
        OR own.general_practitioner_identifier && ${token})))`;
}
