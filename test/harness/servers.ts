import {createServer as createHttpServer, type RequestListener, type Server} from 'node:http';
import {createServer as createTcpServer, type Socket, type Server as TcpServer} from 'node:net';
import {onTestFinished} from 'vitest';

/** A server on loopback; `close` and the end of the test close it with all its connections. */
export type TestServer = {readonly port: number; readonly baseUrl: string; readonly close: () => Promise<void>};

/** Serves HTTP with the handler of the test, on a free port or the given one. */
export async function serveHttp(listener: RequestListener, port = 0): Promise<TestServer> {
  const server = createHttpServer(listener);
  return running(server, port, () => server.closeAllConnections());
}

/** Serves TCP with the handler of the test. */
export async function serveTcp(onSocket: (socket: Socket) => void, port = 0): Promise<TestServer> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    onSocket(socket);
  });
  return running(server, port, () => {
    for (const socket of sockets) socket.destroy();
  });
}

async function running(server: Server | TcpServer, port: number, cut: () => void): Promise<TestServer> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      cut();
    });
  onTestFinished(close);
  return {port: address.port, baseUrl: `http://127.0.0.1:${address.port}`, close};
}
