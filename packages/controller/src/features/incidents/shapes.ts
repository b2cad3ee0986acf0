import {
  instantOf,
  type IncidentKind,
  type IncidentState,
  type Instant,
  type Severity,
} from '@wardgrid/wire';
import type * as z from 'zod';
import type { Transaction } from '../../platform/database.ts';

/** Resolves the open findings of an incident where the caller may; how many were, and how many stay open. */
export type ResolveFindings = (
  tx: Transaction,
  given: { readonly incidentId: string; readonly mayChange: (scope: string) => boolean },
) => Promise<{ readonly resolved: number; readonly left: number }>;

/** Where an incident belongs. */
export interface IncidentPlace {
  readonly tenantId: string;
  readonly organizationId: string;
  readonly scope: string;
}

/** An incident to open, or to join when one is open for the same cause. */
export interface NewIncident extends IncidentPlace {
  readonly id: string;
  readonly kind: z.infer<typeof IncidentKind>;
  /** One open incident for one cause. */
  readonly dedupeKey: string;
  readonly title: string;
  readonly severity: Severity;
  /** What happened, for the timeline. */
  readonly note: string;
  readonly at: number;
}

export interface OpenedIncident {
  readonly id: string;
  readonly dedupeKey: string;
  readonly tenantId: string;
  readonly scope: string;
  readonly isNew: boolean;
}

export interface IncidentRow {
  readonly id: string;
  readonly ref: string | null;
  readonly tenant_id: string;
  readonly organization_id: string;
  readonly organization_name: string;
  readonly scope: string;
  readonly kind: z.infer<typeof IncidentKind>;
  readonly title: string;
  readonly severity: number;
  readonly state: z.infer<typeof IncidentState>;
  readonly opened_at: number;
  readonly closed_at: number | null;
  readonly closed_by: string | null;
  readonly timeline: readonly TimelineEntry[];
  readonly device_count: number;
  readonly finding_count: number;
  readonly techniques: string[];
  readonly devices: readonly { readonly id: string; readonly name: string }[];
}

export interface TimelineEntry {
  readonly at: Instant;
  readonly text: string;
  /** Who did it, when it was a person. */
  readonly by?: string;
}

/** Most entries of a timeline; more than that nobody reads, and a hostile device could write. */
export const TIMELINE_MAX = 200;

/** Longest entry of a timeline. */
const ENTRY_LENGTH_MAX = 500;

/** One entry of a timeline. */
export function entryOf(text: string, at: number, by?: string): TimelineEntry {
  const shown = text.slice(0, ENTRY_LENGTH_MAX).toWellFormed();
  return { at: instantOf(at), text: shown, ...(by === undefined ? {} : { by }) };
}

/** Who closed what closed by itself. */
export const CLOSED_BY_ITSELF = 'Wardgrid';

/** An incident that closed by itself, as consoles are told of it. */
export interface ClosedIncident {
  readonly id: string;
  readonly tenantId: string;
  readonly scope: string;
}

/** What changed, for whoever tells the consoles. */
export interface IncidentChange extends ClosedIncident {
  readonly verb: 'created' | 'changed';
}
