/** `POST /oauth2/token` and the SMART configuration document. @see docs/access.md */
import { senderFor } from '../../access/caller';
import { issueToken, readTokenForm, type TokenEndpointDependencies } from '../../access/token-endpoint';
import { smartConfiguration } from '../../access/smart-configuration';
import type { Answer, Exchange } from '../exchange';
import { clientCertificateOf } from '../tls';

const asJson = (value: unknown): { contentType: string; body: Buffer } => ({
  contentType: 'application/json; charset=utf-8',
  body: Buffer.from(`${JSON.stringify(value)}\n`),
});

export async function token(
  exchange: Exchange,
  body: Buffer,
  dependencies: TokenEndpointDependencies,
): Promise<Answer> {
  const contentType = exchange.request.headers['content-type'] ?? '';
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType)) {
    // In the words of OAuth: who asks for a token reads these.
    return {
      status: 415,
      headers: { Pragma: 'no-cache' },
      bytes: asJson({
        error: 'invalid_request',
        error_description: 'The Content-Type must be application/x-www-form-urlencoded.',
        message_id: exchange.requestId,
      }),
    };
  }
  const certificateSha256 = clientCertificateOf(exchange.request.socket);
  const answer = await issueToken(readTokenForm(body.toString('utf8')), dependencies, {
    requestId: exchange.requestId,
    ...(certificateSha256 === undefined ? {} : { certificateSha256 }),
  });
  const { clientId, odsCode, proven } = answer.about;
  if (clientId !== undefined) {
    exchange.audit.client = {
      clientId,
      sender: senderFor(clientId, odsCode),
      proven,
      ...(odsCode === undefined ? {} : { odsCode }),
    };
  }
  return { status: answer.status, headers: { ...answer.headers }, bytes: asJson(answer.body) };
}

export async function smart(exchange: Exchange, types: readonly string[]): Promise<Answer> {
  return {
    status: 200,
    bytes: asJson(smartConfiguration({ tokenUrl: `${exchange.baseUrl}/oauth2/token`, types })),
  };
}
