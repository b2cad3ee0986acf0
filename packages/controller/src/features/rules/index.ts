/**
 * Rules: the product's detection content and what tenants bring along, how rules are switched, and
 * what is left out of them. Owns the tables `content_*`, `rule_*`. It must not match events as devices
 * do: it tries exceptions on findings that are there, and says what devices are to run.
 */
import { messageOf } from '@wardgrid/base';
import type { ContentChunk, DeviceFinding } from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';
import type { Platform } from '../../platform/services.ts';
import { dueAt } from '../policies/index.ts';
import { appliedRepository, type PlacedDevice } from './applied-repository.ts';
import { appliedRules, type AppliedRules } from './applied.ts';
import { publishProduct } from './content/product.ts';
import { createContent } from './content/service.ts';
import type { RuleDeps } from './deps.ts';
import { exceptionStore } from './exceptions/repository.ts';
import { createExceptions } from './exceptions/service.ts';
import { hiddenBy } from './exceptions/trial.ts';
import { createCompiler } from './imports/compiler.ts';
import { createRuleSets } from './imports/service.ts';
import { createRuleList } from './list.ts';
import { mountRuleRoutes } from './routes.ts';
import { createSwitches } from './switches/service.ts';

export type { AppliedRules } from './applied.ts';

/** A finding that a device tells. */
interface ToldFinding {
  readonly device: PlacedDevice;
  readonly thing: DeviceFinding;
}

/** What other features may ask. */
export interface RulesFeature {
  readonly applied: (
    tx: Transaction,
    devices: readonly PlacedDevice[],
  ) => Promise<ReadonlyMap<string, AppliedRules>>;
  /** Of findings, the exception that hides each: a device may have told them before it knew. */
  readonly exceptionsOf: (
    tx: Transaction,
    told: readonly ToldFinding[],
  ) => Promise<ReadonlyMap<string, string>>;
  readonly content: (deviceId: string, digest: string, offset: number) => Promise<ContentChunk>;
  /** Publishes the product's content, and ends exceptions whose time is over, until aborted. */
  readonly start: (signal: AbortSignal) => Promise<void>;
}

/** How often it is looked whether the time of an exception is over. */
const END_EVERY_MS = 60_000;

export function createRulesFeature(platform: Platform, deps: RuleDeps): RulesFeature {
  const { clock, database, log } = platform;
  const compile = createCompiler(clock);
  mountRuleRoutes(platform.http, {
    rules: createRuleList(platform),
    sets: createRuleSets(platform, deps, compile),
    switches: createSwitches(platform, deps),
    exceptions: createExceptions(platform, deps),
  });

  const endExceptions = (): Promise<void> =>
    database.transact({ kind: 'ingest' }, async (tx) => {
      const ended = await exceptionStore(tx).end(clock.now());
      if (ended.length === 0) return;
      await exceptionStore(tx).show(ended.map(({ id }) => id));
      for (const one of ended) await deps.makeSettingsDue(tx, dueAt(one));
    });

  return {
    applied: (tx, devices) => appliedRules(tx, devices, clock.now()),
    async exceptionsOf(tx, told) {
      const devices = new Map(told.map(({ device }) => [device.deviceId, device]));
      if (devices.size === 0) return new Map();
      const nowMs = clock.now();
      const found = await appliedRepository(tx).exceptions([...devices.values()], nowMs);
      const hidden = new Map<string, string>();
      for (const [deviceId, exceptions] of Map.groupBy(found, (one) => one.deviceId)) {
        const findings = told
          .filter(({ device }) => device.deviceId === deviceId)
          .map(({ thing: { id, rule, event } }) => ({ id, rule, event }));
        for (const pair of hiddenBy(exceptions, findings, nowMs)) hidden.set(...pair);
      }
      return hidden;
    },
    content: createContent(platform),
    async start(signal) {
      await publishProduct(platform, deps, compile).catch((error: unknown) =>
        log.error('detection content was not published', { reason: messageOf(error) }),
      );
      while (!signal.aborted) {
        await endExceptions().catch((error: unknown) =>
          log.warn('exceptions were not ended', { reason: messageOf(error) }),
        );
        await clock.sleep(END_EVERY_MS, signal).catch(() => undefined);
      }
    },
  };
}
