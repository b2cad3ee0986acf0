import { readFile } from 'node:fs/promises';
import { routeList } from '@wardgrid/wire';
import { describe, expect, test } from 'vitest';
import { OPENAPI_FILE, openApiText } from './files.ts';

interface Operation {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, { readonly $ref?: string }>>;
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, unknown>>;
    readonly responses: Readonly<Record<string, unknown>>;
  };
}

const text = openApiText();
const document = JSON.parse(text) as OpenApi;
const operations = Object.entries(document.paths).flatMap(([path, verbs]) =>
  Object.entries(verbs).map(([method, operation]) => ({ path, method, operation })),
);

describe('the printed contract', () => {
  test('is the one checked in: run node scripts/openapi.ts', async () => {
    expect(await readFile(OPENAPI_FILE, 'utf8')).toBe(text);
  });

  test('has every route once', () => {
    expect(operations.map(({ operation }) => operation.operationId).toSorted()).toEqual(
      routeList.map(({ name }) => name).toSorted(),
    );
  });

  test('names every segment of a path as a parameter', () => {
    for (const { path, operation } of operations) {
      const segments = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const named = operation.parameters.filter((one) => one.in === 'path').map((one) => one.name);
      expect(named.toSorted(), operation.operationId).toEqual(segments.toSorted());
    }
  });

  test('asks for credentials wherever the route does', () => {
    const open = operations
      .filter(({ operation }) => operation.security.length === 0)
      .map(({ operation }) => operation.operationId);
    const expected = routeList.filter(({ route }) => route.permission === null);
    expect(open.toSorted()).toEqual(expected.map(({ name }) => name).toSorted());
  });

  test.each(['schemas', 'responses'] as const)(
    'refers only to %s that are there, and has none that nothing refers to',
    (kind) => {
      const pattern = new RegExp(`"#/components/${kind}/([\\w.-]+)"`, 'g');
      const referred = new Set([...text.matchAll(pattern)].map((match) => match[1]));
      expect([...referred].toSorted()).toEqual(Object.keys(document.components[kind]).toSorted());
    },
  );

  test('gives every problem that a route names', () => {
    for (const { name, route } of routeList) {
      const operation = operations.find((one) => one.operation.operationId === name)?.operation;
      const given = Object.values(operation?.responses ?? {}).flatMap(({ $ref = '' }) =>
        $ref.replace('#/components/responses/', '').split('.'),
      );
      expect(given, name).toEqual(expect.arrayContaining([...route.problems]));
    }
  });
});
