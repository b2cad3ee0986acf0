import { deviceRoutes, enrolmentKeyRoutes } from '@wardgrid/wire';
import type { Http } from '../../platform/http.ts';
import type { EnrolmentKeys } from './enrolment/service.ts';
import type { createProtection } from './protection/service.ts';
import type { DeviceManagement } from './management/service.ts';
import type { Devices } from './service.ts';

interface Services {
  readonly devices: Devices;
  readonly management: DeviceManagement;
  readonly keys: EnrolmentKeys;
  readonly protection: ReturnType<typeof createProtection>;
}

export function mountDeviceRoutes(http: Http, services: Services): void {
  const { devices, management, keys, protection } = services;
  http.mount(deviceRoutes.list, (context, { query }) => devices.list(context, query));
  http.mount(deviceRoutes.read, (context, { params }) => devices.read(context, params.id));
  http.mount(deviceRoutes.update, async (context, { params, body }) => {
    await management.update(context, params.id, body);
    return devices.read(context, params.id);
  });
  http.mount(deviceRoutes.delete, (context, { params }) => management.retire(context, params.id));
  http.mount(deviceRoutes.inventory, (context, { params }) =>
    devices.inventory(context, params.id, params.section),
  );
  http.mount(deviceRoutes.protection, (context, { params }) => protection(context, params.id));
  http.mount(deviceRoutes.bulkUpdate, (context, { body }) => management.updateMany(context, body));

  http.mount(enrolmentKeyRoutes.list, (context, { query }) => keys.list(context, query));
  http.mount(enrolmentKeyRoutes.create, (context, { body }) => keys.create(context, body));
  http.mount(enrolmentKeyRoutes.read, (context, { params }) => keys.read(context, params.id));
  http.mount(enrolmentKeyRoutes.revoke, (context, { params }) => keys.revoke(context, params.id));
}
