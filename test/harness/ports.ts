import {createServer} from 'node:net';

/** Below the range from which the system gives ports to clients, and to servers that do not choose. */
const FIRST_PORT = 23_000;
const LAST_PORT = 31_999;

/**
 * A port on which nobody listens, for a program that opens it later or never. No other test run gets it while this
 * process lives: a socket of that name without a file stands for it, which the system takes away with its holder.
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
