/**
 * The settings of the embedded PostgreSQL. They are on its command line at every start, so that a new version of
 * Homeward uses its own. Durability comes first: an acknowledged commit is on disk.
 * @see https://www.postgresql.org/docs/18/runtime-config.html
 */
export const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '', // a Unix socket only: no port, so none can collide
  port: '5432', // only a part of the socket's name
  unix_socket_permissions: '0700',
  max_connections: '60',
  superuser_reserved_connections: '3',
  shared_buffers: '192MB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  random_page_cost: '1.1',
  jit: 'off', // small queries: compiling them costs more than it saves
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  wal_level: 'replica',
  max_wal_senders: '0',
  max_wal_size: '1GB',
  checkpoint_timeout: '5min',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Error messages and their details can contain the values of a row, which may be a patient's, so only PostgreSQL's
  // own messages are logged.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
};
