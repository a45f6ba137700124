import {readdir, readFile, readlink} from 'node:fs/promises';
import {errorCode} from '../../shared/error-code.ts';

/** TCP state LISTEN in /proc/net/tcp. */
const LISTEN = '0A';

/** A process that listens on a port. */
export type PortHolder = {readonly pid: number; readonly command: string};

/** A socket that listens: its inode, and its address as the kernel writes it. */
export type ListeningSocket = {readonly inode: string; readonly addressHex: string};

/** The sockets that listen on a port, from the text of /proc/net/tcp or tcp6. */
export function listeningSockets(text: string, port: number): readonly ListeningSocket[] {
  const portHex = port.toString(16).toUpperCase().padStart(4, '0');
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([, local = '', , state, , , , , , inode]) => {
      const [addressHex = '', hex] = local.split(':');
      return state === LISTEN && hex === portHex && inode !== undefined ? [{inode, addressHex}] : [];
    });
}

/**
 * The process that listens on a TCP port of this host: pid and command line; null when there is none, or when the owner
 * is not visible (another user's process, a container).
 */
export async function findPortHolder(port: number): Promise<PortHolder | null> {
  return await findHolder(await socketsOf(port));
}

/**
 * Whether a program other than these processes listens on a TCP port of this host. `holder` is null when it is not
 * visible. Null where nothing listens, where one of the processes does, and where that cannot be known: none of them is
 * there, or the files of one that is cannot be read.
 */
export async function findOtherListener(
  port: number,
  pids: readonly number[],
): Promise<{readonly holder: PortHolder | null} | null> {
  const sockets = await socketsOf(port);
  if (sockets.size === 0) return null;
  const held = await Promise.all(pids.map((pid) => heldBy(String(pid), sockets)));
  if (held.length === 0 || held.some((one) => one !== 'none')) return null;
  return {holder: await findHolder(sockets)};
}

/** True if one of these processes listens on a TCP port of this host, as far as this user may see their files. */
export async function isListeningOn(port: number, pids: readonly number[]): Promise<boolean> {
  const sockets = await socketsOf(port);
  if (sockets.size === 0) return false;
  const held = await Promise.all(pids.map((pid) => heldBy(String(pid), sockets)));
  return held.includes('one');
}

/** The sockets of this host that listen on a TCP port, whoever has them. */
export async function socketsListeningOn(port: number): Promise<readonly ListeningSocket[]> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(readOrEmpty));
  return tables.flatMap((text) => listeningSockets(text, port));
}

async function socketsOf(port: number): Promise<ReadonlySet<string>> {
  return new Set((await socketsListeningOn(port)).map(({inode}) => `socket:[${inode}]`));
}

async function findHolder(sockets: ReadonlySet<string>): Promise<PortHolder | null> {
  if (sockets.size === 0) return null;
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry) || (await heldBy(entry, sockets)) !== 'one') continue;
    const command = (await readOrEmpty(`/proc/${entry}/cmdline`)).replaceAll('\0', ' ').trim();
    return {pid: Number(entry), command};
  }
  return null;
}

/**
 * Whether a process has one of these sockets.
 *
 * @param links - what a file descriptor of the process points to
 */
async function heldBy(pid: string, links: ReadonlySet<string>): Promise<'one' | 'none' | 'unknown'> {
  const directory = `/proc/${pid}/fd`;
  const descriptors = await readdir(directory).catch((error: unknown) => errorCode(error) ?? 'unknown');
  // A process that has ended holds nothing.
  if (typeof descriptors === 'string') return descriptors === 'ENOENT' || descriptors === 'ESRCH' ? 'none' : 'unknown';
  for (const descriptor of descriptors) {
    if (links.has(await readlink(`${directory}/${descriptor}`).catch(() => ''))) return 'one';
  }
  return 'none';
}

/** A /proc file may disappear with its process, or belong to another user: then there is nothing to read. */
async function readOrEmpty(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
