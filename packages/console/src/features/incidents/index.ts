/**
 * Incidents in the console: their list and one incident with its timeline and devices. It owns how
 * people handle them; opening and grouping them is the controller's work.
 */
export { IncidentListPage } from './IncidentListPage.tsx';
export { IncidentPage } from './IncidentPage.tsx';
