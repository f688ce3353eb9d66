/** Decides whether two resources are about different things, such as a pulse and a blood pressure, by their codes. */
import { isObject, listOf, type AnyResource, type Json } from './types';

/** True where both have codes of one system, and none of them in common. */
export function isOfOtherCode(first: Json | undefined, second: Json | undefined): boolean {
  const [before, now] = [first, second].map((code) =>
    listOf(isObject(code) ? code.coding : undefined).filter(isObject),
  );
  const isShared = (name: 'system' | 'code'): boolean =>
    before!.some((coding) =>
      now!.some(
        (other) => other.system === coding.system && (name === 'system' || other.code === coding.code),
      ),
    );
  return isShared('system') && !isShared('code');
}

/** What a resource is about: an allergy, a problem, a medicine, a vaccine. */
export const codeOf = ({ code, medicationCodeableConcept, vaccineCode }: AnyResource): Json | undefined =>
  code ?? medicationCodeableConcept ?? vaccineCode;

/** True where the two are about different things: by their codes or, if neither has any, by their text. */
export function isAboutOther(first: AnyResource, second: AnyResource): boolean {
  const [before, now] = [codeOf(first), codeOf(second)];
  if (!isObject(before) || !isObject(now)) return false;
  if (listOf(before.coding).length + listOf(now.coding).length > 0) return isOfOtherCode(before, now);
  const [said, says] = [before.text, now.text].map((text) =>
    String(text ?? '')
      .trim()
      .toLowerCase(),
  );
  return said !== '' && says !== '' && said !== says;
}
