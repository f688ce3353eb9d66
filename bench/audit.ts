/**
 * What the audit trail costs: the same searches, in turn on a server that records them before it answers and on one that
 * does not, on the same database.
 */
import type { Pool, PoolConfig } from 'pg';
import { httpClient } from './http-client';
import { NHS_NUMBER } from './lookups';
import { measure, median, middle, type Measured } from './measure';
import { openPool } from './open-pool';
import type { Server } from './start-server';
import type { Stage } from './stage';

export interface AuditResult {
  readers: number;
  audited: Measured;
  unaudited: Measured;
  /** Searches per second with the trail, as a share of those without: the middle one of the turns. */
  share: number;
  /** Records that the trail has gained for the audited searches; there must be one for each. */
  records: number;
  refused: number;
}

/** The two take turns, so that whatever else the machine does weighs on both. */
const TURNS = 5;

export async function benchAudit(
  stage: Stage,
  connection: PoolConfig,
  { readers, seconds }: { readers: number; seconds: number },
): Promise<AuditResult> {
  const pool = openPool(connection, 1);
  const servers = await Promise.all([stage.serve(connection), stage.serve(connection, { audited: false })]);
  try {
    const { rows } = await pool.query<{ nhs_number: string }>(
      'SELECT nhs_number FROM patient ORDER BY md5(nhs_number) LIMIT 1000',
    );
    let refused = 0;
    const turn = async (server: Server, duration: number): Promise<Measured> => {
      const client = httpClient(server.url, server.token, readers);
      const processes = { server: server.pid, postmaster: stage.postmaster };
      const measured = await measure({ lanes: readers, seconds: duration, processes }, async (index) => {
        const nhsNumber = encodeURIComponent(NHS_NUMBER + rows[index % rows.length]!.nhs_number);
        const { status } = await client.call({
          method: 'GET',
          path: `/FHIR/R4/DocumentReference?patient:identifier=${nhsNumber}`,
        });
        if (status !== 200) refused += 1;
      });
      client.close();
      return measured;
    };
    for (const server of servers) await turn(server, seconds / TURNS);
    const before = await recordsIn(pool);
    const turns: Measured[][] = [];
    for (let i = 0; i < TURNS; i += 1) {
      turns.push([await turn(servers[0], seconds / TURNS), await turn(servers[1], seconds / TURNS)]);
    }
    const audited = middle(turns.map(([first]) => first!));
    const unaudited = middle(turns.map(([, second]) => second!));
    return {
      readers,
      audited,
      unaudited,
      share: median(turns.map(([first, second]) => first!.perSecond / second!.perSecond)),
      records: (await recordsIn(pool)) - before,
      refused,
    };
  } finally {
    for (const server of servers) await server.stop();
    await pool.end();
  }
}

async function recordsIn(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ count: string }>('SELECT count(*) FROM audit_record');
  return Number(rows[0]?.count ?? 0);
}
