import type {EngineMetricsSample} from '../../../src/samples/engine-metrics.ts';
import type {TokenSeries} from '../../../src/samples/token-series.ts';
import {buildMetricsSample} from '../../support/build-metrics-sample.ts';

const kinds = ['prompt', 'cached', 'output'] as const;
type Kind = (typeof kinds)[number];
type Core = {
  created: number;
  readonly counts: Record<Kind, number>;
  /** As of the last page that was read, and of the last one that is in a file. */
  readonly read: Record<Kind, number>;
  readonly kept: Record<Kind, number>;
};

const zero = (): Record<Kind, number> => ({prompt: 0, cached: 0, output: 0});

/** An engine of some cores, each with its own counters, and what of them is lost with it. */
export class SimulatedEngine {
  readonly #cores: readonly Core[];
  #created = 1;

  constructor(coreCount: number) {
    this.#cores = Array.from({length: coreCount}, () => ({created: 1, counts: zero(), read: zero(), kept: zero()}));
  }

  get coreCount(): number {
    return this.#cores.length;
  }

  /** Returns how many tokens that are: the cached ones are a part of the prompt. */
  serve(core: number, {prompt, cached, output}: Readonly<Record<Kind, number>>): number {
    const counts = this.#cores[core % this.#cores.length]?.counts ?? zero();
    counts.prompt += prompt;
    counts.cached += cached;
    counts.output += output;
    return prompt + output;
  }

  page(): EngineMetricsSample {
    const tokenSeries = this.#cores.flatMap(({created, counts, read}, core): TokenSeries[] =>
      kinds.map((kind) => {
        read[kind] = counts[kind];
        return {kind, key: `${core}`, value: counts[kind], createdSeconds: created};
      }),
    );
    return buildMetricsSample(0, {tokenSeries, cachedPromptTokensTotal: 1});
  }

  /** What was read is in a file now. */
  keep(): void {
    for (const {read, kept} of this.#cores) for (const kind of kinds) kept[kind] = read[kind];
  }

  /** Who had read it is gone. */
  forget(): void {
    for (const {read, kept} of this.#cores) for (const kind of kinds) read[kind] = kept[kind];
  }

  /** A core is started again. Returns the tokens that no page will show. */
  reset(index: number): number {
    const core = this.#cores[index % this.#cores.length];
    if (core === undefined) return 0;
    const lost = core.counts.prompt - core.kept.prompt + core.counts.output - core.kept.output;
    core.created = ++this.#created;
    for (const kind of kinds) core.counts[kind] = core.read[kind] = core.kept[kind] = 0;
    return lost;
  }

  /** The process ends. Returns the tokens that no page will show. */
  kill(): number {
    return this.#cores.reduce((sum, _, core) => sum + this.reset(core), 0);
  }
}
