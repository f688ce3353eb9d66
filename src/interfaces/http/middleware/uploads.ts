/** How many bodies one client may be sending at once, so that one slow sender can't hold every place. */

export interface Uploads {
  /** Takes a place. @returns what gives it back; undefined where the client has no place left */
  begin(client: string): (() => void) | undefined;
}

/** @param perClient 0: no limit */
export function uploads(perClient: number): Uploads {
  const underWay = new Map<string, number>();
  return {
    begin(client) {
      if (perClient === 0) return () => undefined;
      const mine = underWay.get(client) ?? 0;
      if (mine >= perClient) return undefined;
      underWay.set(client, mine + 1);
      return () => {
        const left = (underWay.get(client) ?? 1) - 1;
        if (left === 0) underWay.delete(client);
        else underWay.set(client, left);
      };
    },
  };
}
