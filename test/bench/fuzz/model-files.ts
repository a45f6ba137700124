import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {architectureSchema} from '../../../src/domain/memory/model/architecture.ts';
import type {ModelOnDisk} from '../../../src/domain/memory/model/checkpoint.ts';
import {readModelConfig} from '../../../src/domain/memory/model/config-json/model-config.ts';
import {countParameters} from '../../../src/domain/memory/model/parameters.ts';
import {type Quantization, quantizationSchema} from '../../../src/domain/memory/model/quantization.ts';
import {checkpointBytes, weightParts} from '../../../src/domain/memory/model/weights.ts';
import {readModelOnDisk} from '../../../src/sources/model-files/model-on-disk.ts';
import {glm45Air, kimiInstruct, kimiK25, mixtral, qwen3Moe} from '../../domain/memory/model/config-samples.ts';
import {buildGguf, buildSafetensors, writeFiles} from '../../sources/model-files/build-model-files.ts';
import {tinyConfig, tinyGgufMetadata, tinyGgufParts, tinyShards} from '../../sources/model-files/tiny-models.ts';
import type {FuzzKind} from './fuzz-kind.ts';
import {mutateBytes} from './mutate-bytes.ts';
import type {Random} from './random.ts';

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

/** A model's config.json, as text. */
export const modelConfigs: FuzzKind = {
  name: 'config.json',
  run: (random) => {
    const text = mutateBytes(random, random.pick(configs), true).toString('utf8');
    const result = readModelConfig(text, 'config.json');
    if (result.ok) check({...result.value, otherBytes: 0, bytesByPart: {}, tensorBytes: 0});
    return result.ok ? 'read' : named(result.error);
  },
};

/** Checkpoints and GGUF files on the disk, one file of each broken. */
export const modelFiles: FuzzKind = {
  name: 'model files',
  run: async (random) => {
    const directory = await mkdtemp(join(tmpdir(), 'gantry-fuzz-'));
    try {
      return await readBroken(random, directory);
    } finally {
      await rm(directory, {recursive: true, force: true});
    }
  },
};

async function readBroken(random: Random, directory: string): Promise<string> {
  const files = random.below(2) === 0 ? ggufSet : checkpoint;
  const chosen = random.pick(Object.keys(files));
  const mutated = Object.entries(files).map(
    ([name, bytes]) => [name, name === chosen ? mutateBytes(random, bytes, name.endsWith('.json')) : bytes] as const,
  );
  await writeFiles(directory, Object.fromEntries(mutated));
  const result = await readModelOnDisk(directory);
  if (result.ok) check(result.value);
  return result.ok ? 'read' : named(result.error);
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
