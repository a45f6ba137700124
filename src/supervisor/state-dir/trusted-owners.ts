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

/** True for root's group and for this user's own group if the system's files name no other member of it. */
export async function isPrivateGroup(gid: number): Promise<boolean> {
  if (gid === ROOT) return true;
  if (gid !== process.getgid?.()) return false;
  const [groups, users] = await Promise.all([readTable('/etc/group'), readTable('/etc/passwd')]);
  const group = groups.find((cells) => cells[2] === String(gid));
  const self = users.find((cells) => cells[2] === String(process.getuid?.()));
  if (group === undefined || self === undefined) return false;
  const members = (group[3] ?? '').split(',').filter((name) => name !== '' && name !== self[0]);
  const others = users.filter((cells) => cells[3] === String(gid) && cells !== self);
  return members.length === 0 && others.length === 0;
}

/** Lines of cells; without the file nothing is known of groups, and none counts as private. */
async function readTable(file: string): Promise<readonly (readonly string[])[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').map((line) => line.split(':'));
}
