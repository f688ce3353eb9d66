/** The routes of passing on, for auditors and operators. @see docs/transports/passing-on.md */
import type { RoutesDependencies } from '../dependencies';
import { listOfDeliveries, retryDelivery } from '../handlers/deliveries';
import { readerOf } from '../reader';
import { type Route, wholeScope } from '../route';

export function deliveryRoutes({ auditing, reading }: RoutesDependencies): Route[] {
  return [
    {
      method: 'GET',
      path: '/deliveries',
      // A search of the audit trail cannot be held against deliveries, so the scope must have no restriction.
      access: wholeScope('AuditEvent', 's'),
      produces: 'own',
      audit: { action: 'E', interaction: '$deliveries' },
      text: {
        id: 'listDeliveries',
        tag: 'Deliveries',
        summary: 'List what is passed on to other systems',
        description: 'Newest first. Those that did not arrive: `state=refused` and `state=failed`.',
        parameters: ['deliveryState', 'deliveryName', 'cursor', 'limit'],
        answers: { 200: 'DeliveryPage' },
        faults: [400],
      },
      handler: (x) => listOfDeliveries(x, readerOf(x, reading), auditing),
    },
    {
      method: 'POST',
      path: '/deliveries/:id/retry',
      access: wholeScope('AuditEvent', 'c'),
      produces: 'own',
      audit: { action: 'E', interaction: '$retry-delivery' },
      text: {
        id: 'retryDelivery',
        tag: 'Deliveries',
        summary: 'Try a delivery again now',
        description:
          'A delivery that was refused or given up waits again, in its place in the queue. One that waits is tried at once.',
        parameters: ['deliveryId'],
        answers: { 202: 'DeliveryAnswer' },
        faults: [404, 409],
      },
      handler: (x) => retryDelivery(x, readerOf(x, reading), auditing),
    },
  ];
}
