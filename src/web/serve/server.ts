import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import type { ListenAt } from '../protocol.ts';
import type { Bindings } from './app.ts';
import { securityHeaders } from './headers.ts';

/** Bounds of the door. */
const limits = {
  connections: 64,
  headerBytes: 8192,
  headers: 64,
  headersMs: 10_000,
  requestMs: 15_000,
  keepAliveMs: 10_000,
  /** Without a byte in either direction; a stream of events has signs of life in between. */
  silentMs: 60_000,
};

/** Serves the app. Rejects with what the kernel has against the address. Resolves to where it listens. */
export function listen(app: Hono<{ Bindings: Bindings }>, at: ListenAt): Promise<ListenAt> {
  const handle = getRequestListener((request, env) => app.fetch(request, env as unknown as Bindings), {
    overrideGlobalObjects: false,
    // A request that is none, such as one with a host that cannot be one.
    errorHandler: () => new Response(null, { status: 400, headers: securityHeaders }),
  });
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: 5000,
      noDelay: true,
    },
    (incoming, outgoing) => void handle(incoming, outgoing),
  );
  server.maxConnections = limits.connections;
  server.maxHeadersCount = limits.headers;
  server.timeout = limits.silentMs;
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
    else socket.end(badRequest(error.code));
  });
  return bind(server, at);
}

function bind(server: Server, at: ListenAt): Promise<ListenAt> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...at, backlog: 64 }, () => {
      server.removeListener('error', reject);
      // An accept that failed: that browser comes again.
      server.on('error', () => undefined);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? { host: at.host, port: address.port } : at);
    });
  });
}

/** What is no HTTP, or too much of it, is answered with the same headers as all else. */
function badRequest(code: string | undefined): string {
  const status =
    code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  const headers = Object.entries({ ...securityHeaders, Connection: 'close', 'Content-Length': '0' });
  return `HTTP/1.1 ${status}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}
