import {
  type WorkerCall,
  workerCallFailedTraceback,
  workerCallTraceback,
  workerInitTraceback,
  workerTraceback,
} from './failure-texts.ts';
import {engineCore, worker} from './print-log.ts';
import {logError, type StartStep} from './start-step.ts';

/** A worker that could not be started, and the exit of the engine core. */
export function workerFailure(
  atMs: number,
  rank: number,
  exception: string,
  during: 'init_device' | 'load_model' | 'init_distributed',
): readonly StartStep[] {
  const place = 'multiproc_executor.py:941';
  return [
    logError(atMs, worker(rank), place, 'WorkerProc failed to start.'),
    ...workerTraceback(exception, during)
      .flatMap(linesOf)
      .map((line) => logError(atMs, worker(rank), place, line)),
    ...coreFailure(atMs + 1_500, workerInitTraceback()),
  ];
}

/** A worker that fails in a call of the engine core, and the exit of the engine core. */
export function workerCallFailure(
  atMs: number,
  rank: number,
  during: WorkerCall,
  lines: readonly string[],
): readonly StartStep[] {
  const place = 'multiproc_executor.py:1007';
  const [cause = ''] = lines;
  return [
    logError(atMs, worker(rank), place, 'WorkerProc hit an exception.'),
    ...workerCallTraceback(during, lines).map((line) => logError(atMs, worker(rank), place, line)),
    ...coreFailure(atMs + 1_500, workerCallFailedTraceback(cause)),
  ];
}

function linesOf(text: string): readonly string[] {
  return text.split('\n');
}

/** The engine core exits with this traceback, in the log and again as Python prints it. */
export function coreFailure(atMs: number, trace: readonly string[]): readonly StartStep[] {
  const place = 'core.py:1346';
  return [
    logError(atMs, engineCore, place, 'EngineCore failed to start.'),
    ...trace.map((line) => logError(atMs, engineCore, place, line)),
    ...trace.map(
      (text): StartStep => ({atMs: atMs + 200, action: {type: 'print', from: engineCore, stream: 'stderr', text}}),
    ),
    {atMs: atMs + 1_500, action: {type: 'fail'}},
  ];
}
