import {type ChildProcess, spawn} from 'node:child_process';
import {constants} from 'node:os';
import {waitingShell} from '../process/stuck-process.ts';

/** The schedulers' processes, which hold the memory of the cards. */
export type Schedulers = {
  readonly pids: readonly number[];
  /** Called for a scheduler that exited by itself, with its exit code as in Python. */
  readonly onDeath: (listener: (rank: number, pid: number, exitCode: number) => void) => void;
};

/**
 * A minimal process for each card: a shell that waits for the end of its input. Like SGLang's (PR_SET_PDEATHSIG), they
 * exit with their parent, however that exits.
 */
export function startSchedulers(count: number): Schedulers {
  const children = Array.from({length: count}, (_, rank) => startScheduler(rank));
  return {
    pids: children.flatMap(({pid}) => (pid === undefined ? [] : [pid])),
    onDeath: (listener) => {
      for (const [rank, child] of children.entries()) {
        child.once('exit', (code, signal) =>
          listener(rank, child.pid ?? 0, signal === null ? (code ?? 0) : -constants.signals[signal]),
        );
      }
    },
  };
}

function startScheduler(rank: number): ChildProcess {
  return spawn('/bin/sh', waitingShell(`sglang::scheduler_TP${rank}`), {stdio: ['pipe', 'ignore', 'ignore']});
}
