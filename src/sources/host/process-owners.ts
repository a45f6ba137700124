import {open} from 'node:fs/promises';
import path from 'node:path';
import type {GpuProcessSample} from '../../samples/gpu.ts';
import type {ProcessOwner} from '../../samples/process-owner.ts';
import {absent, isPresent, type Reading} from '../../samples/reading.ts';
import {errorCode} from '../../shared/error-code.ts';
import {BYTES_PER_KIB, BYTES_PER_MIB} from '../../shared/units.ts';
import {placeOfCgroup} from './cgroup.ts';

const MOST_PROC_BYTES = 64 * BYTES_PER_KIB;
const MOST_PASSWD_BYTES = BYTES_PER_MIB;
const USERS_FILE = '/etc/passwd';
const userPattern = /^[^\s:\p{C}]{1,64}$/u;

/** Why nothing is known of a process that the driver lists. */
const NOT_THERE = 'no such process in /proc: it has ended, or this user or container may not see it';

type Options = {
  /** Where processes are looked up, the first that has one: /proc, and that of a simulated node. */
  readonly procDirectories?: readonly string[] | undefined;
  readonly usersFile?: string;
  /** When a process was started, in any unit; null if there is no such process. */
  readonly startOf: (pid: number) => string | number | null;
};

/** Where processes are looked up: a simulated node has some that this host does not have. */
export function procDirectories(simulatedNode: string | null): readonly string[] {
  return simulatedNode === null ? ['/proc'] : ['/proc', path.join(simulatedNode, 'proc')];
}

/** Who runs the processes on the GPUs: read once for each process, which is its pid and its start. */
export class ProcessOwners {
  readonly #procDirectories: readonly string[];
  readonly #usersFile: string;
  readonly #startOf: Options['startOf'];
  #known: ReadonlyMap<string, Reading<ProcessOwner>> = new Map();

  constructor({procDirectories: directories = procDirectories(null), usersFile = USERS_FILE, startOf}: Options) {
    this.#procDirectories = directories;
    this.#usersFile = usersFile;
    this.#startOf = startOf;
  }

  /** The list with the owner of each process. Never throws: what cannot be read is absent. */
  async named(processes: readonly GpuProcessSample[]): Promise<readonly GpuProcessSample[]> {
    const known = new Map<string, Reading<ProcessOwner>>();
    let users: ReadonlyMap<number, string> | null = null;
    for (const pid of new Set(processes.map((process) => process.pid))) {
      const identity = this.#identityOf(pid);
      const before = this.#known.get(identity);
      if (before === undefined) users ??= usersOf((await readStart(this.#usersFile, MOST_PASSWD_BYTES)) ?? '');
      known.set(identity, before ?? (await this.#read(pid, users ?? new Map())));
    }
    this.#known = known;
    return processes.map((process) => ({
      ...process,
      owner: known.get(this.#identityOf(process.pid)) ?? absent(NOT_THERE),
    }));
  }

  #identityOf(pid: number): string {
    return `${pid} ${this.#startOf(pid)}`;
  }

  async #read(pid: number, users: ReadonlyMap<number, string>): Promise<Reading<ProcessOwner>> {
    for (const directory of this.#procDirectories) {
      const [status, cgroup] = await Promise.all(
        ['status', 'cgroup'].map((name) => readStart(path.join(directory, String(pid), name), MOST_PROC_BYTES)),
      );
      const uid = effectiveUid(status ?? '');
      if (isPresent(uid)) return {uid, user: users.get(uid) ?? null, ...placeOfCgroup(cgroup ?? '')};
    }
    return absent(NOT_THERE);
  }
}

/** Field `Uid` of /proc/<pid>/status, proc_pid_status(5): real, effective, saved, file system. */
export function effectiveUid(status: string): Reading<number> {
  const digits = /^Uid:[ \t]{1,8}\d{1,10}[ \t]{1,8}(\d{1,10})(?!\d)/m.exec(status)?.[1];
  return digits === undefined ? absent('no user id in the status of the process') : Number(digits);
}

/** Names by user id, passwd(5); of two names of one id the first, as getpwuid has it. */
export function usersOf(passwd: string): ReadonlyMap<number, string> {
  const users = new Map<number, string>();
  for (const line of passwd.split('\n')) {
    const [name = '', , uid = ''] = line.split(':', 3);
    if (!/^\d{1,10}$/.test(uid) || !userPattern.test(name)) continue;
    if (!users.has(Number(uid))) users.set(Number(uid), name);
  }
  return users;
}

/** The start of a file; null if it cannot be read. */
async function readStart(file: string, mostBytes: number): Promise<string | null> {
  try {
    await using handle = await open(file);
    const bytes = Buffer.alloc(mostBytes);
    let length = 0;
    // /proc gives a file in parts.
    for (;;) {
      const {bytesRead} = await handle.read(bytes, length, mostBytes - length);
      length += bytesRead;
      if (bytesRead === 0 || length === mostBytes) return bytes.toString('utf8', 0, length);
    }
  } catch (error) {
    if (errorCode(error) !== undefined) return null;
    throw error;
  }
}
