/** Limits how many bodies one client sends at once, so that one slow sender cannot use all the capacity. */

type Release = () => void;

export interface Uploads {
  /** Begins an upload. @returns the function that ends it; undefined when the client has reached its limit */
  begin(client: string): Release | undefined | Promise<Release | undefined>;
}

/** @param perClient 0: no limit */
export function uploads(perClient: number): Uploads & { begin(client: string): Release | undefined } {
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
