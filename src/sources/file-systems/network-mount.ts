import {readlink} from 'node:fs/promises';
import path from 'node:path';
import {errorCode} from '../../shared/error-code.ts';
import type {Mount, MountTable} from './mount-table.ts';

/** Types of the kernel, or of its modules, whose files are on other machines, or are shared with others by a lock manager. */
const networkTypes: ReadonlySet<string> = new Set([
  'nfs',
  'nfs4',
  'cifs',
  'smb3',
  'smbfs',
  'ceph',
  'lustre',
  'gpfs',
  'beegfs',
  'glusterfs',
  'afs',
  'coda',
  'ncpfs',
  'orangefs',
  'pvfs2',
  'panfs',
  'wekafs',
  'acfs',
  'gfs2',
  'ocfs2',
  // Shared by the host of a virtual machine.
  'virtiofs',
  'vboxsf',
  'prl_fs',
  'vmhgfs',
]);

/** FUSE programs whose files are on this host: containers without root, joined, encrypted and packed directories. */
const localPrograms: ReadonlySet<string> = new Set([
  'fuse-overlayfs',
  'overlayfs',
  'unionfs',
  'unionfs-fuse',
  'mergerfs',
  'bindfs',
  'gocryptfs',
  'encfs',
  'cryfs',
  'ecryptfs',
  'lxcfs',
  'squashfuse',
  'squashfuse_ll',
  'snapfuse',
  'dwarfs',
  'erofsfuse',
  'fuse2fs',
  'fuse-ext2',
  'ntfs-3g',
  'exfat',
  'portal',
]);

/** How many symbolic links a path may have, path_resolution(7). */
const MOST_LINKS = 40;

/**
 * True for a file system that may stop answering: on the network, of a cluster, or of a FUSE program that may be on either.
 * What is mounted as the root has everything of this host, and there is no other place.
 */
export function isNetworkMount({mountPoint, type, options}: Mount): boolean {
  if (mountPoint === '/') return false;
  if (type === '9p') return !isHandedOver(options);
  if (type === 'fuse') return true;
  return type.startsWith('fuse.') ? !localPrograms.has(type.slice('fuse.'.length)) : networkTypes.has(type);
}

/** The sandbox gVisor gets its files through two descriptors, `rfdno=` if any; Linux writes `rfd=` for such a mount. */
function isHandedOver(options: readonly string[]): boolean {
  return options.includes('trans=fd') && !options.some((option) => option.startsWith('rfd='));
}

/** The target of a symbolic link; null for anything else. */
export type ReadLink = (place: string) => Promise<string | null>;

/**
 * The network mount on which a directory is, or on which the way to it is by symbolic links; null if there is none. No
 * network file system is asked anything, because it might not answer: its mount point is known without. Nor is an
 * automounter: what it has mounted is in the table.
 */
export async function networkMountOf(
  directory: string,
  table: MountTable,
  readLink: ReadLink = readLocalLink,
): Promise<Mount | null> {
  let place = '/';
  let names = namesOf(directory);
  for (let links = 0; links <= MOST_LINKS; ) {
    const mount = table.mountAt(place);
    if (mount !== null && isNetworkMount(mount)) return mount;
    const [name, ...rest] = names;
    if (name === undefined) return null;
    names = rest;
    const next = path.join(place, name);
    const isBelow = name !== '..' && table.mountAt(next)?.mountPoint !== next;
    if (isBelow && mount?.type === 'autofs') return null;
    const target = isBelow ? await readLink(next) : null;
    if (target === null) place = next;
    else {
      links += 1;
      names = [...namesOf(target), ...rest];
      if (path.isAbsolute(target)) place = '/';
    }
  }
  return null;
}

function namesOf(place: string): readonly string[] {
  return place.split('/').filter((name) => name !== '' && name !== '.');
}

async function readLocalLink(place: string): Promise<string | null> {
  try {
    return await readlink(place);
  } catch (error) {
    if (['EINVAL', 'ENOENT', 'ENOTDIR', 'EACCES'].includes(errorCode(error) ?? '')) return null;
    throw error;
  }
}
