import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { MAX_CONNECTIONS, openPlaces } from './places';

/** A connection from one port, which comes to an address of this server. */
const socketTo = (localAddress: string, remotePort: number): Socket =>
  Object.assign(new EventEmitter(), {
    remoteAddress: '10.0.0.9',
    remotePort,
    localAddress,
    localPort: 2575,
    destroy: jest.fn(),
  }) as unknown as Socket;

describe('Connections from one port to several addresses of this server', () => {
  it('have a place each, so that too many are noticed', () => {
    const told: string[] = [];
    const places = openPlaces((text) => void told.push(text));
    const sockets = Array.from({ length: MAX_CONNECTIONS }, (_, at) =>
      socketTo(`10.1.0.${at % 3}`, 20_000 + Math.floor(at / 3)),
    );
    for (const socket of sockets) expect(places.admit(socket)?.socket).toBe(socket);
    expect(sockets.map((socket) => places.of(socket)?.socket)).toEqual(sockets);
    expect(told).toEqual([]);
    places.admit(socketTo('10.1.0.4', 20_000));
    expect(told).toHaveLength(1);
    expect(sockets[0]!.destroy).toHaveBeenCalled();
    expect([...places.all()]).toHaveLength(MAX_CONNECTIONS);
  });
});
