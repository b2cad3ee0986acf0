import { controllerRoutes, joinTokenRoutes, type SignedEnvelope } from '@wardgrid/wire';
import type { Http } from '../../platform/http.ts';
import type { Joining } from './joining/service.ts';
import type { Controllers } from './service.ts';
import type { JoinTokens } from './tokens/service.ts';

export function mountControllerRoutes(
  http: Http,
  services: {
    readonly controllers: Controllers;
    readonly tokens: JoinTokens;
    readonly joining: Joining;
    readonly ownCertificate: (tenantId: string) => Promise<SignedEnvelope>;
  },
): void {
  const { controllers, tokens, joining, ownCertificate } = services;
  http.mount(controllerRoutes.list, (context, { query }) => controllers.list(context, query));
  http.mount(controllerRoutes.read, (context, { params }) => controllers.read(context, params.id));
  http.mount(controllerRoutes.update, (context, { params, body }) =>
    controllers.update(context, params.id, body),
  );
  http.mount(controllerRoutes.approve, (context, { params }) =>
    controllers.approve(context, params.id),
  );
  http.mount(controllerRoutes.deny, (context, { params }) => controllers.deny(context, params.id));
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
}
