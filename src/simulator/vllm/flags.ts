import {err, ok, type Result} from '../../shared/result.ts';
import {BYTES_PER_GIB} from '../../shared/units.ts';
import type {GpuType} from '../node/gpu-catalog.ts';
import type {VisionMode} from '../node/kimi.ts';

/** Options of the engine. Sizes in tokens. */
export type ServeOptions = {
  readonly model: string;
  readonly servedModelNames: readonly string[];
  readonly host: string | null;
  readonly port: number;
  readonly apiKey: string | null;
  readonly tensorParallelSize: number;
  readonly decodeContextParallelSize: number;
  readonly maxModelLen: number | 'auto';
  readonly gpuMemoryUtilization: number;
  readonly kvCacheDtype: string;
  readonly blockSize: number | null;
  readonly maxNumSeqs: number;
  readonly maxNumBatchedTokens: number;
  readonly vision: VisionMode;
  readonly hasReasoningParser: boolean;
  readonly hasAutoToolChoice: boolean;
  readonly isPrefixCachingEnabled: boolean;
  readonly hasPromptTokensDetails: boolean;
  readonly forcesUsage: boolean;
  readonly logsAccess: boolean;
  readonly quietPaths: readonly string[];
  readonly logsStats: boolean;
  readonly trustsRemoteCode: boolean;
  readonly shutdownTimeoutSeconds: number;
  /** The given options, by vLLM's own names, in the order of the command line. */
  readonly given: ReadonlyMap<string, GivenValue>;
};
type GivenValue = string | number | boolean | readonly string[];

type Kind = 'text' | 'whole' | 'size' | 'number' | 'switch' | 'list' | 'json';

/** The supported flags of `vllm serve`, with the type of their value; switches also accept `--no-`. */
const flagKinds: Readonly<Record<string, Kind>> = {
  'tensor-parallel-size': 'whole',
  'pipeline-parallel-size': 'whole',
  'data-parallel-size': 'whole',
  'decode-context-parallel-size': 'whole',
  'enable-expert-parallel': 'switch',
  'max-model-len': 'size',
  'gpu-memory-utilization': 'number',
  'kv-cache-memory-bytes': 'size',
  'kv-cache-dtype': 'text',
  'block-size': 'whole',
  'max-num-seqs': 'whole',
  'max-num-batched-tokens': 'size',
  'served-model-name': 'list',
  host: 'text',
  port: 'whole',
  'api-key': 'list',
  'trust-remote-code': 'switch',
  'tool-call-parser': 'text',
  'enable-auto-tool-choice': 'switch',
  'reasoning-parser': 'text',
  'mm-encoder-tp-mode': 'text',
  'language-model-only': 'switch',
  'limit-mm-per-prompt': 'json',
  'enable-prefix-caching': 'switch',
  'enable-chunked-prefill': 'switch',
  'enforce-eager': 'switch',
  dtype: 'text',
  quantization: 'text',
  tokenizer: 'text',
  revision: 'text',
  'download-dir': 'text',
  'load-format': 'text',
  seed: 'whole',
  'swap-space': 'number',
  'speculative-config': 'json',
  'attention-backend': 'text',
  'generation-config': 'text',
  'chat-template': 'text',
  'disable-log-stats': 'switch',
  'disable-log-requests': 'switch',
  'enable-log-requests': 'switch',
  'disable-uvicorn-access-log': 'switch',
  'disable-access-log-for-endpoints': 'text',
  'uvicorn-log-level': 'text',
  'enable-prompt-tokens-details': 'switch',
  'enable-force-include-usage': 'switch',
  'enable-per-request-metrics': 'switch',
  'enable-server-load-tracking': 'switch',
  'shutdown-timeout': 'whole',
  'root-path': 'text',
  'distributed-executor-backend': 'text',
  'compilation-config': 'json',
  'async-scheduling': 'switch',
};

const shortNames: Readonly<Record<string, string>> = {
  '-tp': 'tensor-parallel-size',
  '-pp': 'pipeline-parallel-size',
  '-dp': 'data-parallel-size',
  '-dcp': 'decode-context-parallel-size',
  '-q': 'quantization',
  '-O': 'compilation-config',
};

/** What argparse prints before exit status 2. */
export type UsageError = string;

/** Reads what follows `vllm serve`, and the key from the environment, if any. */
export function parseServeArguments(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Result<ServeOptions, UsageError> {
  const read = readArguments(argv);
  return read.ok ? ok(optionsFrom(read.value, environment)) : read;
}

/** GPUs of this size and more have a larger batch by default (`get_batch_defaults` since 0.28). */
const LARGEST_CLASS_BYTES = 160 * BYTES_PER_GIB;

/** The options with the defaults that depend on the GPU. */
export function withGpuDefaults(options: ServeOptions, {totalBytes}: Pick<GpuType, 'totalBytes'>): ServeOptions {
  const isGiven = options.given.has('max-num-batched-tokens');
  return isGiven || totalBytes < LARGEST_CLASS_BYTES ? options : {...options, maxNumBatchedTokens: 16_384};
}

type ReadArguments = {readonly model: string; readonly given: ReadonlyMap<string, GivenValue>};

function readArguments(argv: readonly string[]): Result<ReadArguments, UsageError> {
  const given = new Map<string, GivenValue>();
  const unrecognized: string[] = [];
  let model: string | null = null;
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? '';
    if (!word.startsWith('-')) {
      if (model === null) model = word;
      else unrecognized.push(word);
      continue;
    }
    const flag = findFlag(word);
    if (flag === null) {
      unrecognized.push(word);
      continue;
    }
    const taken = takeValue(flag, argv.slice(at + 1));
    if (!taken.ok) return taken;
    given.set(flag.name, taken.value.value);
    at += taken.value.length;
  }
  if (unrecognized.length > 0) return err(usage('vllm', `unrecognized arguments: ${unrecognized.join(' ')}`));
  return ok({model: model ?? 'Qwen/Qwen3-0.6B', given});
}

type Flag = {readonly name: string; readonly kind: Kind; readonly inline: string | null; readonly isOn: boolean};

function findFlag(word: string): Flag | null {
  const equals = word.indexOf('=');
  const written = equals < 0 ? word : word.slice(0, equals);
  const inline = equals < 0 ? null : word.slice(equals + 1);
  // vLLM's parser accepts underscores as dashes.
  const long = shortNames[written] ?? (written.startsWith('--') ? written.slice(2).replaceAll('_', '-') : null);
  if (long === null) return null;
  const kind = flagKinds[long];
  if (kind !== undefined) return {name: long, kind, inline, isOn: true};
  const positive = long.startsWith('no-') ? long.slice(3) : null;
  return positive !== null && flagKinds[positive] === 'switch'
    ? {name: positive, kind: 'switch', inline: null, isOn: false}
    : null;
}

/** The value of a flag, inline or from the following arguments, and how many of those it used. */
function takeValue(
  flag: Flag,
  following: readonly string[],
): Result<{readonly value: GivenValue; readonly length: number}, UsageError> {
  if (flag.kind === 'switch') return ok({value: flag.isOn, length: 0});
  const values = flag.inline === null ? takeValues(following, flag.kind) : [flag.inline];
  if (values.length === 0) {
    const expected = flag.kind === 'list' ? 'at least one argument' : 'one argument';
    return err(argumentError(flag.name, `expected ${expected}`));
  }
  const value = parseValue(flag, values);
  return value.ok ? ok({value: value.value, length: flag.inline === null ? values.length : 0}) : value;
}

function takeValues(following: readonly string[], kind: Kind): readonly string[] {
  const values: string[] = [];
  for (const word of following) {
    const isValue = !word.startsWith('-') || /^-\d/.test(word);
    if (!isValue || (kind !== 'list' && values.length === 1)) break;
    values.push(word);
  }
  return values;
}

function parseValue(flag: Flag, values: readonly string[]): Result<GivenValue, UsageError> {
  const [text = ''] = values;
  const refuse = (type: string): Result<GivenValue, UsageError> =>
    err(argumentError(flag.name, `invalid ${type} value: '${text}'`));
  switch (flag.kind) {
    case 'whole':
      return /^-?\d+$/.test(text) ? ok(Number(text)) : refuse('int');
    case 'number':
      return text !== '' && Number.isFinite(Number(text)) ? ok(Number(text)) : refuse('float');
    case 'size': {
      const size = parseSize(text);
      return size === null ? refuse('human_readable_int') : ok(size);
    }
    case 'list':
      return ok(values);
    default:
      return ok(text);
  }
}

const decimalScale: Readonly<Record<string, number>> = {k: 1e3, m: 1e6, g: 1e9, t: 1e12};
const binaryScale: Readonly<Record<string, number>> = {K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40};

/**
 * vLLM's readable sizes: `32k` is 32000, `32K` is 32768, `-1` and `auto` mean the maximum that fits; null for anything
 * else.
 */
export function parseSize(text: string): number | null {
  if (text === 'auto' || text === '-1') return -1;
  const match = /^(\d+(?:\.\d+)?)([kKmMgGtT])?$/.exec(text);
  if (match === null) return null;
  const [, digits = '', suffix = ''] = match;
  const scale = binaryScale[suffix] ?? decimalScale[suffix] ?? 1;
  // A fraction is only allowed before a decimal suffix.
  if (digits.includes('.') && !(suffix in decimalScale)) return null;
  return Math.floor(Number(digits) * scale);
}

function optionsFrom(
  {model, given}: ReadArguments,
  environment: Readonly<Record<string, string | undefined>>,
): ServeOptions {
  const text = (name: string): string | null => asText(given.get(name));
  const whole = (name: string, fallback: number): number => asNumber(given.get(name)) ?? fallback;
  const isOn = (name: string, fallback = false): boolean => {
    const value = given.get(name);
    return typeof value === 'boolean' ? value : fallback;
  };
  const list = (name: string): readonly string[] => asList(given.get(name));
  const maxModelLen = asNumber(given.get('max-model-len'));
  return {
    model,
    servedModelNames: list('served-model-name').length > 0 ? list('served-model-name') : [model],
    host: text('host'),
    port: whole('port', 8000),
    apiKey: list('api-key')[0] ?? environment['VLLM_API_KEY'] ?? null,
    tensorParallelSize: whole('tensor-parallel-size', 1),
    decodeContextParallelSize: whole('decode-context-parallel-size', 1),
    maxModelLen: maxModelLen === -1 ? 'auto' : (maxModelLen ?? 262_144),
    gpuMemoryUtilization: whole('gpu-memory-utilization', 0.92),
    kvCacheDtype: text('kv-cache-dtype') ?? 'auto',
    blockSize: asNumber(given.get('block-size')),
    maxNumSeqs: whole('max-num-seqs', 1024),
    maxNumBatchedTokens: whole('max-num-batched-tokens', 8192),
    vision: isOn('language-model-only') ? 'absent' : text('mm-encoder-tp-mode') === 'data' ? 'data' : 'weights',
    hasReasoningParser: text('reasoning-parser') !== null,
    hasAutoToolChoice: isOn('enable-auto-tool-choice'),
    isPrefixCachingEnabled: isOn('enable-prefix-caching', true),
    hasPromptTokensDetails: isOn('enable-prompt-tokens-details'),
    forcesUsage: isOn('enable-force-include-usage'),
    logsAccess: !isOn('disable-uvicorn-access-log'),
    quietPaths: (text('disable-access-log-for-endpoints') ?? '').split(',').map((path) => path.trim()),
    logsStats: !isOn('disable-log-stats'),
    trustsRemoteCode: isOn('trust-remote-code'),
    shutdownTimeoutSeconds: whole('shutdown-timeout', 0),
    given,
  };
}

function asText(value: GivenValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function asNumber(value: GivenValue | undefined): number | null {
  return typeof value === 'number' ? value : null;
}

function asList(value: GivenValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function argumentError(name: string, problem: string): UsageError {
  const short = Object.entries(shortNames).find(([, long]) => long === name)?.[0];
  return usage('vllm serve', `argument --${name}${short === undefined ? '' : `/${short}`}: ${problem}`);
}

function usage(program: string, problem: string): UsageError {
  const synopsis =
    program === 'vllm'
      ? 'usage: vllm [-h] [-v] {chat,complete,serve,launch,bench,collect-env,run-batch} ...'
      : 'usage: vllm serve [model_tag] [options]';
  return `${synopsis}\n${program}: error: ${problem}\n`;
}
