import path from 'node:path';
import type {EngineProcess} from '../../api/engine-view.ts';
import type {RunIdentity} from '../../domain/lifecycle/run-identity.ts';
import {MS_PER_SECOND} from '../../shared/units.ts';
import {TICKS_PER_SECOND} from '../process/proc-stat.ts';
import {readWords} from '../process/proc-words.ts';
import type {SessionProcess} from '../process/session.ts';

const MOST_NAME_CHARACTERS = 40;
const MS_PER_TICK = MS_PER_SECOND / TICKS_PER_SECOND;

/** How long the title of a process is taken to be the same, while the kernel's name of it is. */
const NAMED_FOR_MS = 30_000;

/** The names of processes that were read before: each takes three operations in another thread. */
export class ProcessNames {
  #known = new Map<string, {readonly name: string; readonly untilMs: number}>();

  /** Of these processes alone, whose names are then remembered. */
  async of(processes: readonly SessionProcess[]): Promise<ReadonlyMap<number, string>> {
    const nowMs = performance.now();
    const named = await Promise.all(
      processes.map(async ({pid, command, startTimeTicks, isShim}) => {
        const key = `${pid} ${startTimeTicks} ${command}`;
        const known = this.#known.get(key);
        if (known !== undefined && nowMs < known.untilMs) return {pid, key, ...known};
        const name = isShim ? command : processName(await readWords(pid, 'cmdline'), command);
        return {pid, key, name, untilMs: nowMs + NAMED_FOR_MS};
      }),
    );
    this.#known = new Map(named.map(({key, name, untilMs}) => [key, {name, untilMs}]));
    return new Map(named.map(({pid, name}) => [pid, name]));
  }
}

/** The processes of a run as they are shown, the oldest first. */
export async function engineProcesses(
  run: RunIdentity,
  processes: readonly SessionProcess[],
  names = new ProcessNames(),
): Promise<readonly EngineProcess[]> {
  const nameOf = await names.of(processes);
  const shown = processes.map(({pid, parentPid, command, state, residentBytes, startTimeTicks, isShim}) => ({
    pid,
    parentPid,
    name: nameOf.get(pid) ?? command,
    state,
    residentBytes,
    startedAtMs: Math.round(run.startedAtMs + (Number(startTimeTicks) - Number(run.startTimeTicks)) * MS_PER_TICK),
    isShim,
  }));
  return shown.toSorted((a, b) => a.startedAtMs - b.startedAtMs || a.pid - b.pid);
}

/**
 * The title that a program has given itself (`VLLM::Worker_TP0`), or the program and what it runs: `python3 vllm`,
 * `python3 -m vllm.entrypoints.cli.main`. No further words: one of them may be a secret. The kernel's name, which is cut at 15
 * characters, where there are none.
 */
export function processName([program = '', first = '', second = '']: readonly string[], command: string): string {
  if (program === '') return command;
  if (program.includes(' ') || program.includes('::')) return program.trim().split(' ', 1)[0] ?? command;
  const shown = [path.basename(program)];
  if (first === '-m') shown.push(first, second);
  else if (first !== '' && !first.startsWith('-')) shown.push(path.basename(first));
  return shown.join(' ').slice(0, MOST_NAME_CHARACTERS);
}
