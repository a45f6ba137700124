import {randomBytes} from 'node:crypto';
import {rm, writeFile} from 'node:fs/promises';
import {createServer} from 'node:net';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {BYTES_PER_KIB} from '../../../shared/units.ts';
import {findPortHolder} from '../../../sources/host/port-holder.ts';
import type {PortProblem} from './judgement-world.ts';

/** More than a start writes before the engine's first output. */
const WRITE_PROBE_BYTES = 256 * BYTES_PER_KIB;
/** Longer than the probe of another process takes. */
const OTHER_PROBE_MS = 50;

/** Why a directory is not writable; null if it is. */
export async function findWriteProblem(directory: string): Promise<string | null> {
  const probe = path.join(directory, `.room-${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    await writeFile(probe, new Uint8Array(WRITE_PROBE_BYTES), {mode: 0o600});
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await rm(probe, {force: true});
  }
}

/** Probes in progress: concurrent judgements share the result and do not block each other's port. */
const underWay = new Map<string, Promise<PortProblem | null>>();

/** Why a port cannot be used now; null if it can. */
export function findPortProblem(host: string, port: number): Promise<PortProblem | null> {
  const place = `${host}:${port}`;
  const known = underWay.get(place);
  if (known !== undefined) return known;
  const probe = probePort(host, port).finally(() => underWay.delete(place));
  underWay.set(place, probe);
  return probe;
}

async function probePort(host: string, port: number): Promise<PortProblem | null> {
  const code = await tryToListen(host, port);
  if (code !== 'EADDRINUSE') return code === null ? null : {code, holder: null};
  // Another process may be probing the same port: a command without a supervisor.
  await delay(OTHER_PROBE_MS);
  const again = await tryToListen(host, port);
  if (again === null) return null;
  return {code: again, holder: again === 'EADDRINUSE' ? await findPortHolder(port) : null};
}

/** Null if the port is free, else the system's error code. */
function tryToListen(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    server.listen(port, host, () => server.close(() => resolve(null)));
  });
}
