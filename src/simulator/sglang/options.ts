import {readFileSync} from 'node:fs';
import {type FlagTable, readFlags} from '../process/read-flags.ts';

/** Options of the engine. Sizes in tokens. */
export type SglangOptions = {
  readonly model: string;
  readonly servedModelName: string;
  readonly host: string;
  readonly port: number;
  readonly apiKey: string | null;
  readonly tensorParallelSize: number;
  readonly contextLength: number;
  readonly memFractionStatic: number;
  readonly isFp8Cache: boolean;
  readonly maxRunningRequests: number;
  readonly hasMetrics: boolean;
  readonly hasReasoningParser: boolean;
  readonly trustsRemoteCode: boolean;
  readonly quietPaths: readonly string[];
};

const flags: FlagTable = {
  model: {kind: 'value', spellings: ['--model-path', '--model']},
  servedName: {kind: 'value', spellings: ['--served-model-name']},
  host: {kind: 'value', spellings: ['--host']},
  port: {kind: 'value', spellings: ['--port']},
  config: {kind: 'value', spellings: ['--config']},
  key: {kind: 'value', spellings: ['--api-key']},
  tp: {kind: 'value', spellings: ['--tp', '--tp-size', '--tensor-parallel-size']},
  pp: {kind: 'value', spellings: ['--pp-size', '--pipeline-parallel-size']},
  dp: {kind: 'value', spellings: ['--dp-size', '--data-parallel-size']},
  ep: {kind: 'value', spellings: ['--ep-size', '--ep']},
  dcp: {kind: 'value', spellings: ['--dcp-size']},
  context: {kind: 'value', spellings: ['--context-length']},
  fraction: {kind: 'value', spellings: ['--mem-fraction-static']},
  kvDtype: {kind: 'value', spellings: ['--kv-cache-dtype']},
  maxRunning: {kind: 'value', spellings: ['--max-running-requests']},
  attention: {kind: 'value', spellings: ['--attention-backend']},
  tools: {kind: 'value', spellings: ['--tool-call-parser']},
  reasoning: {kind: 'value', spellings: ['--reasoning-parser']},
  quiet: {kind: 'list', spellings: ['--uvicorn-access-log-exclude-prefixes']},
  metrics: {kind: 'switch', spellings: ['--enable-metrics']},
  dpAttention: {kind: 'switch', spellings: ['--enable-dp-attention']},
  trust: {kind: 'switch', spellings: ['--trust-remote-code']},
};

/** Reads what follows `sglang serve`; a text is the error that argparse prints before it exits with 2. */
export function parseSglangOptions(argv: readonly string[]): SglangOptions | string {
  const read = readFlags(argv, flags);
  if (!read.ok) {
    const problem =
      'unknown' in read
        ? `unrecognized arguments: ${read.unknown}`
        : `argument ${read.lacksValue}: expected one argument`;
    return `usage: sglang serve [-h] --model-path MODEL_PATH ...\nsglang serve: error: ${problem}\n`;
  }
  const {given, others} = read;
  const text = (name: string): string | null => given.get(name)?.[0] ?? null;
  const number = (name: string, fallback: number): number => Number(text(name) ?? fallback);
  const model = text('model') ?? others[0] ?? null;
  if (model === null) {
    return 'usage: sglang serve [-h] --model-path MODEL_PATH ...\nsglang serve: error: the following arguments are required: --model-path/--model\n';
  }
  return {
    model,
    servedModelName: text('servedName') ?? model,
    host: text('host') ?? '127.0.0.1',
    port: number('port', 30_000),
    apiKey: text('key') ?? keyOfConfig(text('config')),
    tensorParallelSize: number('tp', 1),
    contextLength: number('context', 262_144),
    memFractionStatic: number('fraction', 0.826),
    isFp8Cache: (text('kvDtype') ?? 'auto').startsWith('fp8'),
    maxRunningRequests: number('maxRunning', 256),
    hasMetrics: given.has('metrics'),
    hasReasoningParser: given.has('reasoning'),
    trustsRemoteCode: given.has('trust'),
    quietPaths: given.get('quiet') ?? [],
  };
}

/** The key in a `--config` file, the only option that is read from such a file here. */
function keyOfConfig(file: string | null): string | null {
  if (file === null) return null;
  const match = /^api-key:\s*(".*"|\S+)\s*$/m.exec(readFileSync(file, 'utf8'));
  const value = match?.[1] ?? null;
  return value === null || !value.startsWith('"') ? value : String(JSON.parse(value));
}
