import type {Server} from 'node:http';
import {setTimeout as delay} from 'node:timers/promises';
import type {GpuType} from '../../node/gpu-catalog.ts';
import type {SimulatedNode} from '../../node/node-directory.ts';
import type {CardUse} from '../../process/card-use.ts';
import {torchException} from '../../python/torch-text.ts';
import {accessLine, clientRecord} from '../../serving/access-log.ts';
import {createApiServer, listen} from '../../serving/api-server.ts';
import {EngineLoop} from '../../serving/engine-loop.ts';
import type {AccessRecord} from '../../serving/exchange.ts';
import type {ServeOptions} from '../flags.ts';
import type {MemoryLayout} from '../memory-layout.ts';
import type {CoreHandle} from '../process/core-handle.ts';
import type {LogSink} from '../process/log-sink.ts';
import {engineDeadLines, shutdownLines} from '../start/ending-texts.ts';
import {portInUseTraceback, traceback} from '../start/failure-texts.ts';
import {apiServer, engineCore, worker} from '../start/print-log.ts';
import {type HttpCount, metricsPage} from './metrics-page.ts';
import {servedModelOf, vllmApi} from './routes.ts';
import {StatsLine} from './stats-line.ts';

const POLL_MS = 50;
/** vLLM checks its engine core every five seconds; here its exit is detected sooner. */
const DEAD_EXIT_MS = 1_000;
const CORE_STOP_MS = 2_000;

/** Dependencies of a started engine. */
export type LiveParts = {
  readonly node: SimulatedNode;
  readonly options: ServeOptions;
  readonly layout: MemoryLayout;
  readonly sink: LogSink;
  readonly cards: CardUse;
  readonly core: CoreHandle;
  readonly gpu: GpuType;
};

/** The engine from readiness to its exit. */
export class LiveEngine {
  readonly #parts: LiveParts;
  readonly #loop: EngineLoop;
  readonly #stats: StatsLine;
  readonly #server: Server;
  readonly #httpRequests = new Map<string, HttpCount>();
  readonly #createdSeconds = Date.now() / 1000;
  readonly #ending = Promise.withResolvers<'stopped' | 'dead'>();
  #isCoreDead = false;

  constructor(parts: LiveParts) {
    this.#parts = parts;
    const {options, layout, node, gpu, cards, core} = parts;
    this.#loop = new EngineLoop({
      node,
      gpu,
      cards,
      workerPids: [core.pid, ...core.workerPids],
      slowness: 1,
      limits: {
        maxModelLen: layout.maxModelLen,
        maxNumSeqs: options.maxNumSeqs,
        maxNumBatchedTokens: options.maxNumBatchedTokens,
        blockSize: layout.blockSize * options.decodeContextParallelSize,
        blocks: layout.blocks,
      },
      capacityTokens: layout.capacityTokens,
      onCrash: ({rank, cause, freeBytes}) =>
        this.#crash(rank, torchException(cause, {rank, totalBytes: layout.totalBytes, freeBytes})),
      onLoadResponse: () => this.#record(clientRecord(this.#loop.metrics.histograms.endToEnd.count)),
    });
    this.#stats = new StatsLine(this.#loop.metrics);
    this.#server = createApiServer(
      {
        options: servedModelOf(options),
        maxModelLen: layout.maxModelLen,
        engine: this.#loop.engine,
        isDead: () => this.#isCoreDead,
        onResponse: (response) => this.#record(response),
      },
      vllmApi,
      {
        options,
        createdSeconds: Math.floor(this.#createdSeconds),
        metricsPage: () => this.#metricsPage(),
      },
    );
  }

  /** Serves until it is stopped or the engine core dies; resolves to the exit status. */
  async serve(): Promise<number> {
    const {options, sink, core} = this.#parts;
    // Before anything is awaited: a signal without a handler would end this process and leave its engine core running.
    process.on('SIGTERM', () => this.#ending.resolve('stopped'));
    process.on('SIGINT', () => this.#ending.resolve('stopped'));
    const isListening = await listen(this.#server, options.host ?? '0.0.0.0', options.port);
    if (!isListening) {
      for (const line of portInUseTraceback()) sink.print(apiServer, 'stderr', line);
      core.order('stop');
      await core.ended;
      return 1;
    }
    sink.print(apiServer, 'stdout', 'INFO:     Application startup complete.');
    void core.ended.then(() => {
      this.#isCoreDead = true;
      this.#ending.resolve('dead');
    });
    this.#loop.start();
    const intervalSeconds = Number(process.env['VLLM_LOG_STATS_INTERVAL'] ?? 10);
    const logging = setInterval(() => this.#logStats(intervalSeconds), intervalSeconds * 1000);
    const ending = await this.#ending.promise;
    if (ending === 'stopped') await this.#stop();
    this.#loop.stop();
    clearInterval(logging);
    if (ending === 'dead') await this.#die();
    // Both a clean stop and the death of the engine core end with status 0, like vLLM's.
    return 0;
  }

  /** A worker's exception, and the exit of the engine core. */
  #crash(rank: number, exception: string): void {
    const {sink, core} = this.#parts;
    if (this.#isCoreDead) return;
    const frames = [
      ['v1/worker/gpu_model_runner.py', 3871, 'execute_model', 'model_output = self._model_forward('],
    ] as const;
    const place = 'multiproc_executor.py:1004';
    sink.log(worker(rank), 'ERROR', place, 'WorkerProc hit an exception.');
    for (const line of traceback(frames, exception)) sink.log(worker(rank), 'ERROR', place, line);
    sink.log(engineCore, 'ERROR', 'core.py:1348', 'EngineCore encountered a fatal error.');
    const error = `RuntimeError: Worker failed with error '${exception}', please check the stack trace above for the root cause`;
    for (const line of traceback(
      [['v1/engine/core.py', 1339, 'run_engine_core', 'engine_core.run_busy_loop()']],
      error,
    )) {
      sink.log(engineCore, 'ERROR', 'core.py:1348', line);
    }
    this.#isCoreDead = true;
    core.order('crash');
  }

  #record(response: AccessRecord): void {
    const {options, sink} = this.#parts;
    const status = `${Math.floor(response.status / 100)}xx`;
    if (!['/metrics', '/health', '/load', '/ping', '/version'].includes(response.handler)) {
      this.#countHttp({handler: response.handler, method: response.method, status});
    }
    if (options.logsAccess && !options.quietPaths.includes(response.handler)) {
      sink.print(apiServer, 'stdout', accessLine(response));
    }
  }

  #countHttp(key: Omit<HttpCount, 'count'>): void {
    const name = `${key.method} ${key.handler} ${key.status}`;
    const counted = this.#httpRequests.get(name) ?? {...key, count: 0};
    counted.count += 1;
    this.#httpRequests.set(name, counted);
  }

  #logStats(intervalSeconds: number): void {
    if (!this.#parts.options.logsStats) return;
    const {runningCount: running, waitingCount: waiting, kvUsageRatio} = this.#loop.scheduler;
    const line = this.#stats.take({running, waiting, kvUsageRatio}, intervalSeconds);
    if (line !== null) this.#parts.sink.log(apiServer, 'INFO', 'loggers.py:280', line);
  }

  #metricsPage(): string {
    const {options, layout} = this.#parts;
    const cpu = process.cpuUsage();
    this.#loop.onPage();
    return metricsPage({
      modelName: options.servedModelNames[0] ?? options.model,
      layout,
      gpuMemoryUtilization: options.gpuMemoryUtilization,
      kvCacheDtype: options.kvCacheDtype,
      isPrefixCachingEnabled: options.isPrefixCachingEnabled,
      userSpecifiedBlockSize: options.blockSize !== null,
      hasStats: options.logsStats,
      scheduler: this.#loop.engine.stepCounts,
      metrics: this.#loop.metrics,
      processStartSeconds: performance.timeOrigin / 1000,
      createdSeconds: this.#createdSeconds,
      httpRequests: this.#httpRequests,
      process: {residentBytes: process.memoryUsage.rss(), cpuSeconds: (cpu.user + cpu.system) / 1e6},
    });
  }

  /** The clean stop after SIGTERM; a second one changes nothing. */
  async #stop(): Promise<void> {
    const {options, sink, core} = this.#parts;
    const mode = options.shutdownTimeoutSeconds > 0 ? 'drain' : 'abort';
    const lines = shutdownLines({mode, timeoutSeconds: options.shutdownTimeoutSeconds});
    for (const line of lines.before) sink.log(apiServer, line.level, line.place, line.text);
    await this.#drain(options.shutdownTimeoutSeconds * 1000);
    const hadRequests = this.#loop.engine.requestCount > 0;
    this.#server.close();
    core.order('stop');
    const deadline = delay(CORE_STOP_MS).then(() => core.kill());
    await Promise.race([core.ended, deadline]);
    for (const line of lines.during) sink.log(apiServer, line.level, line.place, line.text);
    // vLLM reports the exit that it has just requested, if a request was running.
    if (hadRequests) this.#logEngineDead();
    this.#loop.engine.failAll();
    this.#server.closeAllConnections();
    for (const line of lines.after) sink.log(apiServer, line.level, line.place, line.text);
    for (const text of lines.printed) sink.print(apiServer, 'stdout', text);
  }

  async #drain(timeoutMs: number): Promise<void> {
    this.#loop.engine.drain();
    const deadlineMs = performance.now() + timeoutMs;
    while (this.#loop.engine.requestCount > 0 && performance.now() < deadlineMs) await delay(POLL_MS);
  }

  /** The exit after the death of the engine core. */
  async #die(): Promise<void> {
    const {sink} = this.#parts;
    sink.log(
      apiServer,
      'ERROR',
      'core_client.py:728',
      '[shutdown] MPClient: engine core exited unexpectedly; starting cleanup',
    );
    this.#logEngineDead();
    this.#loop.engine.failAll();
    await delay(DEAD_EXIT_MS);
    this.#server.close();
    this.#server.closeAllConnections();
    for (const text of shutdownLines({mode: 'abort', timeoutSeconds: 0}).printed) sink.print(apiServer, 'stdout', text);
  }

  #logEngineDead(): void {
    for (const text of engineDeadLines()) this.#parts.sink.log(apiServer, 'ERROR', 'async_llm.py:704', text);
  }
}
