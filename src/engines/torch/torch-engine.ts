import type {EngineFailure} from '../log/engine-failure.ts';
import {type KnownReleases, unknownReleases} from './known-releases.ts';

/** What the failures that engines share need to know about one of them. */
export type TorchEngine = {
  readonly displayName: string;
  /** Variables that move its caches to another disk. */
  readonly cacheVariables: string;
  /** Where its compiled kernels are, as directories to delete. */
  readonly compileCaches: string;
  readonly releases: KnownReleases;
  readonly ownSettings: OwnSettings;
};

/** What each engine has a setting of its own for; null where it has none, or where the engine is unknown. */
export type OwnSettings = {
  /** The variable with the address of this host that other nodes reach. */
  readonly hostAddress: string | null;
  /** What sets the port on which the ranks meet. */
  readonly rendezvousPort: string | null;
  /** The variable, with its value, by which workers are spawned and not forked. */
  readonly spawnedWorkers: string | null;
  /** The option for the size of the pages, or blocks, of the KV cache. */
  readonly pageSize: string | null;
  /** What is set so that DeepEP is not needed. */
  readonly otherExchange: string | null;
  /** What is set instead of DeepEP's kernels for low latency. */
  readonly otherDispatch: string | null;
  /** The option that starts it without CUDA graphs. */
  readonly withoutGraphs: string | null;
  /** The variable, with its value, that switches DeepGEMM off. */
  readonly withoutDeepGemm: string | null;
  /** The variable with the size of FlashInfer's workspace, bytes. */
  readonly flashinferWorkspace: string | null;
  /** What raises the tokens of one batch that DeepEP's kernels for low latency are set up for. */
  readonly dispatchTokens: string | null;
  /** Modules that only some of its options need, by the extra of its package that installs them. */
  readonly extras: ReadonlyMap<string, string>;
};

/** An engine that the text does not name: a sentence says only what holds for all of them. */
export const unnamedTorchEngine: TorchEngine = {
  displayName: 'the engine',
  cacheVariables: 'HF_HOME',
  compileCaches: 'rm -r ~/.triton/cache /tmp/torchinductor_$USER, and the cache of the engine',
  releases: unknownReleases,
  ownSettings: {
    hostAddress: null,
    rendezvousPort: null,
    spawnedWorkers: null,
    pageSize: null,
    otherExchange: null,
    otherDispatch: null,
    withoutGraphs: null,
    withoutDeepGemm: null,
    flashinferWorkspace: null,
    dispatchTokens: null,
    extras: new Map(),
  },
};

/** A failure of several engines, whose sentences name the engine. */
export type TorchFailure = EngineFailure<TorchEngine>;
