/**
 * Every R4 resource type without its own folder. Such resources are stored in one table and searched by what nearly all types
 * share, so that nothing sent is dropped. A type that deserves more gets a folder.
 */
import { commonSearchParameters } from '../../definitions/common-search-parameters';
import type { ResourceDefinition } from '../../definitions/resource-definition';
import { searchParametersOf } from '../../definitions/search-parameter';
import type { SearchParameter } from '../../definitions/table';
import { impersonalTypes } from './impersonal-types';
import { otherTypes, type OtherType } from './types';

const impersonal = impersonalTypes.flatMap(({ reason, types }) =>
  Object.entries(types).map(([type, elements]) => ({ type, elements, openUnderPolicy: reason })),
);
const personal = Object.entries(otherTypes).map(([type, elements]) => ({ type, elements }));

/** One definition per type, all of the same table. */
export const otherResources: readonly ResourceDefinition[] = [...personal, ...impersonal]
  .sort((a, b) => (a.type < b.type ? -1 : 1))
  .map(({ type, elements, ...open }) => ({
    type,
    elements: [],
    rules: [],
    repairs: [],
    table: {
      name: 'other_resource',
      patient: (elements.patient ?? elements.subject)?.split(' ') ?? [],
      columns: [],
      indexes: [
        { name: 'of_patient', on: 'patient_id, resource_type, date_start' },
        { name: 'last_updated', on: 'resource_type, last_updated' },
        { name: 'by_time', on: 'last_updated' },
        { name: 'subject', on: 'subject', using: 'gin', where: 'subject IS NOT NULL' },
      ],
      typeColumn: 'resource_type',
    },
    searchParameters: [...commonSearchParameters, ...parametersOf(type, elements)],
    withdrawable: true,
    ...(elements.others ? { otherPeople: elements.others } : {}),
    ...(elements.subjectOfAnyType === undefined ? {} : { subjectOfAnyType: elements.subjectOfAnyType }),
    ...open,
    ...elements.definition,
  }));

function parametersOf(type: string, elements: OtherType): SearchParameter[] {
  const { token, reference, date } = searchParametersOf(type);
  // Types share many of the official definitions under other names, so no definition URL is given.
  const definition = null;
  const parameters: SearchParameter[] = [];
  const { identifier, patient, subject, status, code } = elements;
  if (identifier !== undefined)
    parameters.push(
      token('identifier', ...at(identifier, 'Business identifier'), { multiple: true, definition }),
    );
  for (const [name, path] of Object.entries({ patient, subject }))
    if (path !== undefined)
      parameters.push(
        reference(name, ...ofSubject(name, path), {
          paths: path.split(' '),
          column: 'subject',
          multiple: true,
          definition,
          ...(elements.several === true ? {} : { stored: 'owner' }),
          ...(name === 'patient' ? { targets: ['Patient'] } : {}),
        }),
      );
  for (const [name, path] of Object.entries({ status, code }))
    if (path !== undefined)
      parameters.push(
        token(name, ...at(path, `The ${name} of the resource`), { multiple: true, definition }),
      );
  if (elements.date !== undefined)
    parameters.push(date('date', ...at(elements.date, 'When it happened or was recorded'), { definition }));
  return parameters;

  /** A path that ends in `patient` (or similar) points to patients only. For other paths, set this. */
  function ofSubject(name: string, path: string): [string, string] {
    const [expression, sentence] = at(path, 'The patient or other subject it is about');
    const isMixed = name === 'patient' && /(subject|actor|target|for)$/.test(path);
    return [isMixed ? `${expression}.where(resolve() is Patient)` : expression, sentence];
  }

  /** The official expression, and the sentence. */
  function at(paths: string, sentence: string): [string, string] {
    const expression = paths
      .split(' ')
      .map((path) => `${type}.${path}`)
      .join(' | ');
    return [expression, sentence];
  }
}
