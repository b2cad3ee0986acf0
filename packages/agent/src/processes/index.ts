/**
 * Ending processes: by a descriptor that can never come to mean another process, after the start time
 * was compared. It spares the system, the agent and whatever the agent lives by; it must not decide
 * who deserves to be ended.
 */
export { createProcessKiller, type KillOutcome, type ProcessKiller } from './kill.ts';
