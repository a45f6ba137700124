import {readdir, readlink} from 'node:fs/promises';
import {type ListeningSocket, socketsListeningOn} from './port-holder.ts';

/**
 * The addresses on which processes listen on a TCP port, each once, widest first. If none of the sockets is seen to be
 * theirs, those of any program: in front of a container listens a forwarder of another user. Empty if nothing listens.
 */
export async function findListeningAddresses(port: number, pids: Iterable<number>): Promise<readonly string[]> {
  const sockets = await socketsListeningOn(port);
  if (sockets.length === 0) return [];
  const held = await heldInodes(pids);
  const own = sockets.filter(({inode}) => held.has(inode));
  const addresses = (own.length === 0 ? sockets : own).map(addressOf);
  return [...new Set(addresses)].toSorted((a, b) => width(a) - width(b) || a.localeCompare(b));
}

function width(address: string): number {
  return address === '0.0.0.0' || address === '::' ? 0 : 1;
}

/** `0100007F` is 127.0.0.1: each 32-bit word is written as a number in the order of this host's bytes. */
function addressOf({addressHex}: ListeningSocket): string {
  const bytes = [...addressHex.matchAll(/.{8}/g)].flatMap(([word]) =>
    [6, 4, 2, 0].map((at) => Number.parseInt(word.slice(at, at + 2), 16)),
  );
  if (bytes.length === 4) return bytes.join('.');
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  if (isMapped) return `::ffff:${bytes.slice(12).join('.')}`;
  const groups = Array.from({length: 8}, (_, index) =>
    ((bytes[2 * index] ?? 0) * 256 + (bytes[2 * index + 1] ?? 0)).toString(16),
  );
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

async function heldInodes(pids: Iterable<number>): Promise<ReadonlySet<string>> {
  const inodes = new Set<string>();
  for (const pid of pids) {
    const directory = `/proc/${pid}/fd`;
    // A process may end meanwhile, or belong to another user.
    for (const descriptor of await readdir(directory).catch(() => [])) {
      const link = await readlink(`${directory}/${descriptor}`).catch(() => '');
      const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1];
      if (inode !== undefined) inodes.add(inode);
    }
  }
  return inodes;
}
