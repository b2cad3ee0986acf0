/**
 * The controller: one program, three roles. This door is for the launcher and for tests; it owns the
 * server, its database and its console, and must not know how agents or people are made.
 */
export { startController, type Controller, type ControllerOptions } from './app.ts';
export { Config } from './config.ts';
