import { systemCalls } from './system-calls.ts';

/**
 * Gives memory that was freed back to the system. The C library keeps it for later use otherwise, and
 * after rules were compiled that is some 7 MB which are not used again for days. Takes about a
 * millisecond. Does nothing where system calls cannot be made.
 */
export function giveBackMemory(): void {
  try {
    systemCalls().malloc_trim(0n);
  } catch {
    // Then there is nobody to give it to.
  }
}
