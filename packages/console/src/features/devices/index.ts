/**
 * Devices in the console: the list, one device with all that is known of it, adding devices and
 * the keys they enrol with. It owns their pages; what a scan is belongs to `jobs`.
 */
export { AddDevicePage } from './AddDevicePage.tsx';
export { DeviceListPage } from './DeviceListPage.tsx';
export { DevicePage } from './DevicePage.tsx';
export { EnrolmentKeyListPage } from './EnrolmentKeyListPage.tsx';
