/** `homeward token`: a token of the sandbox, for trying things out. */
import { existsSync } from 'node:fs';
import { sandboxKeyFile, sandboxToken } from '../../engines/access/sandbox';
import { faultOfScopes } from '../../engines/access/scope-fault';
import { sandboxScope } from './banner';
import { defineCommand, failed, usageFault } from './command';
import { ODS_FAULT, odsCodeIn } from './ods-code';
import { openCommandDatabase } from './open-database';
import { recordAct } from './record-act';
import { settings } from './settings';

const TTL_FAULT =
  '--ttl must be a number of seconds, minutes, hours or days, for example 90s, 15m, 1h or 7d.';

export const token = defineCommand({
  name: 'token',
  purpose: 'print an access token of the sandbox',
  about: [
    'Run it in the folder where the server was started, or with the same DATA_DIR. The token is signed with the key of that sandbox. For a secured server, get a token from its issuer or from POST /oauth2/token.',
  ],
  options: {
    scope: {
      value: '"SCOPES"',
      meaning: 'what the token allows: SMART scopes, separated by spaces',
      unlessGiven: sandboxScope,
    },
    ods: { value: 'CODE', meaning: 'the organisation to act for', unlessGiven: 'no organisation' },
    ttl: { value: 'TIME', meaning: 'how long it is valid: 90s, 15m, 1h, 7d', unlessGiven: '1h' },
    sub: { value: 'CLIENT', meaning: 'the client id', unlessGiven: 'sandbox' },
  },
  examples: [
    'npx homeward token --scope "system/Bundle.c system/*.rs" --ods RR8',
    'TOKEN=$(npx homeward token --scope system/AuditEvent.rs --ttl 15m)',
  ],
  run: async ({ values }, env, stop) => {
    const { scope = sandboxScope, ods, sub, ttl = '1h' } = values;
    const ttlSeconds = secondsOf(ttl);
    if (ttlSeconds === undefined) return usageFault(TTL_FAULT, 'token');
    const fault = faultOfScopes(scope);
    if (fault !== undefined) return usageFault(`--scope: ${fault}`, 'token');
    const odsCode = ods === undefined ? undefined : odsCodeIn(ods);
    if (ods !== undefined && odsCode === undefined) return usageFault(ODS_FAULT, 'token');
    const config = settings(env);
    if (!config) return 78;
    if (config.mode !== 'sandbox')
      return failed(
        'the token command works only for a sandbox. For a secured server, get a token from its issuer or from POST /oauth2/token.',
        78,
      );
    if (!existsSync(sandboxKeyFile(config.dataDir)))
      return failed(
        `there is no sandbox in ${config.dataDir}. Start the server first. Then run this command in the same folder, or set DATA_DIR to the server's folder.`,
        78,
      );
    const { database, close } = await openCommandDatabase(config, { stop, claims: true });
    try {
      // Record the token before printing it.
      const given = `client ${sub ?? 'sandbox'}, organisation ${odsCode ?? 'none'}, scope ${scope}`;
      await recordAct(database, config, '$token', `${given}, ${ttlSeconds} s`, { target: 'homeward token' });
    } finally {
      await close();
    }
    const made = await sandboxToken(config.dataDir, {
      scope,
      ttlSeconds,
      ...(odsCode === undefined ? {} : { ods: odsCode }),
      ...(sub === undefined ? {} : { sub }),
    });
    if (values.scope === undefined)
      process.stderr.write(`homeward: no --scope was given; granted: ${scope}\n`);
    process.stdout.write(`${made}\n`);
    return 0;
  },
});

/** `90s`, `15m`, `1h`, `7d`, or bare seconds; at least one. */
export function secondsOf(text: string): number | undefined {
  const match = /^(\d{1,9})([smhd]?)$/.exec(text);
  if (!match || Number(match[1]) === 0) return undefined;
  const unit = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }[match[2] as '' | 's' | 'm' | 'h' | 'd'];
  return Number(match[1]) * unit;
}
