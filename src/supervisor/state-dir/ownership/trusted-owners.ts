import {readFileSync} from 'node:fs';
import {readFile} from 'node:fs/promises';

const ROOT = 0;
/** All user ids are the host's: not a user namespace of a container. */
const WHOLE_MAP = /^\s*0\s+0\s+4294967295\s*$/;

/**
 * User ids that may own a directory above one of Gantry's: this user, and root. In a user namespace the host's root has
 * no id of its own: files of users outside have the overflow id, and no user inside can have it.
 */
export function trustedOwners(): ReadonlySet<number> {
  const own = process.getuid?.() ?? ROOT;
  const overflow = readOverflowUid();
  return new Set([ROOT, own, ...(overflow === null ? [] : [overflow])]);
}

function readOverflowUid(): number | null {
  try {
    if (WHOLE_MAP.test(readFileSync('/proc/self/uid_map', 'utf8'))) return null;
    return Number(readFileSync('/proc/sys/kernel/overflowuid', 'utf8'));
  } catch {
    // Without /proc nothing more is trusted.
    return null;
  }
}

/** Who this process is, and the lines of the system's tables of groups and users. */
export type GroupFacts = {
  readonly uid: number;
  /** Its own groups, with the supplementary ones. */
  readonly gids: readonly number[];
  /** Contents of /etc/group and /etc/passwd; empty without the file. */
  readonly groups: string;
  readonly users: string;
};

/**
 * Whether a group has members besides this user. `unknown` for a group of this user that the system's tables do not have,
 * or whose user they do not have: it comes from a directory service (LDAP), or a container was started with it.
 */
export type GroupReach = 'private' | 'others' | 'unknown';

/** Who can use what a group can, by the tables of the system. */
export async function groupReach(gid: number): Promise<GroupReach> {
  if (gid === ROOT) return 'private';
  const [groups, users] = await Promise.all(
    ['/etc/group', '/etc/passwd'].map((file) => readFile(file, 'utf8').catch(() => '')),
  );
  const gids = [process.getgid?.() ?? ROOT, ...(process.getgroups?.() ?? [])];
  return reachOf(gid, {uid: process.getuid?.() ?? ROOT, gids, groups: groups ?? '', users: users ?? ''});
}

/** The same by given facts. */
export function reachOf(gid: number, {uid, gids, groups, users}: GroupFacts): GroupReach {
  if (gid === ROOT) return 'private';
  if (!gids.includes(gid)) return 'others';
  const accounts = cellsOf(users);
  const group = cellsOf(groups).find((cells) => cells[2] === String(gid));
  const self = accounts.find((cells) => cells[2] === String(uid));
  const members = (group?.[3] ?? '').split(',').filter((name) => name !== '' && name !== self?.[0]);
  const primary = accounts.filter((cells) => cells[3] === String(gid) && cells !== self);
  // Without an own account, the one member may be this user.
  const others = members.length + primary.length - (self === undefined && members.length === 1 ? 1 : 0);
  if (others > 0) return 'others';
  return group === undefined || self === undefined ? 'unknown' : 'private';
}

function cellsOf(table: string): readonly (readonly string[])[] {
  return table.split('\n').map((line) => line.split(':'));
}
