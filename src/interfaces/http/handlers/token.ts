/** `POST /oauth2/token` and the SMART configuration document. @see docs/access.md */
import type { ResourceDefinition } from '../../../definitions/resource-definition';
import { scopeRulesOf } from '../../../definitions/scope-rules';
import { senderFor } from '../../../engines/access/caller';
import {
  issueToken,
  readTokenForm,
  type TokenEndpointDependencies,
} from '../../../engines/access/token-endpoint';
import { smartConfiguration } from '../../../engines/access/smart-configuration';
import { refused, type Answer, type RequestContext } from '../request-context';
import { oauthBody } from '../failure-answer';
import { clientCertificateOf } from '../../../platform/tls';

export async function token(
  context: RequestContext,
  body: Buffer,
  dependencies: TokenEndpointDependencies,
): Promise<Answer> {
  const contentType = context.request.headers['content-type'] ?? '';
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType)) {
    throw refused('unsupported-media-type', {
      code: 'not-supported',
      rule: 'http-content-type',
      text: 'The Content-Type must be application/x-www-form-urlencoded.',
    });
  }
  const certificateSha256 = clientCertificateOf(context.request.socket);
  const answer = await issueToken(readTokenForm(body.toString('utf8')), dependencies, {
    requestId: context.requestId,
    ...(certificateSha256 === undefined ? {} : { certificateSha256 }),
  });
  const { clientId, odsCode, proven, fault } = answer.about;
  if (fault !== undefined) {
    context.log.warn(
      { requestId: context.requestId, clientId, isProven: proven, fault },
      'client assertion refused',
    );
  }
  if (clientId !== undefined) {
    const sender = senderFor(clientId, odsCode);
    context.note({ client: { clientId, sender, proven, ...(odsCode === undefined ? {} : { odsCode }) } });
  }
  return { status: answer.status, headers: { ...answer.headers }, bytes: oauthBody(answer.body) };
}

export async function smart(
  context: RequestContext,
  definitions: readonly Pick<ResourceDefinition, 'type' | 'scope'>[],
): Promise<Answer> {
  const types = definitions.map(({ type }) => type);
  return {
    status: 200,
    bytes: oauthBody(
      smartConfiguration({ tokenUrl: `${context.baseUrl}/oauth2/token`, types }, scopeRulesOf(definitions)),
    ),
  };
}
