import {
  controllerRoutes,
  joinCandidateRoutes,
  joinTokenRoutes,
  type SignedEnvelope,
  type SignedIntroduction,
} from '@wardgrid/wire';
import type { Http } from '../../platform/http.ts';
import type { JoinCandidates } from './candidates/service.ts';
import type { Joining } from './joining/service.ts';
import type { Controllers } from './service.ts';
import type { JoinTokens } from './tokens/service.ts';

export function mountControllerRoutes(
  http: Http,
  services: {
    readonly controllers: Controllers;
    readonly tokens: JoinTokens;
    readonly candidates: JoinCandidates;
    readonly joining: Joining;
    readonly ownCertificate: (tenantId: string) => Promise<SignedEnvelope>;
    readonly introduce: (nonce: string) => SignedIntroduction;
  },
): void {
  const { controllers, tokens, candidates, joining, ownCertificate } = services;
  http.mount(controllerRoutes.list, (context, { query }) => controllers.list(context, query));
  http.mount(controllerRoutes.read, (context, { params }) => controllers.read(context, params.id));
  http.mount(controllerRoutes.update, (context, { params, body }) =>
    controllers.update(context, params.id, body),
  );
  http.mount(controllerRoutes.revoke, (context, { params, body }) =>
    controllers.revoke(context, params.id, body.reason ?? null),
  );
  http.mountOpen(controllerRoutes.certificate, async (_, { params }) => ({
    certificate: await ownCertificate(params.tenantId),
  }));
  http.mountOpen(controllerRoutes.join, (context, { body }) => joining.join(body, context.address));

  http.mount(joinTokenRoutes.list, (context, { query }) => tokens.list(context, query));
  http.mount(joinTokenRoutes.create, (context, { body }) => tokens.create(context, body));
  http.mount(joinTokenRoutes.revoke, (context, { params }) => tokens.revoke(context, params.id));

  http.mount(joinCandidateRoutes.list, (context, { query }) => candidates.list(context, query));
  http.mount(joinCandidateRoutes.read, (context, { params }) =>
    candidates.read(context, params.fingerprint),
  );
  http.mount(joinCandidateRoutes.approve, (context, { params, body }) =>
    candidates.approve(context, params.fingerprint, body),
  );
  http.mount(joinCandidateRoutes.deny, (context, { params, body }) =>
    candidates.deny(context, params.fingerprint, body),
  );
  http.mountOpen(joinCandidateRoutes.introduce, async (_, { params }) =>
    services.introduce(params.nonce),
  );
  http.mountOpen(joinCandidateRoutes.ask, (context, { body }) =>
    joining.ask(body, context.address),
  );
}
