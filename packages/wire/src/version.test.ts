import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { canonicalJson } from '@wardgrid/base';
import {
  AgentSettings,
  Announcement,
  LicenceDocument,
  LiveEvent,
  LiveFrame,
  Order,
  PROTOCOL_VERSION,
  routeList,
} from './index.ts';

/** All that crosses a process boundary, as JSON Schema. */
function contract(): unknown {
  const schemaOf = (schema: z.ZodType, io: 'input' | 'output') =>
    z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return {
    routes: routeList.map(({ name, route }) => ({
      name,
      method: route.method,
      path: route.path,
      permission: route.permission,
      params: schemaOf(route.params, 'input'),
      query: schemaOf(route.query, 'input'),
      body: schemaOf(route.body, 'input'),
      response: schemaOf(route.response, 'output'),
    })),
    messages: [AgentSettings, Announcement, LicenceDocument, LiveEvent, LiveFrame, Order].map(
      (schema) => schemaOf(schema, 'output'),
    ),
  };
}

test('whoever changes a message raises PROTOCOL_VERSION or, before release, pins the new hash', () => {
  const hash = createHash('sha256').update(canonicalJson(contract())).digest('hex').slice(0, 16);
  expect({ version: PROTOCOL_VERSION, hash }).toMatchInlineSnapshot(`
    {
      "hash": "5a5d7d7f7d40320c",
      "version": 1,
    }
  `);
});

test('every route has a path of its own and params that match it', () => {
  const seen = new Set<string>();
  for (const { name, route } of routeList) {
    const key = `${route.method} ${route.path}`;
    expect(seen.has(key), `${name}: ${key} twice`).toBe(false);
    seen.add(key);
    const named = [...route.path.matchAll(/:([A-Za-z]+)/g)].map((match) => match[1]).toSorted();
    const schema = z.toJSONSchema(route.params, { io: 'input', unrepresentable: 'any' });
    expect(Object.keys(schema.properties ?? {}).toSorted(), name).toEqual(named);
  }
});
