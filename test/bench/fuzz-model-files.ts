// `npm run bench -- fuzz`, with GANTRY_FUZZ_SECONDS and GANTRY_FUZZ_SEED to repeat a run. The last mutation
// stays on disk until the next, so that a hang can be examined.
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {architectureSchema} from '../../src/domain/memory/model/architecture.ts';
import type {ModelOnDisk} from '../../src/domain/memory/model/checkpoint.ts';
import {readModelConfig} from '../../src/domain/memory/model/config-json/model-config.ts';
import {countParameters} from '../../src/domain/memory/model/parameters.ts';
import {type Quantization, quantizationSchema} from '../../src/domain/memory/model/quantization.ts';
import {checkpointBytes, weightParts} from '../../src/domain/memory/model/weights.ts';
import {readModelOnDisk} from '../../src/sources/model-files/model-on-disk.ts';
import {glm45Air, kimiInstruct, kimiK25, mixtral, qwen3Moe} from '../domain/memory/model/config-samples.ts';
import {buildGguf, buildSafetensors, writeFiles} from '../sources/model-files/build-model-files.ts';
import {tinyConfig, tinyGgufMetadata, tinyGgufParts, tinyShards} from '../sources/model-files/tiny-models.ts';

const SLOWEST_MS = 5000;
const LARGEST_RSS_BYTES = 1.5e9;
const seconds = Number(process.env['GANTRY_FUZZ_SECONDS'] ?? 60);
const seed = Number(process.env['GANTRY_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** Mulberry32: small, and the same on every machine. */
let state = seed;
function random(below: number): number {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
}

function pick<T>(values: readonly [T, ...T[]]): T {
  return values[random(values.length)] ?? values[0];
}

const integers: readonly [bigint, ...bigint[]] = [
  0n,
  1n,
  7n,
  255n,
  65_536n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n,
  2n ** 64n - 1n,
];
const fragments: readonly [string, ...string[]] = [
  ...(['-1', '1e308', '9007199254740993', 'null', '[]', '{}', '"x"', '[[[[', '\\u0000', '"', ',', '}', 'NaN'] as const),
  ...[
    '1',
    '2',
    '128',
    '"re:.*.*.*.*x"',
    '"re:(a+)+$"',
    '"re:.*.*.*.*.*.*"',
    '"*a*b*c*d*e*f*"',
    '0.5',
    'true',
    '"__proto__"',
  ],
];

function mutate(original: Buffer, isJson = false): Buffer {
  let bytes: Buffer = Buffer.from(original);
  for (let count = 1 + random(3); count > 0; count -= 1) {
    bytes = isJson && random(4) > 0 ? replaceValue(bytes, random(bytes.length + 1)) : mutateOnce(bytes);
  }
  return bytes;
}

function mutateOnce(bytes: Buffer): Buffer {
  // Most of what matters is at the start.
  const at = random(random(3) === 0 ? bytes.length + 1 : Math.min(bytes.length + 1, 400));
  switch (random(7)) {
    case 0:
      if (at < bytes.length) bytes[at] = random(256);
      return bytes;
    case 1:
      return bytes.subarray(0, at);
    case 2:
      if (at + 8 <= bytes.length) bytes.writeBigUInt64LE(pick(integers), at);
      return bytes;
    case 3:
      if (at + 4 <= bytes.length) bytes.writeUInt32LE(Number(pick(integers) & 0xffffffffn), at);
      return bytes;
    case 4:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(pick(fragments)), bytes.subarray(at)]);
    case 5: {
      const part = bytes.subarray(at, at + random(200));
      return Buffer.concat([bytes.subarray(0, at), part, part, bytes.subarray(at)]);
    }
    default:
      return replaceValue(bytes, at);
  }
}

/** Replaces the following number or string of JSON by a fragment. */
function replaceValue(bytes: Buffer, at: number): Buffer {
  const text = bytes.toString('latin1');
  const found = /[:,[]\s*(?:"[^"]*"|[\d.-]+|true|false|null)/.exec(text.slice(at));
  if (found === null) return bytes;
  const start = at + found.index;
  return Buffer.from(`${text.slice(0, start + 1)}${pick(fragments)}${text.slice(start + found[0].length)}`, 'latin1');
}

const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const;
const [firstParts, secondParts] = tinyGgufParts;
const checkpoint: Readonly<Record<string, Buffer>> = {
  'config.json': Buffer.from(JSON.stringify(tinyConfig)),
  'hf_quant_config.json': Buffer.from(
    JSON.stringify({quantization: {quant_algo: 'NVFP4', exclude_modules: ['lm_head']}}),
  ),
  'model.safetensors.index.json': Buffer.from(
    JSON.stringify({
      metadata: {total_size: 1},
      weight_map: Object.fromEntries(
        tinyShards.flatMap((shard, index) => shard.map(([name]) => [name, shards[index]])),
      ),
    }),
  ),
  [shards[0]]: buildSafetensors(tinyShards[0]),
  [shards[1]]: buildSafetensors(tinyShards[1]),
};
const ggufSet: Readonly<Record<string, Buffer>> = {
  'tiny-00001-of-00002.gguf': buildGguf(tinyGgufMetadata, firstParts),
  'tiny-00002-of-00002.gguf': buildGguf({'split.no': 1}, secondParts),
};
const configs = [kimiK25, kimiInstruct, mixtral, qwen3Moe, glm45Air].map((config) =>
  Buffer.from(JSON.stringify(config)),
);

const outcomes = new Map<string, number>();

async function runOnce(directory: string): Promise<void> {
  const kind = random(4);
  if (kind === 0) {
    const text = mutate(configs[random(configs.length)] ?? Buffer.alloc(0), true).toString('utf8');
    const result = readModelConfig(text, 'config.json');
    if (result.ok) check({...result.value, otherBytes: 0, bytesByPart: {}, tensorBytes: 0});
    count(result.ok ? 'config: read' : `config: ${named(result.error)}`);
    return;
  }
  const files = kind === 1 ? ggufSet : checkpoint;
  const names = Object.keys(files);
  const chosen = names[random(names.length)];
  const mutated = Object.entries(files).map(
    ([name, bytes]) => [name, name === chosen ? mutate(bytes, name.endsWith('.json')) : bytes] as const,
  );
  await writeFiles(directory, Object.fromEntries(mutated));
  const result = await readModelOnDisk(directory);
  if (result.ok) check(result.value);
  count(`${kind === 1 ? 'gguf' : 'safetensors'}: ${result.ok ? 'read' : named(result.error)}`);
  await Promise.all(names.map((name) => rm(join(directory, name))));
}

type Checked = Pick<ModelOnDisk, 'architecture' | 'otherBytes' | 'bytesByPart' | 'tensorBytes'> & {
  readonly quantization: Quantization | null;
};

/** The result must be a model that the planner can use. */
function check({architecture, quantization, otherBytes, bytesByPart, tensorBytes}: Checked): void {
  architectureSchema.parse(architecture);
  if (!Number.isSafeInteger(countParameters(architecture).total)) throw new Error('the parameters are no whole number');
  if (quantization !== null) {
    const bytes = checkpointBytes(weightParts(architecture, quantizationSchema.parse(quantization)));
    if (!(Number.isFinite(bytes) && bytes > 0)) throw new Error(`the checkpoint has ${bytes} bytes`);
  }
  const sum = Object.values(bytesByPart).reduce((total, bytes) => total + bytes, otherBytes);
  if (sum !== tensorBytes || !Number.isSafeInteger(sum))
    throw new Error(`parts make ${sum}, the total is ${tensorBytes}`);
}

function named({code, message, remedy}: {code: string; message: string; remedy: string}): string {
  if (message === '' || remedy === '' || /[\x00-\x1f]/.test(message))
    throw new Error(`a poor message: ${JSON.stringify(message)}`);
  return code;
}

function count(outcome: string): void {
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
}

/** Mutates valid model files, from a printed seed, and fails on anything except a result. */
export async function fuzzModelFiles(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'gantry-fuzz-'));
  process.stdout.write(`seed ${seed}, ${seconds} s, files in ${directory}\n`);
  const endMs = performance.now() + seconds * 1000;
  let runs = 0;
  let slowestMs = 0;
  for (let nowMs = performance.now(); nowMs < endMs; nowMs = performance.now()) {
    try {
      await runOnce(directory);
    } catch (error) {
      throw new Error(`run ${runs} of seed ${seed} failed; its files are in ${directory}`, {cause: error});
    }
    runs += 1;
    slowestMs = Math.max(slowestMs, performance.now() - nowMs);
    if (slowestMs > SLOWEST_MS) throw new Error(`run ${runs} of seed ${seed} took ${slowestMs.toFixed(0)} ms`);
    if (process.memoryUsage.rss() > LARGEST_RSS_BYTES)
      throw new Error(`run ${runs} of seed ${seed} left more than 1.5 GB`);
  }
  await rm(directory, {recursive: true, force: true});
  process.stdout.write(
    `${runs} runs, slowest ${slowestMs.toFixed(0)} ms, peak ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB\n`,
  );
  for (const [outcome, times] of [...outcomes].sort((a, b) => b[1] - a[1]))
    process.stdout.write(`${outcome.padEnd(52)} ${times}\n`);
}
