import { lineOf, wordOf, type Recognition } from '../shapes.ts';

/** Where title and headers stand; the conversation reads no more either. */
const TEXT_BYTES_MAX = 16_384;

interface HttpReply {
  readonly protocol: string;
  readonly status: number;
  readonly header: (name: string) => string;
  readonly body: string;
}

/** What an HTTP response says of its server. Undefined for bytes that are none. */
export function parseHttp(bytes: Buffer): Recognition | undefined {
  const reply = readReply(bytes);
  if (reply?.protocol !== 'HTTP') return undefined;
  const title = lineOf(/<title[^>]{0,200}>([^<]{0,300})/i.exec(reply.body)?.[1] ?? '');
  return described('http', reply.header('server'), title === '' ? `${reply.status}` : title);
}

/** An RTSP response (RFC 2326) to OPTIONS. */
export function parseRtsp(bytes: Buffer): Recognition | undefined {
  const reply = readReply(bytes);
  if (reply?.protocol !== 'RTSP') return undefined;
  return described('rtsp', reply.header('server'), `${reply.status}`);
}

/** A SIP response (RFC 3261) to OPTIONS. */
export function parseSip(bytes: Buffer): Recognition | undefined {
  const reply = readReply(bytes);
  if (reply?.protocol !== 'SIP') return undefined;
  return described('sip', reply.header('server') || reply.header('user-agent'), `${reply.status}`);
}

/** The Docker Engine API's answer to `GET /version`; serving it to a stranger gives the machine away. */
export function parseDocker(bytes: Buffer): Recognition | undefined {
  const reply = readReply(bytes);
  if (reply?.protocol !== 'HTTP') return undefined;
  const isDocker =
    /"ApiVersion"\s*:\s*"/.test(reply.body) || /^docker/i.test(reply.header('server'));
  if (!isDocker) return undefined;
  const version = wordOf(/"Version"\s*:\s*"([^"]{1,40})"/.exec(reply.body)?.[1] ?? '');
  return {
    service: 'docker',
    product: 'Docker Engine',
    ...(version === '' ? {} : { version }),
    isUnauthenticated: reply.status === 200,
  };
}

/** Elasticsearch's or OpenSearch's answer to `GET /`. */
export function parseElasticsearch(bytes: Buffer): Recognition | undefined {
  const reply = readReply(bytes);
  if (reply?.protocol !== 'HTTP') return undefined;
  const isOpen = reply.status === 200 && /"cluster_name"\s*:/.test(reply.body);
  const isClosed =
    reply.status === 401 &&
    /"security_exception"|realm="security"/i.test(
      `${reply.body}${reply.header('www-authenticate')}`,
    );
  if (!isOpen && !isClosed) return undefined;
  const version = wordOf(/"number"\s*:\s*"([^"]{1,40})"/.exec(reply.body)?.[1] ?? '');
  const product = /opensearch/i.test(reply.body) ? 'OpenSearch' : 'Elasticsearch';
  return {
    service: 'elasticsearch',
    product,
    ...(version === '' ? {} : { version }),
    isUnauthenticated: isOpen,
  };
}

function readReply(bytes: Buffer): HttpReply | undefined {
  const text = bytes.subarray(0, TEXT_BYTES_MAX).toString('utf8');
  const match = /^(HTTP|RTSP|SIP)\/\d\.\d (\d{3})\b/.exec(text);
  if (!match) return undefined;
  const end = text.indexOf('\r\n\r\n');
  const head = (end < 0 ? text : text.slice(0, end)).split('\r\n').slice(1);
  return {
    protocol: match[1] ?? '',
    status: Number(match[2]),
    header(name) {
      const line = head.find((each) => each.toLowerCase().startsWith(`${name}:`));
      return line === undefined ? '' : line.slice(name.length + 1).trim();
    },
    body: end < 0 ? '' : text.slice(end + 4),
  };
}

/** `nginx/1.25.3 (Ubuntu)` is product nginx, version 1.25.3. */
function described(service: string, server: string, banner: string): Recognition {
  const match = /^([^/()]{1,100})(?:\/([^\s()]{1,60}))?/.exec(server);
  const product = wordOf(match?.[1] ?? '');
  const version = wordOf(match?.[2] ?? '');
  return {
    service,
    ...(product === '' ? {} : { product }),
    ...(version === '' ? {} : { version }),
    ...(banner === '' ? {} : { banner }),
  };
}
