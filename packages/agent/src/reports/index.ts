/**
 * What the agent reports of its own accord: the inventory, on schedule and by order. It owns when a
 * section is due and whether it says anything new; reading the machine is the platform's work, keeping
 * and sending the store's and the link's.
 */
export { createInventoryReports, type InventoryReports } from './inventory-reports.ts';
