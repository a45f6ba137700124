import {randomBytes} from 'node:crypto';
import {rm, writeFile} from 'node:fs/promises';
import {createServer} from 'node:net';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {BYTES_PER_KIB} from '../../../shared/units.ts';
import {findPortHolder} from '../../../sources/host/port-holder.ts';
import type {PortProblem} from './judgement-world.ts';

/** What a start writes before its engine has said a word, with room to spare. */
const WRITE_PROBE_BYTES = 256 * BYTES_PER_KIB;
/** Another judgement listens on a port for less than this. */
const OTHER_PROBE_MS = 50;

/** Why nothing can be written to a directory; null where it can. */
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

/** Ports that are being tried: judgements at once share the answer, and are not in each other's way. */
const underWay = new Map<string, Promise<PortProblem | null>>();

/** Why a port cannot be listened on now; null where it can. */
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
  // Another process may be judging: a command without a supervisor.
  await delay(OTHER_PROBE_MS);
  const again = await tryToListen(host, port);
  if (again === null) return null;
  return {code: again, holder: again === 'EADDRINUSE' ? await findPortHolder(port) : null};
}

/** Null when the port can be had, else the system's error code. */
function tryToListen(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    server.listen(port, host, () => server.close(() => resolve(null)));
  });
}
