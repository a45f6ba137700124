import {BYTES_PER_MIB} from '../../../src/shared/units.ts';
import {apiBodies, eventStreams} from './api-bodies.ts';
import {logLines, metricsPages} from './engine-texts.ts';
import type {FuzzKind} from './fuzz-kind.ts';
import {hostTexts, nvidiaSmiTexts} from './host-texts.ts';
import {modelConfigs, modelFiles} from './model-files.ts';
import {createRandom} from './random.ts';
import {recordings} from './recordings.ts';
import {commandLines, configurationFiles, environments, layouts} from './settings-texts.ts';

/** Every kind of outside text, with its share of the inputs. */
const kinds: readonly {readonly kind: FuzzKind; readonly share: number}[] = [
  {kind: configurationFiles, share: 0.14},
  {kind: environments, share: 0.04},
  {kind: layouts, share: 0.1},
  {kind: commandLines, share: 0.12},
  {kind: modelConfigs, share: 0.08},
  {kind: modelFiles, share: 0.04},
  {kind: metricsPages, share: 0.14},
  {kind: nvidiaSmiTexts, share: 0.1},
  {kind: logLines, share: 0.12},
  {kind: apiBodies, share: 0.08},
  {kind: eventStreams, share: 0.02},
  {kind: hostTexts, share: 0.02},
  {kind: recordings, share: 0.02},
];

export type FuzzResult = {
  readonly name: string;
  readonly inputs: number;
  /** CPU time: what others do to the machine is not in it. */
  readonly slowestMs: number;
  readonly slowestInput: number;
  readonly outcomes: ReadonlyMap<string, number>;
  /** Inputs at which the reader threw, with what it threw. */
  readonly thrown: readonly {readonly input: number; readonly error: unknown}[];
  readonly heapMib: number;
  readonly rssMib: number;
};

/** Feeds every reader with its share of `inputs`. Each input follows from the seed, its kind and its number alone. */
export async function runFuzz(seed: number, inputs: number, onKind: (result: FuzzResult) => void = () => undefined) {
  const results: FuzzResult[] = [];
  for (const {kind, share} of kinds) {
    const result = await runKind(kind, seed, Math.ceil(inputs * share));
    onKind(result);
    results.push(result);
  }
  return results;
}

async function runKind(kind: FuzzKind, seed: number, inputs: number): Promise<FuzzResult> {
  const outcomes = new Map<string, number>();
  const thrown: {input: number; error: unknown}[] = [];
  let [slowestMs, slowestInput] = [0, 0];
  for (let input = 0; input < inputs; input += 1) {
    const random = createRandom(seed + input * 7_919);
    const before = process.cpuUsage();
    try {
      const outcome = await kind.run(random);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    } catch (error) {
      thrown.push({input, error});
    }
    const {user, system} = process.cpuUsage(before);
    const tookMs = (user + system) / 1_000;
    if (tookMs > slowestMs) [slowestMs, slowestInput] = [tookMs, input];
  }
  globalThis.gc?.();
  const {heapUsed, rss} = process.memoryUsage();
  const memory = {heapMib: heapUsed / BYTES_PER_MIB, rssMib: rss / BYTES_PER_MIB};
  return {name: kind.name, inputs, slowestMs, slowestInput, outcomes, thrown, ...memory};
}
