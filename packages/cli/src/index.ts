/**
 * The command line for people and scripts: one command tree over the routes of the wire contract.
 * It owns how commands are named, read and printed, and the profiles of who is signed in where; it
 * must not decide anything that a controller decides, nor know how one works.
 */
export { main } from './main.ts';
