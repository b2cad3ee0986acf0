import { ruleExceptionRoutes, ruleRoutes, ruleSetRoutes, ruleSwitchRoutes } from '@wardgrid/wire';
import type { Http } from '../../platform/http.ts';
import type { createExceptions } from './exceptions/service.ts';
import type { createRuleSets } from './imports/service.ts';
import type { createRuleList } from './list.ts';
import type { createSwitches } from './switches/service.ts';

interface Services {
  readonly rules: ReturnType<typeof createRuleList>;
  readonly sets: ReturnType<typeof createRuleSets>;
  readonly switches: ReturnType<typeof createSwitches>;
  readonly exceptions: ReturnType<typeof createExceptions>;
}

export function mountRuleRoutes(http: Http, services: Services): void {
  const { rules, sets, switches, exceptions } = services;
  http.mount(ruleRoutes.list, (context, { query }) => rules.list(context, query));
  http.mount(ruleRoutes.read, (context, { params }) => rules.read(context, params.id));

  http.mount(ruleSetRoutes.list, (context, { query }) => sets.list(context, query));
  http.mount(ruleSetRoutes.create, (context, { body }) => sets.create(context, body));
  http.mount(ruleSetRoutes.read, (context, { params }) => sets.read(context, params.id));
  http.mount(ruleSetRoutes.update, (context, { params, body }) =>
    sets.update(context, params.id, body),
  );
  http.mount(ruleSetRoutes.delete, (context, { params }) => sets.remove(context, params.id));

  http.mount(ruleSwitchRoutes.list, (context, { query }) => switches.list(context, query));
  http.mount(ruleSwitchRoutes.set, (context, { body }) => switches.set(context, body));
  http.mount(ruleSwitchRoutes.delete, (context, { params }) => switches.remove(context, params.id));

  http.mount(ruleExceptionRoutes.list, (context, { query }) => exceptions.list(context, query));
  http.mount(ruleExceptionRoutes.create, (context, { body }) => exceptions.create(context, body));
  http.mount(ruleExceptionRoutes.trial, (context, { body }) => exceptions.trial(context, body));
  http.mount(ruleExceptionRoutes.read, (context, { params }) =>
    exceptions.read(context, params.id),
  );
  http.mount(ruleExceptionRoutes.delete, (context, { params }) =>
    exceptions.remove(context, params.id),
  );
}
