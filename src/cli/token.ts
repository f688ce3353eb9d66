/** `homeward token`: a token of the sandbox, for trying things out. */
import { parseArgs } from 'node:util';
import { sandboxToken } from '../access/sandbox';
import { sandboxScope } from './banner';
import type { Command } from './command';
import { openCommandDatabase } from './open-database';
import { recordAct } from './record-act';
import { settings } from './settings';

export const token: Command = async (args, env, stop) => {
  const config = settings(env);
  if (!config) return 78;
  if (config.mode !== 'sandbox') {
    process.stderr.write(
      'homeward: tokens are made here in the sandbox only; those of a secured server come from its issuer or its token endpoint\n',
    );
    return 78;
  }
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        scope: { type: 'string' },
        ods: { type: 'string' },
        ttl: { type: 'string' },
        sub: { type: 'string' },
      },
    }));
  } catch {
    process.stderr.write(
      'homeward: usage: homeward token --scope "…" [--ods CODE] [--ttl 1h] [--sub CLIENT]\n',
    );
    return 64;
  }
  const ttlSeconds = secondsOf(values.ttl ?? '1h');
  if (ttlSeconds === undefined) {
    process.stderr.write(
      'homeward: --ttl should be a number of seconds, minutes, hours or days, such as 90s, 15m, 1h or 7d\n',
    );
    return 64;
  }
  if (values.ods !== undefined && !/^[A-Za-z0-9]{3,12}$/.test(values.ods)) {
    process.stderr.write('homeward: --ods should be an ODS code, such as RR8\n');
    return 64;
  }
  const scope = values.scope ?? sandboxScope;
  const { database, close } = await openCommandDatabase(config, { stop, claims: true });
  try {
    // Recorded before it is handed out.
    const given = `client ${values.sub ?? 'sandbox'}, organisation ${values.ods ?? 'none'}, scope ${scope}`;
    await recordAct(database, config, '$token', `${given}, ${ttlSeconds} s`, { target: 'homeward token' });
  } finally {
    await close();
  }
  const made = await sandboxToken(config.dataDir, {
    scope,
    ttlSeconds,
    ...(values.ods === undefined ? {} : { ods: values.ods }),
    ...(values.sub === undefined ? {} : { sub: values.sub }),
  });
  process.stdout.write(`${made}\n`);
  return 0;
};

/** `90s`, `15m`, `1h`, `7d`, or bare seconds. */
export function secondsOf(text: string): number | undefined {
  const match = /^(\d{1,9})([smhd]?)$/.exec(text);
  if (!match) return undefined;
  const unit = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }[match[2] as '' | 's' | 'm' | 'h' | 'd'];
  return Number(match[1]) * unit;
}
