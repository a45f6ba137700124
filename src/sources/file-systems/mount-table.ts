import {createReadStream} from 'node:fs';
import {BYTES_PER_MIB} from '../../shared/units.ts';

/** One mount, as proc_pid_mountinfo(5) has it. */
export type Mount = {
  readonly id: number;
  readonly parentId: number;
  readonly mountPoint: string;
  /** `ext4`, `nfs4`, `fuse.sshfs`, ... */
  readonly type: string;
  /** Of the mount and of its file system, such as `rfdno=4`. */
  readonly options: readonly string[];
};

/** The mounts that this process sees. */
export type MountTable = {
  /** The mount on which an absolute path is that has no symbolic link, by names alone; null where none is known. */
  readonly mountAt: (place: string) => Mount | null;
};

/** Nodes with thousands of containers have a few MiB. */
const MOST_BYTES = 16 * BYTES_PER_MIB;

/** Reads the mounts of this process, which asks none of their file systems. Rejects without /proc. */
export async function readMountTable(): Promise<MountTable> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream('/proc/self/mountinfo', {end: MOST_BYTES - 1})) {
    chunks.push(Buffer.from(chunk));
  }
  return mountTableOf(Buffer.concat(chunks).toString('utf8'));
}

/** The table of this text of /proc/self/mountinfo. Lines that cannot be read are none, as one that is cut. */
export function mountTableOf(text: string): MountTable {
  const mounts = text
    .split('\n')
    .slice(0, -1)
    .flatMap((line) => mountOf(line) ?? []);
  const ids = new Set(mounts.map(({id}) => id));
  const byPoint = Map.groupBy(mounts, ({mountPoint}) => mountPoint);
  const isOn = ({id, parentId}: Mount, below: Mount | null): boolean =>
    below === null ? !ids.has(parentId) || parentId === id : parentId === below.id && parentId !== id;
  return {
    // As the kernel follows a path: what is mounted below a place over which something else was mounted is hidden.
    mountAt(place) {
      let mount: Mount | null = null;
      for (const point of pointsOf(place)) {
        const here = byPoint.get(point) ?? [];
        for (let above = here.findLast((one) => isOn(one, mount)); above !== undefined; ) {
          const top: Mount = above;
          mount = top;
          above = here.findLast((one) => isOn(one, top));
        }
      }
      return mount;
    },
  };
}

/** `/`, `/a`, `/a/b` of `/a/b`. */
function pointsOf(place: string): readonly string[] {
  const names = place.split('/').filter((name) => name !== '');
  return ['/', ...names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`)];
}

/** `36 35 98:0 /root /point rw,noatime master:1 - ext3 /dev/root rw,errors=continue`. */
function mountOf(line: string): Mount | null {
  const words = line.split(' ');
  const [id, parentId, , , point, options] = words;
  const dash = words.indexOf('-', 6);
  const type = words[dash + 1];
  if (point === undefined || options === undefined || dash === -1 || type === undefined) return null;
  const ofFileSystem = words[dash + 3] ?? '';
  return {
    id: Number(id),
    parentId: Number(parentId),
    mountPoint: unescaped(point),
    type,
    options: [...options.split(','), ...ofFileSystem.split(',')],
  };
}

/** Spaces, tabs, line ends and backslashes are written as three octal digits of a byte each. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCodePoint(Number.parseInt(digits, 8)));
}
