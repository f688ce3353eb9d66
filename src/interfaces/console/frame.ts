/** What the frame of a page shows to a person: the name, the navigation and the token of its forms. */
import type { ConsoleDependencies } from './dependencies';
import { formTokenOf } from './form';
import type { Visit } from './page';
import { pages } from './pages';
import type { Frame } from './render';

export function frameOf(
  {
    context,
    person,
    visitId,
  }: Pick<Visit, 'person' | 'visitId'> & { context: { request: { path: string } } },
  dependencies: ConsoleDependencies,
): Omit<Frame, 'title'> {
  const { path } = context.request;
  const navigation = pages(dependencies).flatMap(({ path: href, roles, navigation: text }) => {
    const isOpen = roles === 'everyone' || roles.some((role) => person?.roles.includes(role));
    return text === undefined || !isOpen
      ? []
      : [{ text, href, current: path === href || path.startsWith(`${href}/`) }];
  });
  return {
    ...(person ? { name: person.name } : {}),
    formToken: person?.formToken ?? formTokenOf(dependencies.formKey, visitId),
    navigation,
    isSandbox: dependencies.mode === 'sandbox',
  };
}
