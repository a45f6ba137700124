import {readdir, readFile, readlink} from 'node:fs/promises';

/** TCP state LISTEN in /proc/net/tcp. */
const LISTEN = '0A';

/** Inodes of the sockets that listen on a port, from the text of /proc/net/tcp or tcp6. */
export function listeningInodes(text: string, port: number): string[] {
  const portHex = port.toString(16).toUpperCase().padStart(4, '0');
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((cells) => cells[3] === LISTEN && cells[1]?.endsWith(`:${portHex}`) === true)
    .flatMap((cells) => (cells[9] === undefined ? [] : [cells[9]]));
}

/**
 * The process that listens on a TCP port of this host: pid and command line; null when there is none, or when the owner
 * is not visible (another user's process, a container).
 */
export async function findPortHolder(port: number): Promise<{pid: number; command: string} | null> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(readOrEmpty));
  const sockets = new Set(tables.flatMap((text) => listeningInodes(text, port)).map((inode) => `socket:[${inode}]`));
  if (sockets.size === 0) return null;
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    if (await holdsOne(entry, sockets)) {
      const command = (await readOrEmpty(`/proc/${entry}/cmdline`)).replaceAll('\0', ' ').trim();
      return {pid: Number(entry), command};
    }
  }
  return null;
}

/** @param links - what a file descriptor of the process points to */
async function holdsOne(pid: string, links: ReadonlySet<string>): Promise<boolean> {
  const directory = `/proc/${pid}/fd`;
  const descriptors = await readdir(directory).catch(() => []);
  for (const descriptor of descriptors) {
    if (links.has(await readlink(`${directory}/${descriptor}`).catch(() => ''))) return true;
  }
  return false;
}

/** A /proc file may disappear with its process, or belong to another user: then there is nothing to read. */
async function readOrEmpty(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
