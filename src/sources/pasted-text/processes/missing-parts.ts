import type {Engine} from '../../../engines/engine.ts';
import {type EngineProcess, isEnded} from './lost-parents.ts';
import type {ProcessRow, ProcessRows} from './process-rows.ts';

/** One part of an engine in a list without the other one that it needs. */
export type Alone = {
  readonly part: 'server' | 'core' | 'workers';
  readonly engine: Engine;
  readonly processes: readonly EngineProcess[];
  /** False where the other part may be left out of the list, or may not have been started yet. */
  readonly isCertain: boolean;
};

const filter = /^(?:\S{0,40}\/)?(?:e?grep|rg)\s(.{1,300})/;
const python = /^python[\d.]{0,6}$/;
/** Processes of older releases have no title. */
const untitled = /multiprocessing[. ]spawn|spawn_main/;
/** A server that has used as much CPU time has long started its workers: importing its modules takes less than a minute. */
const STARTED_SECONDS = 120;

/**
 * Workers without a server, or a server without workers, in a list that does not say whose children they are: where it does, a
 * worker whose parent is another one has a parent that lives.
 */
export function findMissingPart(
  rows: readonly ProcessRow[],
  processes: readonly EngineProcess[],
  list: Pick<ProcessRows, 'isOfPs' | 'hasParents'>,
): Alone | null {
  const living = processes.filter(({row}) => !isEnded(row));
  const workers = living.filter(({role}) => role === 'worker');
  const servers = living.filter(({role, row, engine}) => role === 'server' && isProgram(row, engine));
  const [first] = workers.length > 0 ? workers : servers;
  if (first === undefined) return null;
  const {engine} = first;
  if (workers.length > 0) {
    const isTold =
      list.hasParents || workers.some(({row}) => row.parentPid !== null) || rows.some(({pid}) => pid === 1);
    const core = findMissingCore(rows, processes, list);
    if (core !== null) return core;
    if (isTold || living.some(({role}) => role === 'server')) return null;
    return {part: 'workers', engine, processes: workers, isCertain: shows(rows, list, engine, 'server')};
  }
  // Without a header, the words that the list was filtered by are unknown, and those of a server are in its command line only.
  const isAlone = servers.length === 1 && processes.length === living.length && hasWorkers(engine);
  if (!isAlone || !list.isOfPs || rows.some(({command}) => untitled.test(command))) return null;
  const isOld = (first.row.cpuSeconds ?? 0) >= STARTED_SECONDS;
  return {part: 'server', engine, processes: servers, isCertain: isOld && shows(rows, list, engine, 'workers')};
}

/** A server and workers, without the process between them, which schedules requests: then nobody answers any. */
function findMissingCore(
  rows: readonly ProcessRow[],
  processes: readonly EngineProcess[],
  list: Pick<ProcessRows, 'isOfPs'>,
): Alone | null {
  const servers = processes.filter(
    ({role, row, engine}) => role === 'server' && !isEnded(row) && isProgram(row, engine),
  );
  const [first] = servers;
  const core = first?.engine.core;
  if (first === undefined || core === undefined || !list.isOfPs) return null;
  const others = processes.filter(({engine}) => engine === first.engine);
  const needs = others.some(({row}) => !isEnded(row) && core.needsCore(row.command));
  const hasCore = others.some(({row}) => core.isCore(row.command));
  if (!needs || hasCore || servers.some(({row}) => core.isElsewhere(row.command))) return null;
  const isCertain = shows(rows, list, first.engine, 'workers');
  return {part: 'core', engine: first.engine, processes: servers, isCertain};
}

/** The server itself, and not a shell or a container that has its command line. */
function isProgram({command}: ProcessRow, {name, installation}: Engine): boolean {
  const [first = ''] = command.split(/\s/, 1);
  const program = first.split('/').at(-1) ?? first;
  return python.test(program) || program === (installation.program ?? name) || program === name;
}

/** An engine of one process has no sockets between processes. */
function hasWorkers({socketFiles}: Engine): boolean {
  return socketFiles !== null;
}

/** True if the list would show the other part: it is that of ps, or was filtered by the name that this part has too. */
function shows(
  rows: readonly ProcessRow[],
  {isOfPs}: Pick<ProcessRows, 'isOfPs'>,
  {name}: Engine,
  other: Alone['part'],
): boolean {
  const words = rows.flatMap(({command}) => filter.exec(command)?.[1] ?? []);
  if (words.length === 0) return isOfPs;
  // Titles of workers are not in lower case in every engine.
  return words.some((word) => {
    const ignoresCase = /(?:^|\s)-\w{0,5}i/.test(word);
    const text = ignoresCase ? word.toLowerCase() : word;
    return text.includes(name) && (ignoresCase || other === 'server');
  });
}
