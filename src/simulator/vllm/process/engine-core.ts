import {type ChildProcess, spawn} from 'node:child_process';
import {constants} from 'node:os';
import {z} from 'zod';
import {spinOnSignal, waitingShell} from '../../process/stuck-process.ts';
import {engineCore} from '../start/print-log.ts';
import {createLogSink} from './log-sink.ts';

/** The argument that makes this program an engine core. */
export const ENGINE_CORE_COMMAND = '--internal-engine-core';

/** What the engine core reports to the API server: the workers that use the memory. */
export const coreReportSchema = z.strictObject({workerPids: z.array(z.int())});
const orderSchema = z.enum(['stop', 'crash']);

/**
 * The engine core's process: it starts the workers and runs until it is stopped. Like vLLM's, it outlives a killed API
 * server, and keeps the cards' memory. Its workers exit with it: their standard input closes.
 */
export function runEngineCore(workerCount: number): void {
  process.title = 'VLLM::EngineCore';
  spinOnSignal();
  const workers = Array.from({length: workerCount}, (_, rank) => startWorker(rank));
  const sink = createLogSink(() => ({apiServer: process.ppid, engineCore: process.pid, workers: []}));
  let isEnding = false;
  const end = (exitCode: number): void => {
    isEnding = true;
    void endWorkers(workers).then(() => process.exit(exitCode));
  };
  for (const [rank, worker] of workers.entries()) {
    worker.once('exit', (code, signal) => {
      if (isEnding) return;
      const exitCode = signal === null ? code : -constants.signals[signal];
      const text = `Worker proc VllmWorker-${rank} died unexpectedly (exit code: ${exitCode}), shutting down executor.`;
      sink.log(engineCore, 'ERROR', 'multiproc_executor.py:312', text);
      sink.log(engineCore, 'ERROR', 'core.py:1348', 'EngineCore encountered a fatal error.');
      end(1);
    });
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (isEnding) return;
      sink.log(engineCore, 'INFO', 'core.py:1214', `[shutdown] EngineCore: trigger received signal=${signal}`);
      sink.log(engineCore, 'INFO', 'core.py:1333', '[shutdown] EngineCore: start mode=abort timeout=0s');
      sink.log(engineCore, 'INFO', 'core.py:1227', '[shutdown] EngineCore: exiting busy loop');
      end(0);
    });
  }
  process.on('message', (message) => {
    const order = orderSchema.parse(message);
    if (!isEnding) end(order === 'stop' ? 0 : 1);
  });
  // Keeps this process running without the API server, until a signal.
  setInterval(() => undefined, 3_600_000);
  const workerPids = workers.flatMap(({pid}) => (pid === undefined ? [] : [pid]));
  process.send?.({workerPids});
}

/** A minimal process for each card: a shell that waits for the end of its input. */
function startWorker(rank: number): ChildProcess {
  return spawn('/bin/sh', waitingShell(`VLLM::Worker_TP${rank}`), {stdio: ['pipe', 'ignore', 'ignore']});
}

async function endWorkers(workers: readonly ChildProcess[]): Promise<void> {
  await Promise.all(
    workers.map(async (worker) => {
      if (worker.exitCode !== null || worker.signalCode !== null) return;
      const ended = new Promise((resolve) => worker.once('exit', resolve));
      worker.kill('SIGKILL');
      await ended;
    }),
  );
}
