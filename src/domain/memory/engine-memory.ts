import type {Finding} from '../diagnosis/finding.ts';
import type {LaunchSettings, SettingsChange} from '../settings/launch-settings.ts';
import type {CardMemory} from './cards.ts';
import type {Architecture} from './model/architecture.ts';
import type {Placement} from './placement.ts';
import type {LoggedFacts, MeasuredOverhead} from './plan/measured-overhead.ts';
import type {MemoryPlan} from './plan/memory-plan.ts';

/** The inputs that decide how an engine divides a GPU. */
export type TermsInput = {
  readonly settings: LaunchSettings;
  readonly card: CardMemory;
  readonly gpuCount: number;
  readonly architecture: Architecture;
  /** As the engine prints it (`0.25.1`); null while unknown. */
  readonly version: string | null;
  /** The type of the KV cache that the checkpoint states, for settings that leave it to the model. */
  readonly checkpointKvDtype?: 'fp8' | undefined;
  /** The checkpoint's weights are not in 16 bit. */
  readonly isQuantized?: boolean;
  /** How its matrices are stored; absent where each tensor has a type of its own. */
  readonly weightFormat?: string | undefined;
  /** The weights are in a GGUF file. */
  readonly isGguf?: boolean;
};

/** A speculative draft model, loaded on the same GPUs as the model. */
export type DraftTerms = {
  readonly kvLayers: number;
  /** Null: the checkpoint's own layers for the prediction of further tokens. */
  readonly weightsBytes: number | null;
  readonly evidence: string;
};

/** How an engine keeps layers that do not keep every token. Without effect on models that have none. */
export type PartialCacheTerms = {
  /** Tokens of a request that a sliding window has room for, with the batch that is processed. */
  readonly windowTokens: number;
  /** Instead, windows get room for this share of all tokens; null where they take what they need. */
  readonly windowShare: number | null;
  /** Tokens in a block of a layer with a window; absent: as in the others. */
  readonly windowBlockTokens?: number;
  /** States for each layer of linear attention: of a request, or of all requests where the engine allocates them so. */
  readonly stateCopies: number;
  /** Bytes of every number of a state; null: of the convolution 16 bit, of the matrices what the model says. */
  readonly stateElementBytes: number | null;
  /** The share of the pool that is set apart for states; 0 where they take what they need. */
  readonly stateShare: number;
  /** Bytes of one number of an indexer's keys; null where sparse attention keeps them in FP8 with scales. */
  readonly indexerElementBytes: number | null;
  /** All layers have pages of the same size, in groups of as many layers as keep every token. */
  readonly isPaged: boolean;
};

/** One part of the overhead, by what drives it. Bytes per GPU; the least and the most that published starts allow. */
export type OverheadPart = {
  readonly label: string;
  /** Written only for a plan that shows it: most are made to compare settings. */
  readonly expression: () => string;
  readonly bytes: number;
  readonly leastBytes: number;
  readonly mostBytes: number;
};

/** What an engine's budget holds besides weights and KV cache. Bytes per GPU. */
export type OverheadTerms = {
  /** Activations, CUDA graphs and buffers within the budget, as long as this node has no measured start. */
  readonly overheadBytes: number;
  /** An optimistic overhead: only a plan that does not even fit with it is refused. */
  readonly leastOverheadBytes: number;
  /** A pessimistic overhead: a plan that only fits with less is tight. */
  readonly cautiousOverheadBytes: number;
  /** Add up to the overhead. */
  readonly overheadParts: readonly OverheadPart[];
};

/** The engine's rules applied to the settings on one GPU, as values. Bytes are per GPU. */
export type MemoryTerms = OverheadTerms & {
  readonly placement: Placement;
  /** Bytes of one element of the KV cache, and the reason. */
  readonly kvElementBytes: number;
  readonly kvElementWhy: string;
  /** Tokens per block. */
  readonly blockTokens: number;
  readonly partialCache: PartialCacheTerms;
  /** The budget for weights, KV cache and the overhead that counts against it. */
  readonly budgetBytes: number;
  readonly budgetExpression: string;
  /** What the memory fraction is a fraction of; null for an engine without one. */
  readonly fractionBaseBytes: number | null;
  /** Of the pipeline stages before the last, where they hold less; null where all stages hold the same. */
  readonly earlierStages: OverheadTerms | null;
  readonly overheadEvidence: string;
  /** What the engine uses of the GPU outside the budget, whatever it does. */
  readonly outsideBytes: number;
  readonly outsideEvidence: string;
  /** What it leaves free for activations and CUDA graphs, and uses as needed; 0 where these are within the budget. */
  readonly reserveBytes: number;
  readonly reserveEvidence: string;
  /** A pool size fixed by the settings; null when the pool is the rest of the budget. */
  readonly fixedPoolBytes: number | null;
  /** Tokens that the engine allocates for, and no more; null for an engine that takes all that is left. */
  readonly askedPoolTokens: number | null;
  readonly draft: DraftTerms | null;
  /** Findings about these settings on this engine: forbidding (`critical`) or advice. */
  readonly findings: readonly Finding[];
};

/** How an engine uses memory. Pure: settings and a card in, terms out. */
export type EngineMemory = {
  readonly engineName: string;
  /** Display name. */
  readonly displayName: string;
  /** False for an engine that takes what it needs and ignores the fraction. */
  readonly hasMemoryFraction: boolean;
  /** False for an engine that divides whole layers among the GPUs it finds, up to the tensor parallel size. */
  readonly hasTensorParallelism: boolean;
  /** The highest memory fraction worth proposing. */
  readonly highestFraction: number;
  readonly terms: (input: TermsInput) => MemoryTerms;
  /** Free memory, as nvidia-smi counts it, that a start of this plan needs on each GPU. Bytes. */
  readonly neededFreeBytes: (plan: MemoryPlan) => number;
  /** The overhead of a start that logged these facts; null if they do not show it. */
  readonly measureOverhead: (plan: MemoryPlan, facts: LoggedFacts) => MeasuredOverhead | null;
  /** How many GPU groups a launch takes, each with `tensorParallelSize` GPUs: pipeline stages, separate replicas. */
  readonly gpuGroups: (settings: LaunchSettings) => number;
  /** Extra arguments that cannot affect memory: starts that differ in nothing else share what they measured. */
  readonly idleArguments: RegExp;
  /** Whether a settings change has an effect on this engine. */
  readonly supports: (change: SettingsChange) => boolean;
};
