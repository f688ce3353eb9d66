/** The client of `pg` that all connections use. It listens to its own errors, so that none ends the process. */
import type { Socket } from 'node:net';
import { Client, type ClientConfig } from 'pg';
import { socketOf } from './whole-messages';

/**
 * A client whose error event never ends the process. `pg` emits one wherever a server ends a connection while nothing is
 * asked of it: that may be in the very packet that lets the client in, before anybody could listen. The next statement
 * fails with the error.
 */
export class ListeningClient extends Client {
  constructor(settings?: string | ClientConfig) {
    const given = typeof settings === 'string' ? { connectionString: settings } : settings;
    super({ ...given, stream: socketOf as () => Socket });
    this.on('error', () => undefined);
  }
}
