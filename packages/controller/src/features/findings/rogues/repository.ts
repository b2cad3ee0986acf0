import { sql } from 'kysely';
import { Severity } from '@wardgrid/wire';
import type { Transaction } from '../../../platform/database.ts';
import { storableJson } from '../../../platform/stored-text.ts';
import type { FindingPlace } from '../repository.ts';

/** A controller, or somebody who says to be one, that something is wrong with. */
export interface RogueController {
  readonly tenantId: string;
  /** What the controller serves that heard it. */
  readonly served: string;
  /** What tells this one from others: its key, or where it spoke from. */
  readonly key: string;
  readonly subject: string;
  readonly evidence: Readonly<Record<string, string>>;
}

/** What a finding about controllers says. */
export interface ControllerRule {
  readonly rule: string;
  readonly title: string;
  readonly remedy: string;
  readonly severity: Severity;
  /** ATT&CK. */
  readonly techniques: readonly string[];
}

/** Findings about rogues, with the workers' rights. */
export function rogueFindings(tx: Transaction) {
  return {
    /** In the oldest organization that the controller has to do with; nothing where there is none. */
    open: (
      { rule, title, remedy, severity, techniques }: ControllerRule,
      rogue: RogueController,
      at: { readonly id: string; readonly nowMs: number },
    ): Promise<(FindingPlace & { readonly id: string; readonly isNew: boolean })[]> =>
      tx.rows(sql<FindingPlace & { readonly id: string; readonly isNew: boolean }>`
        insert into finding as f (id, tenant_id, organization_id, scope, rule, dedupe_key, title, severity, state,
          category, engine, confidence, techniques, subject, evidence, remedy, first_seen_at, last_seen_at)
        select ${at.id}, o.tenant_id, o.id,
          case when o.scope @> ${rogue.served}::ltree then ${rogue.served}::ltree else o.scope end, ${rule},
          ${`${rule}:${rogue.key}`}, ${title}, ${Severity.options.indexOf(severity)}::int, 'open', 'threat', 'anomaly', 70,
          ${[...techniques]}::text[], ${rogue.subject}, ${storableJson(rogue.evidence)}::jsonb, ${remedy},
          ${new Date(at.nowMs)}, ${new Date(at.nowMs)}
        from organization o
        where o.tenant_id = ${rogue.tenantId}
          and (o.scope @> ${rogue.served}::ltree or o.scope <@ ${rogue.served}::ltree)
        order by o.created_at, o.id limit 1
        on conflict (tenant_id, dedupe_key) do update set last_seen_at = excluded.last_seen_at,
          subject = excluded.subject, evidence = excluded.evidence, count = f.count + 1, resolved_at = null,
          reopened = f.reopened + (f.state = 'resolved')::int,
          state = case when f.state = 'ignored' then 'ignored' else 'open' end
        returning f.id, f.tenant_id as "tenantId", f.organization_id as "organizationId", f.scope::text as scope,
          f.xmax = 0 as "isNew"`),
  };
}
