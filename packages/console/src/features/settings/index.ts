/**
 * What concerns the signed-in person alone: how the console looks, password, second factor,
 * sessions, API tokens, and approving a program's sign-in. It must not touch another account.
 */
export { DeviceCodePage } from './DeviceCodePage.tsx';
export { SettingsPage } from './SettingsPage.tsx';
