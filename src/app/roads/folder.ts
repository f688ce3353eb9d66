/** Opens the road of files where `INBOX_DIR` is set. */
import { openFolderRoad } from '../../interfaces/folder/folder-road';
import type { OpenRoad } from '../road';

export const openFolder: OpenRoad = async ({ config, log, now, store, submitting }) => {
  const { inboxDir, maxBodyBytes } = config;
  if (inboxDir === undefined) return undefined;
  return openFolderRoad({ ...submitting, path: inboxDir, maxBodyBytes, log, now, database: store.database });
};
