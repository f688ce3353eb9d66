/** The mailboxes of `MESH_FILE` as it is now: when the file changes, they change with it. */
import type { SettingsFile } from '../../platform/settings-file';
import { openConnection, type Connection } from './connection';
import { openMailbox, type Mailbox } from './mailbox';
import type { MailboxSettings, MeshSettings } from './mesh-file';

export interface Mailboxes {
  /** Undefined when the file has no such mailbox. */
  find(name: string): { mailbox: Mailbox; settings: MailboxSettings } | undefined;
  /** The settings that all mailboxes share. */
  settings(): MeshSettings;
  close(): void;
}

export interface MailboxesOptions {
  file: Pick<SettingsFile<MeshSettings>, 'current'>;
  /** Homeward's version. */
  version: string;
  now: () => Date;
  onProblem: (text: string) => void;
  /** How long MESH may be silent, in milliseconds. */
  silenceMillis?: number;
}

export function openMailboxes({ file, version, now, onProblem, silenceMillis }: MailboxesOptions): Mailboxes {
  let read: MeshSettings | undefined;
  let connection: Connection | undefined;
  let mailboxes = new Map<string, { mailbox: Mailbox; settings: MailboxSettings }>();
  /** Opens what a change of the file needs anew. */
  const settings = (): MeshSettings => {
    const newest = file.current();
    if (newest === read) return newest;
    if (!connection || !read || addressOf(newest) !== addressOf(read)) {
      closeLater(connection);
      connection = openConnection({
        url: newest.url,
        tls: newest.tls,
        onProblem,
        ...(silenceMillis === undefined ? {} : { silenceMillis }),
      });
    }
    const used = connection;
    mailboxes = new Map(
      newest.mailboxes.map((each) => {
        const { mailbox: name, password } = each;
        const opened = openMailbox({
          name,
          password,
          sharedKey: newest.sharedKey,
          connection: used,
          version,
          now,
        });
        return [name, { mailbox: opened, settings: each }];
      }),
    );
    read = newest;
    return newest;
  };
  return {
    find: (name) => {
      settings();
      return mailboxes.get(name.toUpperCase());
    },
    settings,
    close: () => connection?.close(),
  };
}

/** Requests in progress end on their connections. */
function closeLater(connection: Connection | undefined): void {
  if (connection) setTimeout(() => connection.close(), 60_000).unref();
}

const addressOf = ({ url, tls }: MeshSettings): string => JSON.stringify([url, tls]);
