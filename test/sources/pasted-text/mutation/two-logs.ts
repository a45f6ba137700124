import {noMemory} from '../../../../src/domain/diagnosis/cause-codes.ts';
import {isCode} from '../../../../src/domain/diagnosis/code-pattern.ts';
import {readyStart} from '../../../engines/vllm/start-log.ts';
import {readLines} from '../read-lines.ts';
import type {Base} from './bases.ts';
import {isOpen, kindOf} from './judge-case.ts';
import {chosen, type Random} from './mutation.ts';

const sglangReady: readonly string[] = [
  "[2026-05-06 12:20:01] server_args=ServerArgs(model_path='/models/other', mem_fraction_static=0.85, tp_size=2)",
  '[2026-05-06 12:20:09 TP0] Init torch distributed begin.',
  '[2026-05-06 12:20:09 TP1] Init torch distributed begin.',
  '[2026-05-06 12:20:14 TP0] Load weight begin. avail mem=78.10 GB',
  '[2026-05-06 12:21:40 TP0] Load weight end. elapsed=86.10 s, type=BigForCausalLM, avail mem=20.43 GB, mem usage=57.67 GB.',
  '[2026-05-06 12:21:41 TP0] KV Cache is allocated. dtype: torch.bfloat16, #tokens: 118042, K size: 5.40 GB, V size: 5.40 GB',
  '[2026-05-06 12:21:42 TP0] Capture cuda graph begin. This can take up to several minutes. avail mem=8.90 GB',
  '[2026-05-06 12:21:50 TP0] Capture cuda graph end. Time elapsed: 6.20 s. mem usage=1.20 GB. avail mem=7.70 GB.',
  '[2026-05-06 12:21:51] INFO:     Uvicorn running on http://127.0.0.1:30000',
  '[2026-05-06 12:21:55] The server is fired up and ready to roll!',
  '[2026-05-06 12:22:01 TP0] Decode batch, #running-req: 2, #token: 912, token usage: 0.01, cuda graph: True, gen throughput (token/s): 88.10, #queue-req: 0',
];

const llamacppReady: readonly string[] = [
  'build: 7210 (0a1b2c3d) with cc for x86_64-linux-gnu',
  'main: loading model',
  "srv    load_model: loading model '/models/other-q4.gguf'",
  'llama_model_loader: loaded meta data with 46 key-value pairs and 1025 tensors from /models/other-q4.gguf (version GGUF V3 (latest))',
  'print_info: file size   = 17.28 GiB (4.84 BPW)',
  'srv    load_model: initializing slots, n_slots = 4',
  'main: model loaded',
  'main: server is listening on http://127.0.0.1:8080 - starting the main loop',
  'srv  update_slots: all slots are idle',
];

const healthy: readonly (readonly [engine: string, lines: readonly string[]])[] = [
  ['vllm', readyStart],
  ['sglang', sglangReady],
  ['llamacpp', llamacppReady],
];

type Way = {
  readonly name: string;
  readonly join: (failing: readonly string[], well: readonly string[], random: Random) => readonly string[];
  /** The failure is over: the text ends with an engine that serves. */
  readonly isOver: boolean;
  /** Lines of the other log may separate what ended from why it did. */
  readonly isMixed: boolean;
};

/** Lines of both in the order of each, the first one of the healthy log first. */
function between(failing: readonly string[], well: readonly string[], random: Random): readonly string[] {
  const rest: readonly [string[], string[]] = [[...failing], well.slice(1)];
  const lines = well.slice(0, 1);
  while (rest[0].length > 0 || rest[1].length > 0) {
    const next = rest[0].length === 0 || (rest[1].length > 0 && random(2) === 0) ? 1 : 0;
    lines.push(...rest[next].splice(0, 1));
  }
  return lines;
}

const ways: readonly Way[] = [
  {
    name: 'below the log of one that serves',
    join: (failing, well) => [...well, ...failing],
    isOver: false,
    isMixed: false,
  },
  {
    name: 'above the log of one that serves',
    join: (failing, well) => [...failing, ...well],
    isOver: true,
    isMixed: false,
  },
  {name: 'mixed with the lines of one that serves', join: between, isOver: false, isMixed: true},
  {
    name: 'in docker compose logs, with one that serves',
    join: (failing, well, random) =>
      between(
        failing.map((line) => `engine-a-1  | ${line}`),
        well.map((line) => `engine-b-1  | ${line}`),
        random,
      ),
    isOver: false,
    isMixed: true,
  },
];

/** True for what another log's lines may make of a failure: less of its cause, or the want of memory for something else. */
function isLess(code: string, known: string): boolean {
  const isMemory = [code, known].every((one) => noMemory.some((pattern) => isCode(one, pattern)));
  return isMemory || isOpen(code) || /\.(?:cuda-error|limit-exceeded)$/.test(code);
}

/** What is wrong with the answer to a failing log and a healthy one in one text; null if nothing is. */
export function complaintAboutTwo(base: Base, random: Random): string | null {
  const way = chosen(ways, random);
  const [engine, well] = chosen(healthy, random);
  const found = readLines(way.join(base.lines, well, random));
  const mayBeLess =
    way.isMixed ||
    base.codes.some((code) => code.endsWith('.rdma-registration')) ||
    engine !== base.engine ||
    base.codes.some(isOpen);
  const isTold = found?.findings.some(({code}) =>
    base.codes.some((known) => kindOf(known) === kindOf(code) || (mayBeLess && isLess(code, known))),
  );
  const expected = way.isOver ? 'serving' : 'failed';
  if (found?.exit === expected && isTold === true) return null;
  const codes = found?.findings.map(({code}) => code).join(' ');
  return `${found?.exit} with ${codes} instead of ${expected} with ${base.codes[0]}: ${base.name}, ${way.name}`;
}
