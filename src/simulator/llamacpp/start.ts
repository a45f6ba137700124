import {BYTES_PER_MIB} from '../../shared/units.ts';
import {pciBusId} from '../node/gpu-catalog.ts';
import {kimi} from '../node/kimi.ts';
import {NOMINAL_START_MS} from '../node/scenarios.ts';
import type {CardUse} from '../process/card-use.ts';
import type {PlayedStep} from '../process/play-steps.ts';
import {type LlamaMemory, mibText} from './memory-layout.ts';
import type {LlamaOptions} from './options.ts';
import {printFit} from './print-fit.ts';
import {LLAMA_BUILD, LLAMA_COMMIT, type LlamaLog} from './print-log.ts';

/** Dependencies of a start. `fail` ends it. */
export type LlamaStart = {
  readonly options: LlamaOptions;
  readonly memory: LlamaMemory;
  readonly cards: CardUse;
  readonly log: LlamaLog;
  /** Memory of each card used by others. */
  readonly heldByOthersBytes: readonly number[];
  /** What is missing, or does not fit. */
  readonly failure: 'missing' | 'weights' | 'cache' | 'compute' | null;
  readonly fail: () => void;
};

const LOAD_FROM_MS = 6_000;
const LOAD_MS = 310_000;
/** Loading logs nothing, but the cards fill. */
const LOAD_STEPS = 40;

/** The start as llama-server logs it, from its parameters to the open slots. */
export function llamaSteps(start: LlamaStart): readonly PlayedStep[] {
  const {failure} = start;
  return [
    ...openingSteps(start),
    ...(failure === 'missing' ? [at(200, () => failMissing(start))] : []),
    at(2_000, () => printFit(start)),
    ...metadataSteps(start),
    ...(failure === 'weights' ? [at(LOAD_FROM_MS + 2_000, () => failWeights(start))] : loadSteps(start)),
    ...contextSteps(start),
  ];
}

function at(atMs: number, run: () => void): PlayedStep {
  return {atMs, run};
}

function openingSteps({options, log}: LlamaStart): readonly PlayedStep[] {
  return [
    at(0, () => {
      log.line(
        4,
        'I',
        `cmn  common_param: common_params_print_info: build ${LLAMA_BUILD} (${LLAMA_COMMIT}) with GNU 12.2.0 for Linux x86_64`,
      );
      log.line(
        3,
        'I',
        `cmn  common_param: common_params_print_info: verbosity = ${options.verbosity} (adjust with the \`-lv N\` CLI arg)`,
      );
      if (options.apiKey !== null) log.line(4, 'I', `srv          init: api_keys: ****${options.apiKey.slice(-4)}`);
      log.line(4, 'I', 'srv          init: using 8 threads for HTTP server');
    }),
    at(100, () => log.line(3, 'I', `srv    load_model: loading model '${options.model}'`)),
  ];
}

function metadataSteps({memory, log, options, heldByOthersBytes}: LlamaStart): readonly PlayedStep[] {
  return [
    at(3_000, () => {
      for (let card = 0; card < options.cardCount; card += 1) {
        const freeBytes = memory.totalBytes - memory.contextBytes - (heldByOthersBytes[card] ?? 0);
        log.line(
          4,
          'I',
          `llama_model_load_from_file_impl: using device CUDA${card} (${memory.cardName}) (${pciBusId(card).slice(4).toLowerCase()}) - ${Math.floor(freeBytes / BYTES_PER_MIB)} MiB free`,
        );
      }
      log.line(
        4,
        'I',
        'llama_model_loader: loaded meta data with 52 key-value pairs and 1096 tensors (version GGUF V3 (latest))',
      );
      log.line(4, 'I', 'print_info: file format = GGUF V3 (latest)');
      log.line(4, 'I', `print_info: file size   = ${(memory.fileBytes / 2 ** 30).toFixed(2)} GiB (4.55 BPW) `);
      log.line(4, 'I', 'print_info: arch                  = deepseek2');
      log.line(4, 'I', `print_info: n_ctx_train           = ${kimi.maxContextTokens}`);
      log.line(4, 'I', `print_info: n_layer               = ${kimi.layers}`);
      log.line(4, 'I', `print_info: n_embd_k_gqa          = ${kimi.latentElements}`);
      log.line(4, 'I', `print_info: n_embd_v_gqa          = ${kimi.latentRank}`);
      log.line(4, 'I', `print_info: n_lora_kv             = ${kimi.latentRank}`);
    }),
    at(LOAD_FROM_MS, () =>
      log.line(4, 'I', 'load_tensors: loading model tensors, this can take a while... (load_mode = mmap)'),
    ),
  ];
}

function loadSteps({memory, cards, log, options}: LlamaStart): readonly PlayedStep[] {
  const fullest = Math.max(...memory.weightsBytes);
  const filling = Array.from({length: LOAD_STEPS + 1}, (_, done) =>
    at(LOAD_FROM_MS + (LOAD_MS * done) / LOAD_STEPS, () =>
      cards.hold(memory.contextBytes + (fullest * done) / LOAD_STEPS, 0.02),
    ),
  );
  return [
    ...filling,
    at(LOAD_FROM_MS + LOAD_MS + 500, () => {
      log.line(4, 'I', `load_tensors: offloaded ${kimi.layers + 1}/${kimi.layers + 1} layers to GPU`);
      log.line(4, 'I', `load_tensors:   CPU_Mapped model buffer size = ${mibText(memory.hostBytes)} MiB`);
      for (let card = 0; card < options.cardCount; card += 1) {
        log.line(
          4,
          'I',
          `load_tensors:        CUDA${card} model buffer size = ${mibText(memory.weightsBytes[card] ?? 0)} MiB`,
        );
      }
    }),
  ];
}

function contextSteps(start: LlamaStart): readonly PlayedStep[] {
  const {memory, cards, log, options, failure} = start;
  if (failure === 'cache') return [at(325_000, () => failCache(start))];
  const held = memory.contextBytes + Math.max(...memory.weightsBytes) + Math.max(...memory.cacheBytes);
  const cacheBytes = memory.cacheBytes.reduce((sum, bytes) => sum + bytes, 0);
  const type = options.isQuantizedCache ? 'q8_0' : 'f16';
  return [
    at(325_000, () => {
      log.line(4, 'I', 'llama_context: constructing llama_context');
      log.line(4, 'I', `llama_context: n_seq_max             = ${options.slots}`);
      log.line(4, 'I', `llama_context: n_ctx                 = ${memory.cells}`);
      for (let card = 0; card < options.cardCount; card += 1) {
        log.line(
          4,
          'I',
          `llama_kv_cache:      CUDA${card} KV buffer size = ${mibText(memory.cacheBytes[card] ?? 0)} MiB`,
        );
      }
      log.line(
        4,
        'I',
        `llama_kv_cache: size = ${mibText(cacheBytes)} MiB (${String(memory.cells).padStart(6)} cells,  ${kimi.layers} layers,  ${options.slots}/1 seqs), K (${type}): ${mibText(cacheBytes)} MiB, V (${type}):    0.00 MiB`,
      );
      cards.hold(held, 0.05);
    }),
    ...(failure === 'compute' ? [at(331_000, () => failCompute(start))] : []),
    at(332_000, () => {
      for (let card = 0; card < options.cardCount; card += 1) {
        log.line(4, 'I', `sched_reserve:      CUDA${card} compute buffer size = ${mibText(memory.computeBytes)} MiB`);
      }
      cards.hold(held + memory.computeBytes, 0.1);
    }),
    at(340_000, () =>
      log.line(
        4,
        'I',
        'cmn  common_init_: warming up the model with an empty run - please wait ... (--no-warmup to disable)',
      ),
    ),
    at(NOMINAL_START_MS, () => {
      log.line(
        3,
        'I',
        `srv    load_model: initializing, n_slots = ${options.slots}, n_ctx_slot = ${memory.cells}, kv_unified = 'true'`,
      );
      log.line(3, 'I', 'srv  llama_server: model loaded');
      log.line(3, 'I', `srv  llama_server: listening on http://${options.host}:${options.port}`);
    }),
  ];
}

function failMissing({options, log, fail}: LlamaStart): void {
  log.line(0, 'E', `gguf_init_from_file: failed to open GGUF file '${options.model}' (No such file or directory)`);
  log.line(
    0,
    'E',
    `llama_model_load: error loading model: llama_model_loader: failed to load model from ${options.model}`,
  );
  endLoading(options, log);
  fail();
}

function failWeights({memory, options, log, fail}: LlamaStart): void {
  const card = Math.min(3, options.cardCount - 1);
  log.line(
    0,
    'E',
    `ggml_backend_cuda_buffer_type_alloc_buffer: allocating ${mibText(memory.weightsBytes[card] ?? 0)} MiB on device ${card}: cudaMalloc failed: out of memory`,
  );
  log.line(
    0,
    'E',
    `alloc_tensor_range: failed to allocate CUDA${card} buffer of size ${Math.round(memory.weightsBytes[card] ?? 0)}`,
  );
  log.line(0, 'E', `llama_model_load: error loading model: unable to allocate CUDA${card} buffer`);
  endLoading(options, log);
  fail();
}

function failCache({memory, options, log, fail}: LlamaStart): void {
  log.line(4, 'I', `llama_context: n_ctx                 = ${memory.cells}`);
  log.line(
    0,
    'E',
    `ggml_backend_cuda_buffer_type_alloc_buffer: allocating ${mibText(memory.cacheBytes[0] ?? 0)} MiB on device 0: cudaMalloc failed: out of memory`,
  );
  log.line(0, 'E', 'llama_init_from_model: failed to initialize the context: failed to allocate buffer for kv cache');
  endContext(options, log);
  fail();
}

function failCompute({memory, options, log, fail}: LlamaStart): void {
  log.line(
    0,
    'E',
    `ggml_gallocr_reserve_n_impl: failed to allocate CUDA0 buffer of size ${Math.round(memory.computeBytes)}`,
  );
  log.line(0, 'E', 'graph_reserve: failed to allocate compute buffers');
  log.line(0, 'E', 'llama_init_from_model: failed to initialize the context: failed to allocate compute pp buffers');
  endContext(options, log);
  fail();
}

function endLoading({model}: LlamaOptions, log: LlamaLog): void {
  log.line(0, 'E', 'llama_model_load_from_file_impl: failed to load model');
  log.line(0, 'E', `cmn  common_init_: failed to load model '${model}'`);
  log.line(0, 'E', `srv    load_model: failed to load model, '${model}'`);
  endServer(log);
}

function endServer(log: LlamaLog): void {
  log.line(3, 'I', 'srv    operator(): operator(): cleaning up before exit...');
  log.line(0, 'E', 'srv  llama_server: exiting due to model loading error');
}

/** The model is loaded, and the context is not. */
function endContext({model}: LlamaOptions, log: LlamaLog): void {
  for (const _ of ['for the context', 'again, for the model and the context']) {
    log.line(0, 'E', `cmn  common_init_: failed to create context with model '${model}'`);
  }
  log.line(0, 'E', `srv    load_model: failed to create_context with model '${model}'`);
  endServer(log);
}
