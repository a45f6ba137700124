import {kimi} from '../node/kimi.ts';
import {NOMINAL_START_MS} from '../node/scenarios.ts';
import type {PlayedStep} from '../process/play-steps.ts';
import {captureProgress, shardProgress} from '../python/progress-bars.ts';
import {sharedMemoryText} from '../python/torch-text.ts';
import {
  failBeforeStart,
  failCapture,
  failLoad,
  failScheduler,
  initFrame,
  refusalOf,
  shardThatDoesNotFit,
} from './fail-start.ts';
import {gbText} from './memory-layout.ts';
import {redraw, say, sayOf} from './print-log.ts';
import type {SglangStart} from './start-context.ts';

const LOAD_FROM_MS = 26_000;
const LOAD_MS = 250_000;
const CAPTURE_FROM_MS = 300_000;
const CAPTURE_MS = 36_000;
const CAPTURES = 52;

/** The start as SGLang logs it, from its arguments to the warm-up request. */
export function sglangSteps(start: SglangStart): readonly PlayedStep[] {
  const {options, memory, isSharedMemoryFull} = start;
  const isTooSmall = memory.poolBytes <= 0;
  const refusal = refusalOf(start);
  if (refusal !== null) return [at(3_000, () => failBeforeStart(start, refusal))];
  if (isSharedMemoryFull && options.tensorParallelSize > 1) {
    return [...launchSteps(start).slice(0, 3), at(20_000, () => failScheduler(start, sharedMemoryText(), initFrame))];
  }
  const failsAtShard = shardThatDoesNotFit(start);
  if (failsAtShard !== null) {
    return [
      ...launchSteps(start),
      ...loadSteps(start).slice(0, failsAtShard),
      at(LOAD_FROM_MS + (LOAD_MS * failsAtShard) / kimi.shards, () => failLoad(start)),
    ];
  }
  return [
    ...launchSteps(start),
    ...loadSteps(start),
    ...(isTooSmall
      ? [
          at(290_000, () => {
            failScheduler(
              start,
              `RuntimeError: Not enough memory. Please try to increase --mem-fraction-static. Current value: mem_fraction_static=${options.memFractionStatic}`,
              ['model_executor/pool_configurator.py', 74, 'resolve', 'raise RuntimeError('],
            );
          }),
        ]
      : [...poolSteps(start), ...captureSteps(start), ...serveSteps(start)]),
  ];
}

function at(atMs: number, run: PlayedStep['run']): PlayedStep {
  return {atMs, run};
}

function everyRank({options}: SglangStart, text: string): void {
  for (let rank = 0; rank < options.tensorParallelSize; rank += 1) sayOf(rank, text);
}

function launchSteps(start: SglangStart): readonly PlayedStep[] {
  const {options, memory, cards} = start;
  const key = options.apiKey === null ? 'None' : `'${options.apiKey}'`;
  return [
    at(3_000, () => {
      say('Attention backend not specified. Use fa3 backend by default.');
      say(
        `server_args=ServerArgs(model_path='${options.model}', tokenizer_path='${options.model}', tokenizer_mode='auto', trust_remote_code=${options.trustsRemoteCode ? 'True' : 'False'}, context_length=${options.contextLength}, host='${options.host}', port=${options.port}, mem_fraction_static=${options.memFractionStatic}, max_running_requests=${options.maxRunningRequests}, tp_size=${options.tensorParallelSize}, api_key=${key}, served_model_name='${options.servedModelName}', enable_metrics=${options.hasMetrics ? 'True' : 'False'})`,
      );
    }),
    at(9_000, () => say('Using default HuggingFace chat template with detected content format: openai')),
    at(13_000, () => everyRank(start, 'Init torch distributed begin.')),
    at(23_000, () => {
      cards.hold(memory.contextBytes, 0);
      everyRank(start, `Init torch distributed ends. elapsed=9.84 s, mem usage=${gbText(memory.contextBytes)} GB`);
    }),
    at(24_500, () =>
      everyRank(start, `Load weight begin. avail mem=${gbText(memory.totalBytes - memory.contextBytes)} GB`),
    ),
    at(25_500, () =>
      sayOf(
        0,
        `Found local HF snapshot for ${options.model} at /root/.cache/huggingface/hub/models--${options.model.replaceAll('/', '--')}/snapshots/4b1c5e7d; skipping download.`,
      ),
    ),
  ];
}

function loadSteps(start: SglangStart): readonly PlayedStep[] {
  const {memory, cards, speed} = start;
  const shards = Array.from({length: kimi.shards + 1}, (_, done) => {
    const ratio = done / kimi.shards;
    return at(LOAD_FROM_MS + LOAD_MS * ratio, () => {
      cards.hold(memory.contextBytes + memory.weightsBytes * ratio, 0.03);
      const progress = {done, total: kimi.shards, elapsedSeconds: (LOAD_MS * ratio) / 1000 / speed};
      redraw(shardProgress(progress, 'Multi-thread loading shards'), done === kimi.shards);
    });
  });
  const availableBytes = memory.totalBytes - memory.contextBytes - memory.weightsBytes;
  return [
    ...shards,
    at(LOAD_FROM_MS + LOAD_MS + 4_000, () =>
      everyRank(
        start,
        `Load weight end. elapsed=${((LOAD_MS + 5_500) / 1000 / speed).toFixed(2)} s, type=${kimi.architecture}, quant=compressed-tensors, avail mem=${gbText(availableBytes)} GB, mem usage=${gbText(memory.weightsBytes)} GB.`,
      ),
    ),
  ];
}

function poolSteps(start: SglangStart): readonly PlayedStep[] {
  const {options, memory, cards} = start;
  const dtype = options.isFp8Cache ? 'torch.float8_e4m3fn' : 'torch.bfloat16';
  const leftBytes = memory.totalBytes - memory.contextBytes - memory.weightsBytes - memory.poolBytes;
  return [
    at(290_000, () => everyRank(start, `Using KV cache dtype: ${dtype}`)),
    at(292_000, () => {
      cards.hold(memory.contextBytes + memory.weightsBytes + memory.poolBytes, 0.05);
      everyRank(
        start,
        `KV Cache is allocated. dtype: ${dtype}, #tokens: ${memory.capacityTokens}, KV size: ${gbText(memory.poolBytes)} GB`,
      );
      everyRank(start, `Memory pool end. avail mem=${gbText(leftBytes)} GB`);
    }),
  ];
}

function captureSteps(start: SglangStart): readonly PlayedStep[] {
  const {memory, cards, speed, heldByOthersBytes} = start;
  const held = memory.contextBytes + memory.weightsBytes + memory.poolBytes;
  const begin = at(CAPTURE_FROM_MS, () =>
    everyRank(
      start,
      `Capture target decode CUDA graph begin. backend=fa3, num_tokens_per_req=1, bs=[1, 2, 4, 8, 16, 24, 32, 40, 48, 56, 64], avail mem=${gbText(memory.totalBytes - held)} GB`,
    ),
  );
  if (memory.graphBytes > memory.totalBytes - held - heldByOthersBytes)
    return [begin, at(CAPTURE_FROM_MS + 4_000, () => failCapture(start))];
  const bars = Array.from({length: CAPTURES + 1}, (_, done) =>
    at(CAPTURE_FROM_MS + (CAPTURE_MS * done) / CAPTURES, () => {
      const progress = {done, total: CAPTURES, elapsedSeconds: (CAPTURE_MS * done) / CAPTURES / 1000 / speed};
      const freeText = gbText(memory.totalBytes - held - (memory.graphBytes * done) / CAPTURES);
      redraw(
        captureProgress(`Capturing batches (bs=${CAPTURES - done} avail_mem=${freeText} GB)`, progress),
        done === CAPTURES,
      );
    }),
  );
  return [
    begin,
    ...bars,
    at(CAPTURE_FROM_MS + CAPTURE_MS + 1_000, () => {
      cards.hold(held + memory.graphBytes, 0.35);
      everyRank(
        start,
        `Capture target decode CUDA graph end. elapsed=${(CAPTURE_MS / 1000 / speed).toFixed(2)} s, mem usage=${gbText(memory.graphBytes)} GB, avail mem=${gbText(memory.totalBytes - held - memory.graphBytes)} GB.`,
      );
    }),
  ];
}

function serveSteps({options, memory, openPort}: SglangStart): readonly PlayedStep[] {
  const leftBytes =
    memory.totalBytes - memory.contextBytes - memory.weightsBytes - memory.poolBytes - memory.graphBytes;
  return [
    at(342_000, () =>
      sayOf(
        0,
        `max_total_num_tokens=${memory.capacityTokens}, chunked_prefill_size=8192, max_prefill_tokens=16384, max_running_requests=${options.maxRunningRequests}, context_len=${options.contextLength}, available_gpu_mem=${gbText(leftBytes)} GB`,
      ),
    ),
    at(345_000, async () => {
      say(`INFO:     Started server process [${process.pid}]`);
      say('INFO:     Waiting for application startup.');
      say('INFO:     Application startup complete.');
      say(`INFO:     Uvicorn running on http://${options.host}:${options.port} (Press CTRL+C to quit)`);
      await openPort();
    }),
    at(352_000, () =>
      sayOf(
        0,
        'Prefill batch, #new-seq: 1, #new-token: 6, #cached-token: 0, token usage: 0.00, #running-req: 0, #queue-req: 0, #pending-token: 0, cuda graph: False, input throughput (token/s): 0.00',
      ),
    ),
    at(NOMINAL_START_MS, () => {
      say('INFO:     127.0.0.1:47322 - "POST /generate HTTP/1.1" 200 OK');
      say('The server is fired up and ready to roll!');
    }),
  ];
}
