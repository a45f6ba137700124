import {setTimeout as delay} from 'node:timers/promises';
import {findGpuType} from '../node/gpu-catalog.ts';
import type {SimulatedNode} from '../node/node-directory.ts';
import type {CardUse} from '../process/card-use.ts';
import {torchException} from '../python/torch-text.ts';
import {traceback} from '../python/traceback.ts';
import {accessLine, clientRecord} from '../serving/access-log.ts';
import {createApiServer, listen} from '../serving/api-server.ts';
import {EngineLoop} from '../serving/engine-loop.ts';
import type {AccessRecord} from '../serving/exchange.ts';
import {BatchLines} from './batch-lines.ts';
import type {SglangMemory} from './memory-layout.ts';
import {sglangMetricsPage} from './metrics-page.ts';
import type {SglangOptions} from './options.ts';
import {print, say, sayOf} from './print-log.ts';
import {servedModelOf, sglangApi} from './routes.ts';
import type {Schedulers} from './schedulers.ts';

const POLL_MS = 50;
const REMAINING_EVERY_MS = 5_000;

/** Dependencies of an engine. */
export type SglangParts = {
  readonly node: SimulatedNode;
  readonly options: SglangOptions;
  readonly memory: SglangMemory;
  readonly cards: CardUse;
  readonly schedulers: Schedulers;
  /** Ends this process and its children, as SGLang does at every exit. */
  readonly killTree: () => void;
};

/** The engine from its open port to its exit. */
export class LiveSglang {
  readonly #parts: SglangParts;
  readonly #loop: EngineLoop;
  readonly #lines: BatchLines;
  readonly #server;
  #status: 'starting' | 'up' | 'stopping' = 'starting';
  #isDead = false;

  constructor(parts: SglangParts) {
    this.#parts = parts;
    const {node, options, memory, cards} = parts;
    const maxModelLen = Math.min(options.contextLength, memory.capacityTokens);
    this.#loop = new EngineLoop({
      node,
      gpu: findGpuType(node.gpuName),
      cards,
      workerPids: parts.schedulers.pids,
      slowness: 1.05,
      limits: {
        maxModelLen,
        maxNumSeqs: options.maxRunningRequests,
        maxNumBatchedTokens: 8192,
        blockSize: 1,
        blocks: memory.capacityTokens,
      },
      capacityTokens: memory.capacityTokens,
      onCrash: ({rank, cause, freeBytes}) =>
        this.#crash(rank, torchException(cause, {rank, totalBytes: memory.totalBytes, freeBytes})),
      onLoadResponse: () => this.#record(clientRecord(this.#loop.metrics.histograms.endToEnd.count)),
    });
    this.#lines = new BatchLines(this.#loop.metrics, memory.capacityTokens);
    this.#server = createApiServer(
      {
        options: servedModelOf(options),
        maxModelLen,
        engine: this.#loop.engine,
        isDead: () => this.#isDead,
        onResponse: (response) => this.#record(response),
      },
      sglangApi,
      {
        options,
        createdSeconds: Math.floor(Date.now() / 1000),
        status: () => this.#status,
        metricsPage: () =>
          sglangMetricsPage({
            modelName: options.servedModelName,
            memory,
            contextLength: options.contextLength,
            scheduler: this.#loop.engine.stepCounts,
            metrics: this.#loop.metrics,
            genThroughput: this.#lines.genThroughput,
          }),
      },
    );
    parts.schedulers.onDeath((rank, pid, exitCode) => this.#onSchedulerDeath(rank, pid, exitCode));
  }

  /** Opens the port; until the warm-up has ended, /health is 503. False if the port is in use. */
  open(): Promise<boolean> {
    return listen(this.#server, this.#parts.options.host, this.#parts.options.port);
  }

  /** Serves until it is stopped; ends the process. */
  serve(): void {
    this.#status = 'up';
    this.#loop.start(() => {
      for (const line of this.#lines.take(this.#loop.scheduler, performance.now())) sayOf(0, line);
    });
    process.once('SIGTERM', () => {
      void this.#drain();
    });
    process.once('SIGINT', () => {
      void this.#drain();
    });
  }

  /** SIGTERM drains without a limit, then the process kills itself with SIGKILL. */
  async #drain(): Promise<void> {
    say('SIGTERM received. signum=None frame=None. Draining requests and shutting down...');
    this.#status = 'stopping';
    this.#loop.engine.drain();
    let saidAtMs = 0;
    while (this.#loop.engine.requestCount > 0) {
      if (performance.now() - saidAtMs > REMAINING_EVERY_MS) {
        saidAtMs = performance.now();
        say(`Gracefully exiting... Remaining number of requests ${this.#loop.engine.requestCount}.`);
      }
      await delay(POLL_MS);
    }
    this.#end();
  }

  #crash(rank: number, exception: string): void {
    const trace = traceback(
      '/usr/local/lib/python3.12/dist-packages/sglang/srt',
      [
        ['managers/scheduler.py', 5075, 'run_scheduler_process', 'scheduler.run_event_loop()'],
        ['managers/scheduler.py', 1502, 'event_loop_overlap', 'batch_result = self.run_batch(batch)'],
      ],
      exception,
    );
    sayOf(rank, `Scheduler hit an exception: ${trace.join('\n')}`);
    print('');
    say('Received sigquit from a child process. It usually means the child failed.');
    this.#end();
  }

  /** A signal to the complete group ends the children during the drain, which looks like a crash. */
  #onSchedulerDeath(rank: number, pid: number, exitCode: number): void {
    if (this.#isDead) return;
    say(
      `Subprocess scheduler_${rank} (pid=${pid}) crashed with exit code ${exitCode}. Triggering SIGQUIT for cleanup...`,
    );
    say('SIGQUIT received. signum=None, frame=None. It usually means one child failed.');
    this.#end();
  }

  #end(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    this.#loop.stop();
    this.#loop.engine.failAll();
    this.#server.closeAllConnections();
    say(`kill_process_tree called: parent_pid=${process.pid}, include_parent=True, pid=${process.pid}`);
    this.#parts.cards.release();
    this.#parts.killTree();
  }

  #record(response: AccessRecord): void {
    if (this.#parts.options.quietPaths.some((prefix) => response.path.startsWith(prefix))) return;
    say(accessLine(response));
  }
}
