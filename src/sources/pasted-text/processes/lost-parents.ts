import type {Engine} from '../../../engines/engine.ts';
import type {ProcessRow} from './process-rows.ts';

/** A process of an engine in a list, and what it is there for. */
export type EngineProcess = {
  readonly row: ProcessRow;
  readonly engine: Engine;
  readonly role: ReturnType<Engine['roleOfProcess']>;
};

/** What starts programs, and takes over those whose parent has ended. */
const adopter =
  /^(?:\S{0,200}\/)?(?:systemd|init|launchd|tini|dumb-init|docker-init|catatonit|pause|s6-\S+|runit|runsvdir|sshd|supervisord|containerd-shim\S{0,40}|conmon|tmux|screen|SCREEN|login|su|sudo|-?(?:ba|z|da|k|fi)?sh|sleep|tail)(?:[: (]|$)/;
const python = /^(?:\S{0,200}\/)?python[\d.]{0,6}(?:\s|$)/;
/** Helpers of Python programs that hold no engine. */
const helper = /multiprocessing[. ](?:resource_tracker|forkserver|semaphore_tracker)|compile_worker/;
/** In a container, what its first process starts has a low number. */
const MOST_NUMBER_AT_START = 1_000;

export type Orphans = {
  readonly processes: readonly EngineProcess[];
  /** False where the first process is not in the list and may be the engine itself, as in a container. */
  readonly isCertain: boolean;
};

/**
 * Workers of an engine whose parent is gone: the one that served requests ended, and they still hold GPU memory. Only those
 * are meant that are certain to have a parent of another kind: they are children of an engine's program, or of a Python
 * program that uses the engine.
 */
export function findOrphans(rows: readonly ProcessRow[], processes: readonly EngineProcess[]): Orphans | null {
  const workers = processes.filter(({row, role}) => role === 'worker' && !isEnded(row));
  const byPid = new Map(rows.map((row) => [row.pid, row]));
  const first = byPid.get(1) ?? null;
  const hasServer = processes.some(({row, role}) => role === 'server' && !isEnded(row));
  const roots = workers.filter(({row}) => !workers.some((other) => other.row.pid === row.parentPid));
  const lost = roots.filter((root) => !mayBelongToServer(root, processes, byPid));
  const certain = lost.filter(({row}) => isAdopted(row, byPid));
  if (certain.length > 0) return {processes: certain, isCertain: true};
  const adopted = first === null ? lost.filter(({row}) => row.parentPid === 1) : [];
  if (adopted.length > 0) {
    const isOfHost = hasServer || adopted.every(({row}) => row.pid >= MOST_NUMBER_AT_START);
    return {processes: adopted, isCertain: isOfHost};
  }
  // Without parents, only a whole list shows that there is nobody who could be one.
  const isWhole = first !== null && roots.length > 0 && roots.every(({row}) => row.parentPid === null);
  return isWhole && !hasServer && !rows.some(mayBeParent) ? {processes: roots, isCertain: true} : null;
}

/** Some workers leave their server at the start and are adopted while it runs: a server without any of the kind may be theirs. */
function mayBelongToServer(
  worker: EngineProcess,
  processes: readonly EngineProcess[],
  byPid: ReadonlyMap<number, ProcessRow>,
): boolean {
  const kind = kindOf(worker.row);
  const alike = processes.filter(({row, engine}) => engine === worker.engine && kindOf(row) === kind);
  return processes.some(
    ({row: server, role, engine}) =>
      role === 'server' &&
      engine === worker.engine &&
      !isEnded(server) &&
      !alike.some(({row}) => isBelow(row, server.pid, byPid)),
  );
}

/** A title without its numbers: `sglang::scheduler` of every rank. */
function kindOf({command}: ProcessRow): string {
  return /^[^_\d\s]{0,80}/.exec(command)?.[0] ?? '';
}

/** Most generations of a tree that are followed. */
const MAX_GENERATIONS = 32;

function isBelow(row: ProcessRow, ancestor: number, byPid: ReadonlyMap<number, ProcessRow>): boolean {
  let parent = row.parentPid;
  for (let count = 0; count < MAX_GENERATIONS && parent !== null; count += 1) {
    if (parent === ancestor) return true;
    parent = byPid.get(parent)?.parentPid ?? null;
  }
  return false;
}

function isAdopted({parentPid}: ProcessRow, byPid: ReadonlyMap<number, ProcessRow>): boolean {
  const parent = parentPid === null ? undefined : byPid.get(parentPid);
  return parent !== undefined && (isEnded(parent) || adopter.test(parent.command));
}

/** Any program of Python may use an engine as a library. */
function mayBeParent(row: ProcessRow): boolean {
  return python.test(row.command) && !helper.test(row.command) && !isEnded(row);
}

/** A process that has ended and was not reaped. */
export function isEnded({state, command}: ProcessRow): boolean {
  return /^[ZX]/.test(state ?? '') || command.includes('<defunct>');
}
