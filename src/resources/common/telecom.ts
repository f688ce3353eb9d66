/** Tells e-mail addresses and telephone numbers among contact points, for the `email` and `phone` search parameters. */
import { isObject } from '../../fhir/types';

export const isEmail = (value: unknown): boolean => isObject(value) && value.system === 'email';
export const isPhone = (value: unknown): boolean => isObject(value) && value.system === 'phone';
