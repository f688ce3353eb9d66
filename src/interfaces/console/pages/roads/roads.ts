/** `/console/roads`: each road in and on with its state, and what is passed on, with another attempt. */
import { answered, certain, mapped } from '../../../../use-cases/call/answered';
import { nothing } from '../../../../use-cases/call/disclosed';
import { listOfDeliveries, tryAgain, type DeliveryEntry } from '../../../../use-cases/forwarding/deliveries';
import { receivedByDoor } from '../../../../use-cases/auditing/senders';
import type { RoadHealth } from '../../../http/handlers/road-checks';
import { readerOf } from '../../../http/reader';
import type { Page, Shown } from '../../page';
import { addressWith, valueOf } from '../../query';
import { clock } from '../../text';

const PATH = '/console/roads';
const DAY_MILLIS = 24 * 60 * 60 * 1000;
const ROWS = 50;

/** The roads, with the start of the names of their checks. */
const kinds = [
  { title: 'MESH', door: 'mesh', starts: /^mesh:/ },
  { title: 'Folder', door: 'folder', starts: /^folder$/ },
  { title: 'HL7 v2', door: 'hl7v2', starts: /^hl7v2$/ },
  { title: 'Passing on', door: undefined, starts: /^(deliveries:|forward-file$)/ },
] as const;

const states = ['waiting', 'delivered', 'refused', 'failed'] as const;
const stateIn = (text: string): (typeof states)[number] | undefined => states.find((each) => each === text);

export const roads: Page = {
  method: 'GET',
  path: PATH,
  roles: ['operator'],
  navigation: 'Roads',
  show: async ({ context }, { auditing, reading, roads: health }) => {
    const state = stateIn(valueOf(context.query, 'state'));
    const cursor = valueOf(context.query, 'cursor');
    const before = /^[1-9]\d{0,17}$/.test(cursor) ? { before: cursor } : {};
    const since = new Date(context.now.getTime() - DAY_MILLIS);
    const doors = certain(await receivedByDoor(since, auditing));
    const deliveries = await listOfDeliveries(
      readerOf(context, reading),
      { limit: ROWS, ...(state === undefined ? {} : { state }), ...before },
      auditing,
    );
    if (!deliveries.ok) return deliveries;
    const { deliveries: entries, next } = deliveries.answer;
    const checks = await health();
    return answered<Shown>(
      {
        kind: 'page',
        template: 'pages/roads/roads.njk',
        title: 'Roads',
        values: {
          kinds: kinds.map(({ title, door, starts }) => {
            const counts = doors.find((each) => each.door === door);
            return {
              title,
              checks: checks.filter(({ name }) => starts.test(name)).map(checkOf),
              counts: counts && {
                accepted: counts.accepted,
                refused: counts.refused,
                last: counts.lastAccepted === null ? '' : clock(counts.lastAccepted),
              },
            };
          }),
          state: state ?? '',
          states,
          deliveries: entries.map(deliveryOf),
          isRetried: valueOf(context.query, 'retried') !== '',
          next: next === null ? undefined : addressWith(PATH, { state: state ?? '', cursor: next }),
        },
      },
      nothing,
    );
  },
};

export const retry: Page = {
  method: 'POST',
  path: `${PATH}/deliveries/:id`,
  roles: ['operator'],
  audit: { action: 'U', interaction: '$retry-delivery' },
  show: async ({ context, form }, { auditing, reading }) => {
    const result = await tryAgain(readerOf(context, reading), context.path.id ?? '', auditing);
    const state = stateIn(form.text('state')) ?? '';
    return mapped(result, ({ id: retried }): Shown => ({
      kind: 'redirect',
      to: `${addressWith(PATH, { state, retried })}#deliveries`,
    }));
  },
};

const checkOf = ({ name, status, output }: RoadHealth): object => ({
  name: name.replace(/^(mesh|deliveries):/, ''),
  works: status === 'pass',
  output: inUkTime(output ?? '').replace(/ See \/deliveries\S*\.$/, ' See the deliveries below.'),
});

/** The sentences are those of `/_status`, whose times are for computers. */
const inUkTime = (text: string): string =>
  text.replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (instant) => clock(instant));

const deliveryOf = (entry: DeliveryEntry): object => ({
  id: entry.id,
  name: entry.name,
  state: entry.state,
  attempts: entry.attempts,
  lastError: entry.lastError ?? '',
  created: clock(entry.createdAt),
  mayRetry: entry.state !== 'delivered',
});
