import { isDuplicateOf } from '../../platform/database.ts';
import { ControllerError } from '../../platform/error.ts';

/** The unique indexes that hold names apart, and what a person calls the thing. */
const INDEXES = {
  tenant: 'tenant_name',
  organization: 'organization_name',
  group: 'device_group_name',
} as const;

/** Runs `work`; a name that is taken becomes a problem. @throws ControllerError `name-taken`. */
export async function refuseTakenName<T>(
  kind: keyof typeof INDEXES,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isDuplicateOf(error, INDEXES[kind])) throw error;
    throw new ControllerError('name-taken', `there is a ${kind} '${name}' here already`, {
      cause: error,
    });
  }
}
