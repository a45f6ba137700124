import type {Server} from 'node:http';
import {setTimeout as delay} from 'node:timers/promises';
import type {GpuType} from '../../node/gpu-catalog.ts';
import type {SimulatedNode} from '../../node/node-directory.ts';
import type {ServeOptions} from '../flags.ts';
import {type MemoryLayout, workerBytes} from '../memory.ts';
import type {CardUse} from '../process/card-use.ts';
import type {CoreHandle} from '../process/core-handle.ts';
import type {LogSink} from '../process/log-sink.ts';
import {engineDeadLines, shutdownLines} from '../start/ending-texts.ts';
import {portInUseTraceback, traceback} from '../start/failure-texts.ts';
import {apiServer, engineCore, worker} from '../start/log-lines.ts';
import {LoadGenerator} from '../traffic/load-generator.ts';
import {Scheduler} from '../traffic/scheduler.ts';
import {TrafficMetrics} from '../traffic/traffic-metrics.ts';
import type {AccessRecord} from './exchange.ts';
import {accessLine, createApiServer} from './http-server.ts';
import {type HttpCount, metricsPage} from './metrics-page.ts';
import {misfortuneAt} from './misfortune.ts';
import {ServingEngine} from './serving-engine.ts';
import {StatsLine} from './stats-line.ts';

const TICK_MS = 50;
const CARDS_EVERY_MS = 500;
/** How long after readiness the simulated users come. */
const LOAD_AFTER_MS = 500;
/** vLLM looks every five seconds whether its engine core is still there; here it is found sooner. */
const DEAD_EXIT_MS = 1_000;
const CORE_STOP_MS = 2_000;

/** What a started engine is made of. */
export type LiveParts = {
  readonly node: SimulatedNode;
  readonly options: ServeOptions;
  readonly layout: MemoryLayout;
  readonly sink: LogSink;
  readonly cards: CardUse;
  readonly core: CoreHandle;
  readonly gpu: GpuType;
};

/** The engine from readiness to its end. */
export class LiveEngine {
  readonly #parts: LiveParts;
  readonly #metrics: TrafficMetrics;
  readonly #scheduler: Scheduler;
  readonly #engine: ServingEngine;
  readonly #stats: StatsLine;
  readonly #server: Server;
  readonly #httpRequests = new Map<string, HttpCount>();
  readonly #createdSeconds = Date.now() / 1000;
  readonly #ending = Promise.withResolvers<'stopped' | 'dead'>();
  #readyAtMs = 0;
  #freeBytes: number;
  #cardsAtMs = performance.now();
  #isCoreDead = false;

  constructor(parts: LiveParts) {
    this.#parts = parts;
    const {options, layout, node, gpu} = parts;
    this.#metrics = new TrafficMetrics(layout.maxModelLen);
    this.#scheduler = new Scheduler(
      {
        maxModelLen: layout.maxModelLen,
        maxNumSeqs: options.maxNumSeqs,
        maxNumBatchedTokens: options.maxNumBatchedTokens,
        blockSize: layout.blockSize * options.decodeContextParallelSize,
        blocks: layout.blocks,
        stepTimeFactor: gpu.stepTimeFactor,
      },
      this.#metrics,
    );
    this.#engine = new ServingEngine({
      scheduler: this.#scheduler,
      load: new LoadGenerator({
        pattern: node.scenario === 'burst' || node.scenario === 'idle' ? node.scenario : 'steady',
        seed: node.seed,
        startsAtMs: performance.now() + LOAD_AFTER_MS,
        maxModelLen: layout.maxModelLen,
        capacityTokens: layout.capacityTokens,
      }),
      onLoadResponse: () => this.#recordLoad(),
    });
    this.#stats = new StatsLine(this.#metrics);
    this.#freeBytes = layout.totalBytes - workerBytes(layout, 'serving');
    this.#server = createApiServer({
      options,
      maxModelLen: layout.maxModelLen,
      createdSeconds: Math.floor(this.#createdSeconds),
      engine: this.#engine,
      metricsPage: () => this.#metricsPage(),
      isDead: () => this.#isCoreDead,
      onResponse: (response) => this.#record(response),
    });
  }

  /** Serves until it is told to stop or the engine core dies; resolves to the exit status. */
  async serve(): Promise<number> {
    const {options, sink, core} = this.#parts;
    // Before anything is awaited: a signal without a handler would end this process and leave its engine core.
    process.on('SIGTERM', () => this.#ending.resolve('stopped'));
    process.on('SIGINT', () => this.#ending.resolve('stopped'));
    const isListening = await listen(this.#server, options);
    if (!isListening) {
      for (const line of portInUseTraceback()) sink.print(apiServer, 'stderr', line);
      core.order('stop');
      await core.ended;
      return 1;
    }
    sink.print(apiServer, 'stdout', 'INFO:     Application startup complete.');
    this.#readyAtMs = Date.now();
    void core.ended.then(() => {
      this.#isCoreDead = true;
      this.#ending.resolve('dead');
    });
    const ticking = setInterval(() => this.#tick(), TICK_MS);
    const intervalSeconds = Number(process.env['VLLM_LOG_STATS_INTERVAL'] ?? 10);
    const logging = setInterval(() => this.#logStats(intervalSeconds), intervalSeconds * 1000);
    const ending = await this.#ending.promise;
    if (ending === 'stopped') await this.#stop();
    clearInterval(ticking);
    clearInterval(logging);
    if (ending === 'dead') await this.#die();
    // Both an orderly stop and the death of the engine core end with status 0, as vLLM's do.
    return 0;
  }

  #tick(): void {
    const nowMs = performance.now();
    this.#engine.tick(nowMs);
    const sinceLastMs = nowMs - this.#cardsAtMs;
    if (sinceLastMs < CARDS_EVERY_MS) return;
    this.#cardsAtMs = nowMs;
    this.#suffer(sinceLastMs);
    const {busyMs, prefillMs} = this.#scheduler.takeActivity();
    // A hung collective spins: the cards look fully busy.
    if (this.#engine.isHung) this.#parts.cards.work(1, 0);
    else this.#parts.cards.work(Math.min(1, busyMs / sinceLastMs), busyMs === 0 ? 0 : prefillMs / busyMs);
  }

  #suffer(sinceLastMs: number): void {
    const {node, layout, cards, sink, core} = this.#parts;
    const misfortune = misfortuneAt({
      node,
      sinceLastMs,
      readyAtMs: this.#readyAtMs,
      nowMs: Date.now(),
      freeBytes: this.#freeBytes,
      totalBytes: layout.totalBytes,
    });
    if (misfortune === null || this.#isCoreDead) return;
    if (misfortune.type === 'hang') this.#engine.hang();
    else if (misfortune.type === 'leak') this.#freeBytes = cards.grow(misfortune.bytes);
    else {
      const frames = [
        ['v1/worker/gpu_model_runner.py', 3871, 'execute_model', 'model_output = self._model_forward('],
      ] as const;
      const place = 'multiproc_executor.py:1004';
      sink.log(worker(misfortune.rank), 'ERROR', place, 'WorkerProc hit an exception.');
      for (const line of traceback(frames, misfortune.exception))
        sink.log(worker(misfortune.rank), 'ERROR', place, line);
      sink.log(engineCore, 'ERROR', 'core.py:1348', 'EngineCore encountered a fatal error.');
      const error = `RuntimeError: Worker failed with error '${misfortune.exception}', please check the stack trace above for the root cause`;
      for (const line of traceback(
        [['v1/engine/core.py', 1339, 'run_engine_core', 'engine_core.run_busy_loop()']],
        error,
      )) {
        sink.log(engineCore, 'ERROR', 'core.py:1348', line);
      }
      this.#isCoreDead = true;
      core.order('crash');
    }
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

  #recordLoad(): void {
    const place = this.#metrics.histograms.endToEnd.count;
    this.#record({
      client: `10.20.0.${11 + (place % 23)}:${32_768 + ((place * 7_919) % 28_000)}`,
      method: 'POST',
      path: '/v1/chat/completions',
      handler: '/v1/chat/completions',
      status: 200,
    });
  }

  #countHttp(key: Omit<HttpCount, 'count'>): void {
    const name = `${key.method} ${key.handler} ${key.status}`;
    const counted = this.#httpRequests.get(name) ?? {...key, count: 0};
    counted.count += 1;
    this.#httpRequests.set(name, counted);
  }

  #logStats(intervalSeconds: number): void {
    if (!this.#parts.options.logsStats) return;
    const {runningCount: running, waitingCount: waiting, kvUsageRatio} = this.#scheduler;
    const line = this.#stats.take({running, waiting, kvUsageRatio}, intervalSeconds);
    if (line !== null) this.#parts.sink.log(apiServer, 'INFO', 'loggers.py:280', line);
  }

  #metricsPage(): string {
    const {options, layout} = this.#parts;
    const cpu = process.cpuUsage();
    return metricsPage({
      modelName: options.servedModelNames[0] ?? options.model,
      layout,
      gpuMemoryUtilization: options.gpuMemoryUtilization,
      kvCacheDtype: options.kvCacheDtype,
      isPrefixCachingEnabled: options.isPrefixCachingEnabled,
      userSpecifiedBlockSize: options.blockSize !== null,
      hasStats: options.logsStats,
      scheduler: this.#scheduler,
      metrics: this.#metrics,
      processStartSeconds: performance.timeOrigin / 1000,
      createdSeconds: this.#createdSeconds,
      httpRequests: this.#httpRequests,
      process: {residentBytes: process.memoryUsage.rss(), cpuSeconds: (cpu.user + cpu.system) / 1e6},
    });
  }

  /** The orderly end that SIGTERM asks for; a second one changes nothing. */
  async #stop(): Promise<void> {
    const {options, sink, core} = this.#parts;
    const mode = options.shutdownTimeoutSeconds > 0 ? 'drain' : 'abort';
    const lines = shutdownLines({mode, timeoutSeconds: options.shutdownTimeoutSeconds});
    for (const line of lines.before) sink.log(apiServer, line.level, line.place, line.text);
    await this.#drain(options.shutdownTimeoutSeconds * 1000);
    const hadRequests = this.#engine.requestCount > 0;
    this.#server.close();
    core.order('stop');
    const deadline = delay(CORE_STOP_MS).then(() => core.kill());
    await Promise.race([core.ended, deadline]);
    for (const line of lines.during) sink.log(apiServer, line.level, line.place, line.text);
    // vLLM reports the death that it has just ordered, when a request was in flight.
    if (hadRequests) this.#logEngineDead();
    this.#engine.failAll();
    this.#server.closeAllConnections();
    for (const line of lines.after) sink.log(apiServer, line.level, line.place, line.text);
    for (const text of lines.printed) sink.print(apiServer, 'stdout', text);
  }

  async #drain(timeoutMs: number): Promise<void> {
    this.#engine.drain();
    const deadlineMs = performance.now() + timeoutMs;
    while (this.#engine.requestCount > 0 && performance.now() < deadlineMs) await delay(TICK_MS);
  }

  /** The end that the death of the engine core brings. */
  async #die(): Promise<void> {
    const {sink} = this.#parts;
    sink.log(
      apiServer,
      'ERROR',
      'core_client.py:728',
      '[shutdown] MPClient: engine core exited unexpectedly; starting cleanup',
    );
    this.#logEngineDead();
    this.#engine.failAll();
    await delay(DEAD_EXIT_MS);
    this.#server.close();
    this.#server.closeAllConnections();
    for (const text of shutdownLines({mode: 'abort', timeoutSeconds: 0}).printed) sink.print(apiServer, 'stdout', text);
  }

  #logEngineDead(): void {
    for (const text of engineDeadLines()) this.#parts.sink.log(apiServer, 'ERROR', 'async_llm.py:704', text);
  }
}

function listen(server: Server, {host, port}: ServeOptions): Promise<boolean> {
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, host ?? '0.0.0.0', () => resolve(true));
  });
}
