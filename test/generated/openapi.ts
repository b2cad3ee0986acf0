import {
  API_PREFIX,
  isReading,
  Permission,
  Problem,
  problemOf,
  routeList,
  type Access,
  type ProblemCode,
  type Route,
} from '@wardgrid/wire';
import { createComponents, type Components, type Json } from './components.ts';

/** Problems that any route may give. */
const ALWAYS: readonly ProblemCode[] = ['rate-limited', 'internal', 'unavailable'];
const OF_BODIES: readonly ProblemCode[] = [
  'invalid-json',
  'invalid-body',
  'body-too-large',
  'unsupported-media-type',
];
const OF_LISTS: readonly ProblemCode[] = ['filter-invalid', 'sort-invalid', 'cursor-invalid'];
const OF_PEOPLE: readonly ProblemCode[] = ['not-signed-in', 'session-expired', 'address-blocked'];
const OF_LICENCES: readonly ProblemCode[] = [
  'licence-expired',
  'licence-suspended',
  'licence-missing',
];

const SECURITY_SCHEMES = {
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-wardgrid-access',
    description: 'The access cookie of a session; unsafe methods need `csrf` as well.',
  },
  csrf: {
    type: 'apiKey',
    in: 'header',
    name: 'x-wardgrid-csrf',
    description: 'The `csrfToken` of the session.',
  },
  token: { type: 'http', scheme: 'bearer', description: 'An API token.' },
  device: {
    type: 'apiKey',
    in: 'header',
    name: 'authorization',
    description: '`Device <token>` with the token of a device session.',
  },
} as const;

/** The contract as an OpenAPI 3.1 document, printed from the routes and nothing else. */
export function openApiDocument(): Json {
  const components = createComponents();
  const paths: Record<string, Record<string, Json>> = {};
  for (const { name, route } of routeList) {
    const path = `${API_PREFIX}${route.path}`.replaceAll(/:([a-zA-Z]+)/g, '{$1}');
    paths[path] = {
      ...paths[path],
      [route.method.toLowerCase()]: operationOf(name, route, components),
    };
  }
  const responses = responsesOf(components);
  return {
    openapi: '3.1.1',
    'x-made-by': 'Made by scripts/openapi.ts, do not edit.',
    info: {
      title: 'Wardgrid',
      version: '1',
      description:
        'Problems are RFC 9457 documents; branch on `code`. Lists page by `cursor`. ' +
        '`Idempotency-Key` makes a POST safe to repeat, `If-Match` a change safe to make. ' +
        '`Temporary-Id: tmp:…` names what a POST makes, for clients that cannot keep its id.',
    },
    paths,
    components: {
      schemas: components.schemas(),
      responses,
      securitySchemes: SECURITY_SCHEMES,
    },
  };
}

function operationOf(name: string, route: Route, components: Components): Json {
  const [noun = ''] = name.split('.');
  const body = components.inline(route.body, 'input');
  const hasBody = hasBodyOf(route, components);
  return {
    operationId: name,
    tags: [noun],
    summary: route.summary,
    ...(isPermission(route.permission) ? { 'x-permission': route.permission } : {}),
    security: securityOf(route),
    parameters: [
      ...parametersOf(components.inline(route.params, 'input'), 'path'),
      ...parametersOf(components.inline(route.query, 'input'), 'query'),
      ...headersOf(route),
    ],
    ...(hasBody
      ? { requestBody: { required: true, content: { 'application/json': { schema: body } } } }
      : {}),
    responses: {
      [route.status]: successOf(route, components),
      ...problemsOf(codesOf(route, hasBody, components)),
    },
  };
}

function hasBodyOf(route: Route, components: Components): boolean {
  return route.method !== 'GET' && propertiesOf(components.inline(route.body, 'input')).length > 0;
}

function isPermission(access: Access): access is Permission {
  return Permission.safeParse(access).success;
}

function securityOf(route: Route): readonly Json[] {
  if (route.permission === null) return [];
  if (route.permission === 'device') return [{ device: [] }];
  const session = route.method === 'GET' ? { session: [] } : { session: [], csrf: [] };
  return [session, { token: [] }];
}

/** The members of an object schema, or one for a union, so that it counts as something. */
function propertiesOf(schema: Json): readonly (readonly [string, Json])[] {
  const properties = schema['properties'];
  if (properties === undefined) return [['', schema]];
  return Object.entries(properties as Readonly<Record<string, Json>>);
}

function parametersOf(schema: Json, place: 'path' | 'query'): readonly Json[] {
  const required = new Set((schema['required'] as readonly string[] | undefined) ?? []);
  return propertiesOf(schema).map(([name, of]) => ({
    name,
    in: place,
    required: place === 'path' || required.has(name),
    schema: of,
  }));
}

function headersOf(route: Route): readonly Json[] {
  const text = (name: string, description: string): Json => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string', maxLength: 200 },
  });
  if (!isPermission(route.permission)) return [];
  if (route.method === 'POST') {
    return [
      text('idempotency-key', 'A repeat with the same key gets the first answer.'),
      ...(route.status === 201
        ? [text('temporary-id', '`tmp:…`: a name for what is made, where ids are asked for.')]
        : []),
    ];
  }
  if (route.method === 'GET') return [];
  return [text('if-match', 'The `ETag` that was read; the change is refused when it differs.')];
}

function successOf(route: Route, components: Components): Json {
  if (route.status === 204) return { description: 'Done.' };
  return {
    description: route.summary,
    content: { 'application/json': { schema: components.refer(route.response, 'output') } },
  };
}

/** The problems by status; codes of one status share a response. */
function problemsOf(codes: readonly ProblemCode[]): Readonly<Record<string, Json>> {
  return Object.fromEntries(
    groupsOf(codes).map(([status, group]) => [
      String(status),
      { $ref: `#/components/responses/${nameOf(group)}` },
    ]),
  );
}

function groupsOf(codes: readonly ProblemCode[]): readonly (readonly [number, ProblemCode[]])[] {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of [...new Set(codes)].toSorted()) {
    const { status } = problemOf(code);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return [...byStatus].toSorted(([left], [right]) => left - right);
}

function nameOf(codes: readonly ProblemCode[]): string {
  return codes.join('.');
}

/** Every response that some route refers to. */
function responsesOf(components: Components): Readonly<Record<string, Json>> {
  const groups = routeList.flatMap(({ route }) =>
    groupsOf(codesOf(route, hasBodyOf(route, components), components)),
  );
  const named = new Map(
    groups.map(([, codes]) => [nameOf(codes), problemResponse(codes, components)] as const),
  );
  return Object.fromEntries([...named].toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

function codesOf(route: Route, hasBody: boolean, components: Components): readonly ProblemCode[] {
  const hasParams = propertiesOf(components.inline(route.params, 'input')).length > 0;
  const query = propertiesOf(components.inline(route.query, 'input')).map(([name]) => name);
  const { permission } = route;
  const isOfPeople = permission !== null && permission !== 'device';
  return [
    ...route.problems,
    ...(hasBody ? OF_BODIES : []),
    ...(hasParams ? (['invalid-parameters', 'not-found'] as const) : []),
    ...(query.length > 0 ? (['invalid-query'] as const) : []),
    ...(query.includes('cursor') ? OF_LISTS : []),
    ...(isOfPeople ? OF_PEOPLE : []),
    ...(isOfPeople && route.method !== 'GET' ? (['csrf-refused'] as const) : []),
    ...(isPermission(permission) ? (['forbidden'] as const) : []),
    ...(isPermission(permission) && !isReading(permission) ? OF_LICENCES : []),
    ...ALWAYS,
  ];
}

function problemResponse(codes: readonly ProblemCode[], components: Components): Json {
  return {
    description: codes.map((code) => `\`${code}\`: ${problemOf(code).title}.`).join(' '),
    content: {
      'application/problem+json': {
        schema: {
          allOf: [components.refer(Problem, 'output'), { properties: { code: { enum: codes } } }],
        },
      },
    },
  };
}
