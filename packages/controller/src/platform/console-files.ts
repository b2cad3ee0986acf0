import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Permission } from '@wardgrid/wire';
import { tagOf } from './etag.ts';
import type { Http } from './http.ts';
import { problemBody } from './problem.ts';

/** A file of the built console in memory, with its compressed twins. */
interface ConsoleFile {
  readonly type: string;
  readonly tag: string;
  readonly isHashed: boolean;
  readonly plain: Buffer;
  readonly br: Buffer | undefined;
  readonly gzip: Buffer | undefined;
}

/** What the console's documents need to know of a visitor. */
export type DocumentAccess = (
  request: FastifyRequest,
) => 'anonymous' | { readonly permissions: ReadonlySet<Permission> };

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
};

/** Documents that need no session; one small page of its own serves them all. */
const OPEN_DOCUMENTS: ReadonlySet<string> = new Set(['/sign-in', '/setup', '/invite']);
const OPEN_PAGE = 'sign-in.html';

/** What the pages of the console need; a page not named here needs a session alone. */
const DOCUMENT_PERMISSIONS: readonly (readonly [prefix: string, permission: Permission])[] = [
  ['/tenants', 'tenants:read'],
  ['/organizations', 'organizations:read'],
  ['/groups', 'groups:read'],
  ['/devices', 'devices:read'],
  ['/add-device', 'enrolment-keys:create'],
  ['/enrolment-keys', 'enrolment-keys:read'],
  ['/jobs', 'jobs:read'],
  ['/networks', 'networks:read'],
  ['/assets', 'assets:read'],
  ['/threats', 'findings:read'],
  ['/quarantine', 'quarantine:read'],
  ['/rules', 'rules:read'],
  ['/rule-sets', 'rules:read'],
  ['/rule-exceptions', 'rules:read'],
  ['/policies', 'policies:read'],
  ['/findings', 'findings:read'],
  ['/incidents', 'incidents:read'],
  ['/accounts', 'accounts:read'],
  ['/hierarchy', 'controllers:read'],
  ['/controllers', 'controllers:read'],
  ['/join-tokens', 'controllers:read'],
  ['/sync', 'sync:read'],
  ['/blocked-addresses', 'platform:read'],
  ['/system', 'platform:read'],
];

/** Serves the built console from memory: no path ever reaches the file system. */
export async function mountConsole(
  http: Http,
  folder: string,
  documentAccess: DocumentAccess,
): Promise<void> {
  const files = await readFiles(folder);
  http.app.setNotFoundHandler((request, reply) => {
    const path = pathOf(request.url);
    if (path === '/api' || path.startsWith('/api/')) return sendMissing(http, request, reply);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return sendMissing(http, request, reply);
    const file = files.get(path.slice(1));
    if (file && extname(path) !== '.html') return sendFile(request, reply, file);
    if (extname(path) !== '') return sendMissing(http, request, reply);
    return sendDocument({ request, reply, path }, files, documentAccess);
  });
}

function sendDocument(
  visit: { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly path: string },
  files: ReadonlyMap<string, ConsoleFile>,
  documentAccess: DocumentAccess,
): FastifyReply {
  const { request, reply, path } = visit;
  const isOpen = OPEN_DOCUMENTS.has(path);
  const page = files.get(isOpen ? OPEN_PAGE : 'index.html');
  if (!page)
    return reply
      .code(503)
      .type('text/plain')
      .send('The console is not built: run "npm run build".\n');
  if (isOpen) return sendFile(request, reply, page);
  const access = documentAccess(request);
  if (access === 'anonymous') {
    return reply
      .code(302)
      .header('location', `/sign-in?next=${encodeURIComponent(request.url)}`)
      .send();
  }
  const needed = DOCUMENT_PERMISSIONS.find(
    ([prefix]) => path === prefix || path.startsWith(`${prefix}/`),
  )?.[1];
  if (needed !== undefined && !access.permissions.has(needed)) reply.code(403);
  return sendFile(request, reply, page);
}

function sendFile(request: FastifyRequest, reply: FastifyReply, file: ConsoleFile): FastifyReply {
  reply.type(file.type).header('etag', file.tag).header('vary', 'accept-encoding');
  reply.header('cache-control', file.isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
  if (request.headers['if-none-match'] === file.tag && reply.statusCode === 200)
    return reply.code(304).send();
  const accepted = request.headers['accept-encoding'] ?? '';
  if (file.br && /\bbr\b/.test(accepted))
    return reply.header('content-encoding', 'br').send(file.br);
  if (file.gzip && /\bgzip\b/.test(accepted))
    return reply.header('content-encoding', 'gzip').send(file.gzip);
  return reply.send(file.plain);
}

/** Unknown addresses: a problem, and one that says so when only the method is wrong. */
function sendMissing(http: Http, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const isOtherMethod = (['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).some(
    (method) =>
      method !== request.method &&
      http.app.findRoute({ method, url: pathOf(request.url) }) !== null,
  );
  const body = problemBody(isOtherMethod ? 'method-not-allowed' : 'not-found', request.id);
  return reply.code(body.status).type('application/problem+json').send(JSON.stringify(body));
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '/';
}

async function readFiles(folder: string): Promise<ReadonlyMap<string, ConsoleFile>> {
  const files = new Map<string, ConsoleFile>();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const name = relative(folder, path).split(sep).join('/');
    const plain = await readFile(path);
    files.set(name, {
      type,
      tag: tagOf(plain.toString('latin1')),
      isHashed: name.startsWith('assets/'),
      plain,
      br: await readFile(`${path}.br`).catch(() => undefined),
      gzip: await readFile(`${path}.gz`).catch(() => undefined),
    });
  }
  return files;
}
