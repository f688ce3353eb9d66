/**
 * Submitting: summaries over HTTP from 1, 4 and 16 senders, against the ceilings of the same run: the rows and bytes
 * that the server wrote, committed again straight through `pg`, to tables like its own and to the leanest ones.
 */
import type { PoolConfig } from 'pg';
import { openCeiling, openLeanest, type Ceiling } from './ceiling';
import { httpClient } from './http-client';
import { measure, type Measured } from './measure';
import { openPool } from './open-pool';
import type { Server } from './start-server';
import type { Stage } from './stage';
import { summaryBodies } from './summaries';

export interface IngestLevel {
  senders: number;
  server: Measured;
  ceiling: Measured;
  /** Requests per second of the server, as a share of the ceiling's. */
  ofCeiling: number;
  /** A row for each resource, with its text, and the document. */
  leanest: Measured;
  ofLeanest: number;
  /** Answers that were not 201; there must be none. */
  refused: number;
}

export interface IngestOptions {
  senders: readonly number[];
  /** Summaries for each number of senders. */
  summaries: number;
  /** Summaries sent before anything is measured. */
  warmUp: number;
}

export async function benchIngest(
  stage: Stage,
  server: Server,
  connection: PoolConfig,
  options: IngestOptions,
): Promise<IngestLevel[]> {
  const pool = openPool(connection, Math.max(...options.senders));
  const processes = { server: server.pid, postmaster: stage.postmaster };
  const levels: IngestLevel[] = [];
  try {
    await send(server, 4, summaryBodies(0, options.warmUp));
    let first = options.warmUp;
    const own = await openCeiling(pool);
    const leanest = await openLeanest(pool);
    for (const senders of options.senders) {
      const since = new Date();
      const bodies = summaryBodies(first, options.summaries);
      first += options.summaries;
      const sent = await send(server, senders, bodies, processes);
      const commitAll = async (ceiling: Ceiling): Promise<Measured> => {
        const batches = await ceiling.batchesSince(since);
        const own = { server: process.pid, postmaster: stage.postmaster };
        return measure({ lanes: senders, count: batches.length, processes: own }, (index) =>
          ceiling.commit(batches[index]!),
        );
      };
      const [ofOwn, ofLeanest] = [await commitAll(own), await commitAll(leanest)];
      levels.push({
        senders,
        server: sent.measured,
        ceiling: ofOwn,
        ofCeiling: sent.measured.perSecond / ofOwn.perSecond,
        leanest: ofLeanest,
        ofLeanest: sent.measured.perSecond / ofLeanest.perSecond,
        refused: sent.refused,
      });
    }
    return levels;
  } finally {
    await pool.end();
  }
}

async function send(
  server: Server,
  senders: number,
  bodies: readonly Buffer[],
  processes?: { server: number; postmaster: number },
): Promise<{ measured: Measured; refused: number }> {
  const client = httpClient(server.url, server.token, senders);
  let refused = 0;
  const measured = await measure(
    { lanes: senders, count: bodies.length, ...(processes && { processes }) },
    async (index) => {
      const { status } = await client.call({
        method: 'POST',
        path: '/FHIR/R4/Bundle',
        contentType: 'application/fhir+json',
        body: bodies[index]!,
      });
      if (status !== 201) refused += 1;
    },
  );
  client.close();
  return { measured, refused };
}
