import type {Finding} from '../diagnosis/finding.ts';
import type {LaunchSettings, SettingsChange} from '../settings/launch-settings.ts';
import type {CardMemory} from './cards.ts';
import type {Architecture} from './model/architecture.ts';
import type {Placement} from './placement.ts';
import type {MemoryPlan} from './plan/memory-plan.ts';

/** What decides how an engine divides a card. */
export type TermsInput = {
  readonly settings: LaunchSettings;
  readonly card: CardMemory;
  readonly gpuCount: number;
  readonly architecture: Architecture;
  /** As the engine prints it (`0.25.1`); null while it is not known. */
  readonly version: string | null;
};

/** A speculative draft model that lives on the cards beside the model. */
export type DraftTerms = {
  readonly kvLayers: number;
  readonly weightsBytes: number;
  readonly evidence: string;
};

/** What an engine makes of the settings on one card: its own rules, as values. Bytes are per card. */
export type MemoryTerms = {
  readonly placement: Placement;
  /** Bytes of one element of the KV cache, and why. */
  readonly kvElementBytes: number;
  readonly kvElementWhy: string;
  /** Tokens the engine gives out at once. */
  readonly blockTokens: number;
  /** What the memory fraction leaves for weights, KV cache and the overhead within it. */
  readonly budgetBytes: number;
  readonly budgetExpression: string;
  /** Activations, CUDA graphs, buffers within the budget, before this node has a start to learn from. */
  readonly overheadBytes: number;
  /** The overhead of a bad day: a plan that fits only below it is tight. */
  readonly cautiousOverheadBytes: number;
  readonly overheadEvidence: string;
  /** What the engine holds of the card beside the budget. */
  readonly outsideBytes: number;
  readonly outsideEvidence: string;
  /** A pool that the settings fix in bytes; null when it is what is left. */
  readonly fixedPoolBytes: number | null;
  /** Tokens that the engine makes room for and no more; null for one that takes all that is left. */
  readonly askedPoolTokens: number | null;
  readonly draft: DraftTerms | null;
  /** What the operator should know of these settings on this engine, forbidding (`critical`) or advising. */
  readonly findings: readonly Finding[];
};

/** How an engine uses memory. Pure: settings and a card in, terms out. */
export type EngineMemory = {
  readonly engineName: string;
  /** As a person writes it. */
  readonly displayName: string;
  /** False for an engine that takes what it needs, whatever fraction is set. */
  readonly hasMemoryFraction: boolean;
  /** The highest memory fraction worth proposing. */
  readonly highestFraction: number;
  readonly terms: (input: TermsInput) => MemoryTerms;
  /** What must be free of each card, as nvidia-smi counts it, for a start of this plan to get through. Bytes. */
  readonly neededFreeBytes: (plan: MemoryPlan) => number;
  /** Whether a change of settings means something to this engine. */
  readonly supports: (change: SettingsChange) => boolean;
};
