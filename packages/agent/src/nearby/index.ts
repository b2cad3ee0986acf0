/**
 * Controllers nearby: what announces itself on the local network by multicast DNS. It learns where a
 * controller of the device's own list is called now, and tells of whoever says to be a controller and
 * is not. It owns no trust: an announcement proposes an address, keys and certificates decide.
 */
export { createNearby, type Nearby, type NearbyOptions } from './nearby.ts';
