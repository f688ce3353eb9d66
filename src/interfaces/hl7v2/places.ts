/**
 * The places of a listener: one for each connection, from its first packet to the last. When all are taken, a new
 * connection closes another one, or is closed itself.
 */
import type { Socket } from 'node:net';
import { networkOf, plainAddress } from '../../platform/client-address';
import type { Connection } from './connection';
import { whoMakesRoom, type Placed } from './choose-place';

export interface Place extends Placed {
  /** The connection as it was accepted, below TLS. */
  socket: Socket;
  /** Address and port at both ends. */
  name: string;
  address: string;
  /** Absent before the TLS handshake has ended. */
  connection?: Connection;
  /** True when the log says already why it ended. */
  isTold: boolean;
}

export interface Places {
  /** Gives it a place until it has closed. @returns undefined when there is none: then it is closed */
  admit(socket: Socket): Place | undefined;
  /** The place of a connection of which only the socket above TLS is known. */
  of(socket: Socket): Place | undefined;
  all(): Iterable<Place>;
  /** Closes those for which there is no room any more, because messages were handled when they came. */
  tidy(): void;
}

export const MAX_CONNECTIONS = 500;
/** Places for those that come while a message is handled on every connection that could be closed for them. */
const RESERVE = 50;

/** @param onFull called with what was closed for want of room */
export function openPlaces(onFull: (text: string) => void): Places {
  const places = new Set<Place>();
  const byName = new Map<string, Place>();

  const leave = (place: Place): void => {
    const why = `more than ${MAX_CONNECTIONS} connections; ${WHICH[place.stage()]} was closed`;
    onFull(`${why} (from ${place.address})`);
    remove(place);
    place.isTold = true;
    if (place.connection) place.connection.drop(why);
    else place.socket.destroy();
  };
  const remove = (place: Place): void => {
    places.delete(place);
    if (byName.get(place.name) === place) byName.delete(place.name);
  };

  return {
    admit(socket) {
      if (socket.remoteAddress === undefined) {
        // It has been reset already.
        socket.destroy();
        return undefined;
      }
      const address = plainAddress(socket.remoteAddress);
      const opened = performance.now();
      const network = networkOf(address);
      if (places.size >= MAX_CONNECTIONS) {
        const { leaves, hasMost } = whoMakesRoom(places, network);
        if (leaves) leave(leaves);
        else if (hasMost || places.size >= MAX_CONNECTIONS + RESERVE) {
          onFull(`more than ${MAX_CONNECTIONS} connections; a new one was refused (from ${address})`);
          socket.destroy();
          return undefined;
        }
      }
      const place: Place = {
        socket,
        name: nameOf(socket),
        address,
        network,
        isTold: false,
        stage: () => place.connection?.stage() ?? 'handshake',
        since: () => place.connection?.since() ?? opened,
      };
      places.add(place);
      byName.set(place.name, place);
      socket.once('close', () => remove(place));
      return place;
    },
    of: (socket) => byName.get(nameOf(socket)),
    all: () => places,
    tidy() {
      while (places.size > MAX_CONNECTIONS) {
        const { leaves } = whoMakesRoom(places, '');
        if (!leaves) return;
        leave(leaves);
      }
    },
  };
}

const WHICH = {
  handshake: 'one before its TLS handshake',
  quiet: 'the one that was quiet longest',
  inside: 'one whose message had begun',
  answering: 'one that did not read its answer',
  handling: 'one',
} as const;

/**
 * The same of a socket and of that above TLS. From one port a sender may connect to each address of this server, so both
 * ends are in it.
 */
const nameOf = ({ remoteAddress, remotePort, localAddress, localPort }: Socket): string =>
  [remoteAddress, remotePort, localAddress, localPort].join(' ');
