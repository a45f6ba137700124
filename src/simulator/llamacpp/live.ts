import {findGpuType} from '../node/gpu-catalog.ts';
import type {SimulatedNode} from '../node/node-directory.ts';
import type {CardUse} from '../process/card-use.ts';
import {writeAll} from '../process/write-all.ts';
import {createApiServer, listen} from '../serving/api-server.ts';
import type {CrashCause} from '../serving/engine-fault.ts';
import {EngineLoop} from '../serving/engine-loop.ts';
import {type LlamaMemory, mibText} from './memory-layout.ts';
import {llamaMetricsPage} from './metrics-page.ts';
import type {LlamaOptions} from './options.ts';
import type {LlamaLog} from './print-log.ts';
import {llamaApi, servedModelOf} from './routes.ts';
import {LlamaSlots} from './slots.ts';

/** llama.cpp's steps take longer on these GPUs: layers run one GPU after the other. */
const SLOWNESS = 4;

/** Dependencies of a server. */
export type LlamaParts = {
  readonly node: SimulatedNode;
  readonly options: LlamaOptions;
  readonly memory: LlamaMemory;
  readonly cards: CardUse;
  readonly log: LlamaLog;
};

/** The server from opening its port, before the model is loaded, to its exit. */
export class LiveLlama {
  readonly #parts: LlamaParts;
  readonly #loop: EngineLoop;
  readonly #server;
  #isLoading = true;
  readonly #slots: LlamaSlots;

  constructor(parts: LlamaParts) {
    this.#parts = parts;
    const {node, options, memory, cards, log} = parts;
    this.#slots = new LlamaSlots(options.slots, memory.cells, log);
    this.#loop = new EngineLoop({
      node,
      gpu: findGpuType(node.gpuName),
      cards,
      workerPids: [],
      slowness: SLOWNESS,
      limits: {
        maxModelLen: memory.cells,
        maxNumSeqs: options.slots,
        maxNumBatchedTokens: 2048,
        blockSize: 1,
        blocks: memory.cells,
      },
      capacityTokens: memory.cells,
      onCrash: ({rank, cause}) => this.#crash(rank, cause),
      onLoadResponse: () => undefined,
      onRequestEnd: (request, reason) => this.#slots.end(request, reason),
    });
    this.#server = createApiServer(
      {
        options: servedModelOf(options),
        maxModelLen: memory.cells,
        engine: this.#loop.engine,
        isDead: () => false,
        onResponse: () => undefined,
      },
      llamaApi,
      {
        options,
        createdSeconds: Math.floor(Date.now() / 1000),
        isLoading: () => this.#isLoading,
        slotsPage: () => this.#slots.page(this.#loop.scheduler.running),
        metricsPage: () => llamaMetricsPage({scheduler: this.#loop.scheduler, metrics: this.#loop.metrics}),
      },
    );
  }

  /** Opens the port before the model is loaded. False if it is in use. */
  open(): Promise<boolean> {
    return listen(this.#server, this.#parts.options.host, this.#parts.options.port);
  }

  /** Serves until it is stopped; resolves to the exit status. */
  serve(): Promise<number> {
    this.#isLoading = false;
    const {log} = this.#parts;
    this.#loop.start(() => this.#slots.follow(this.#loop.scheduler.running));
    return new Promise((resolve) => {
      let isStopping = false;
      const stop = (): void => {
        if (isStopping) {
          writeAll(2, 'Received second interrupt, terminating immediately.\n');
          resolve(1);
          return;
        }
        isStopping = true;
        log.line(3, 'I', 'srv    operator(): operator(): cleaning up before exit...');
        this.#loop.stop();
        // A client with a running response delays the exit.
        this.#server.close(() => resolve(0));
        this.#server.closeIdleConnections();
      };
      process.on('SIGTERM', stop);
      process.on('SIGINT', stop);
    });
  }

  /** A kernel fails and the program aborts. */
  #crash(rank: number, cause: CrashCause): void {
    const {memory, log} = this.#parts;
    if (cause === 'out-of-memory') {
      log.line(
        0,
        'E',
        `ggml_backend_cuda_buffer_type_alloc_buffer: allocating ${mibText(memory.computeBytes)} MiB on device ${rank}: cudaMalloc failed: out of memory`,
      );
    }
    const error = cause === 'illegal-access' ? 'an illegal memory access was encountered' : 'unknown error';
    log.line(0, 'E', `CUDA error: ${error}`);
    log.line(
      0,
      'E',
      `  current device: ${rank}, in function ggml_backend_cuda_synchronize at /src/ggml/src/ggml-cuda/ggml-cuda.cu:2981`,
    );
    writeAll(2, '/src/ggml/src/ggml-cuda/ggml-cuda.cu:99: CUDA error\n');
    this.#parts.cards.release();
    process.kill(process.pid, 'SIGABRT');
  }
}
