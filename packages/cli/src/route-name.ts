import { assert } from '@wardgrid/base';
import type { Route } from '@wardgrid/wire';
import type { Wire } from './connection.ts';

type Routes = Wire['routes'];

/** The name of a route of the contract: `devices.list`. A name that is none does not compile. */
export type RouteName = {
  [Noun in keyof Routes]: `${Noun}.${keyof Routes[Noun] & string}`;
}[keyof Routes];

/** The route of a name. */
export function routeOf(wire: Wire, name: RouteName): Route {
  const found = wire.routeList.find((entry) => entry.name === name);
  assert(found, `the contract has ${name}`);
  return found.route;
}
