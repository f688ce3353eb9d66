/**
 * `POST /FHIR/R4`: whatever Bundle is sent. A batch is taken apart here; every other type goes the one way of a
 * submission.
 */
import { decode } from '../../submission/decode';
import { receive } from '../../submission/receive';
import type { Route } from '../route';
import { nhsNumbersInBody } from '../../auditing/nhs-numbers-in';
import { outOfScope } from '../refusals';
import { batch, type BatchDependencies } from './batch';
import { atTheBase, incomingOf, submitHandler } from './submit';

export function baseHandler(dependencies: BatchDependencies): Route['handler'] {
  const submitOne = submitHandler(atTheBase, dependencies);
  return async (exchange, body) => {
    // Only a body that has the word is worth reading twice.
    if (body.includes('batch')) {
      const received = receive(incomingOf(exchange, body, dependencies), dependencies.newId, exchange.now);
      const decoded = decode(received);
      if (decoded.ok && decoded.value.kind === 'batch') return batch(exchange, decoded.value, dependencies);
    }
    if (!exchange.caller!.scopes.allows('Bundle', 'c')) {
      const numbers = nhsNumbersInBody(body.toString('utf8'), dependencies.patients);
      for (const number of numbers) exchange.audit.nhsNumbers.add(number);
      throw outOfScope('Bundle', 'c');
    }
    return submitOne(exchange, body);
  };
}
