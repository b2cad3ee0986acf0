/**
 * The version of everything that crosses a process boundary. `version.test.ts` pins a hash of all
 * schemas beside it: whoever changes a message raises this number and adds a line below.
 *
 * 1: the first contract (enrolment, exchange, discovery and port scan, console API).
 */
export const PROTOCOL_VERSION = 1;

/** The oldest protocol that controllers still serve: agents update later than controllers. */
export const MIN_SUPPORTED_PROTOCOL_VERSION = 1;

/** The product's version, as `wardgrid --version` prints it. */
export const PRODUCT_VERSION = '0.1.0';
