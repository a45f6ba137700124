import {type FlagTable, readFlags} from '../process/read-flags.ts';

/** Options of the server. Sizes in tokens. */
export type LlamaOptions = {
  readonly model: string;
  readonly alias: string;
  readonly host: string;
  readonly port: number;
  readonly apiKey: string | null;
  readonly contextSize: number;
  readonly slots: number;
  /** Cards that the layers are distributed to. */
  readonly cardCount: number;
  readonly isQuantizedCache: boolean;
  readonly hasMetrics: boolean;
  readonly verbosity: number;
};

const flags: FlagTable = {
  model: {kind: 'value', spellings: ['-m', '--model']},
  repository: {kind: 'value', spellings: ['-hf', '-hfr', '--hf-repo']},
  alias: {kind: 'value', spellings: ['-a', '--alias']},
  host: {kind: 'value', spellings: ['--host']},
  port: {kind: 'value', spellings: ['--port']},
  key: {kind: 'value', spellings: ['--api-key']},
  context: {kind: 'value', spellings: ['-c', '--ctx-size']},
  slots: {kind: 'value', spellings: ['-np', '--parallel']},
  layers: {kind: 'value', spellings: ['-ngl', '--gpu-layers', '--n-gpu-layers']},
  mode: {kind: 'value', spellings: ['-sm', '--split-mode']},
  split: {kind: 'value', spellings: ['-ts', '--tensor-split']},
  cacheK: {kind: 'value', spellings: ['-ctk', '--cache-type-k']},
  cacheV: {kind: 'value', spellings: ['-ctv', '--cache-type-v']},
  verbosity: {kind: 'value', spellings: ['-lv', '--verbosity', '--log-verbosity']},
  flash: {kind: 'value', spellings: ['-fa', '--flash-attn']},
  batch: {kind: 'value', spellings: ['-ub', '--ubatch-size']},
  cpuMoe: {kind: 'value', spellings: ['-ncmoe', '--n-cpu-moe']},
  metrics: {kind: 'switch', spellings: ['--metrics']},
  jinja: {kind: 'switch', spellings: ['--jinja']},
  unified: {kind: 'switch', spellings: ['-kvu', '--kv-unified']},
};

/** Reads the command line of llama-server; a text is the error that it prints before it exits with 1. */
export function parseLlamaOptions(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): LlamaOptions | string {
  const read = readFlags(argv, flags);
  if (!read.ok) {
    return 'unknown' in read
      ? `error: invalid argument: ${read.unknown}\n`
      : `error while handling argument "${read.lacksValue}": expected value for argument\n`;
  }
  if (read.others[0] !== undefined) return `error: invalid argument: ${read.others[0]}\n`;
  const {given} = read;
  const text = (name: string): string | null => given.get(name)?.[0] ?? null;
  for (const name of ['context', 'slots', 'port']) {
    const value = text(name);
    if (value !== null && !/^\d+$/.test(value))
      return `error while handling argument "${flags[name]?.spellings[0]}": stoi\n`;
  }
  const model = text('model') ?? text('repository') ?? '';
  return {
    model,
    alias: text('alias') ?? model,
    host: text('host') ?? '127.0.0.1',
    port: Number(text('port') ?? 8080),
    apiKey: text('key') ?? environment['LLAMA_API_KEY'] ?? null,
    contextSize: Number(text('context') ?? 0) || 262_144,
    slots: Number(text('slots') ?? 4),
    cardCount:
      text('mode') === 'none'
        ? 1
        : (text('split')
            ?.split(',')
            .filter((part) => Number(part) > 0).length ?? 8),
    isQuantizedCache: text('cacheK') === 'q8_0',
    hasMetrics: given.has('metrics'),
    verbosity: Number(text('verbosity') ?? 3),
  };
}
