import {createServer} from 'node:net';

/** Below the range of ports that the system gives to clients, and to servers that do not choose. */
const FIRST_PORT = 23_000;
const LAST_PORT = 31_999;

/**
 * A port on which nothing listens, for a program that opens it later or never. No other test run gets it while this
 * process runs: it is reserved by an abstract socket, which the system removes with this process.
 */
export async function reservePort(): Promise<number> {
  const first = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
  for (let port = first; port <= LAST_PORT; port += 1) {
    if (!(await listens(`\0gantry-test-port-${port}`, 'for good'))) continue;
    if (await listens({port, host: '127.0.0.1'}, 'for a moment')) return port;
  }
  throw new Error(`No port from ${first} to ${LAST_PORT} is free.`);
}

function listens(
  place: string | {readonly port: number; readonly host: string},
  howLong: 'for good' | 'for a moment',
): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(typeof place === 'string' ? {path: place} : place, () => {
      if (howLong === 'for a moment') server.close(() => resolve(true));
      else {
        server.unref();
        resolve(true);
      }
    });
  });
}
