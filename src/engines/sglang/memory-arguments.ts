import {eagleDraft, predictionDraft} from '../../domain/memory/draft-models.ts';
import type {DraftTerms} from '../../domain/memory/engine-memory.ts';
import type {Architecture} from '../../domain/memory/model/architecture.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {readSglangOptions} from './extra-arguments.ts';

/** What SGLang's extra arguments mean for memory. */
export type SglangMemoryArguments = {
  readonly draft: DraftTerms | null;
  /** The share of each layer's experts that KTransformers keeps in host memory; empty without it. */
  readonly hostExpertShares: readonly number[];
  /** Tokens of a layer with a window for each token of the others. */
  readonly windowRatio: number;
  /** Bytes of states for each byte of tokens. */
  readonly stateRatio: number;
};

/** Defaults where the model has none of its own (`arg_groups/fields/schedule.py` of 0.5.23). */
const WINDOW_RATIO = 0.8;
const STATE_RATIO = 0.9;

/** Reads SGLang's extra arguments; the last of a repeated one counts. */
export function readSglangMemoryArguments(
  {extraArguments, tensorParallelSize, model}: LaunchSettings,
  architecture: Architecture,
): SglangMemoryArguments {
  const last = new Map(readSglangOptions(extraArguments).map(({name, value}) => [name, value]));
  return {
    draft: draftOf(last, model, architecture, tensorParallelSize),
    hostExpertShares: hostExpertShares(last, architecture),
    windowRatio: ratio(last.get('--swa-full-tokens-ratio')) ?? WINDOW_RATIO,
    stateRatio: ratio(last.get('--mamba-full-memory-ratio')) ?? STATE_RATIO,
  };
}

/** Null for anything but a positive number, which SGLang refuses itself. */
function ratio(text: string | null | undefined): number | null {
  const value = Number(text ?? Number.NaN);
  return Number.isFinite(value) && value > 0 ? value : null;
}

/** Without a draft model of its own, EAGLE and NEXTN use the checkpoint's layers for further tokens. */
function draftOf(
  last: ReadonlyMap<string, string | null>,
  model: string,
  architecture: Architecture,
  ranks: number,
): DraftTerms | null {
  const algorithm = (last.get('--speculative-algorithm') ?? last.get('--speculative-algo') ?? '').toUpperCase();
  const path = last.get('--speculative-draft-model-path') ?? last.get('--speculative-draft-model');
  const hasOwnModel = typeof path === 'string' && path !== model;
  if (algorithm === 'EAGLE3' || (algorithm === 'EAGLE' && hasOwnModel)) return eagleDraft(architecture, ranks);
  return algorithm === 'EAGLE' || algorithm === 'NEXTN' ? predictionDraft(architecture) : null;
}

/** KTransformers keeps all experts in host memory but `--kt-num-gpu-experts` of each layer. */
function hostExpertShares(
  last: ReadonlyMap<string, string | null>,
  {experts, layers}: Architecture,
): readonly number[] {
  if (experts === null || !['--kt-weight-path', '--kt-method', '--kt-num-gpu-experts'].some((name) => last.has(name))) {
    return [];
  }
  const onGpu = Number(last.get('--kt-num-gpu-experts') ?? 0);
  const kept = Number.isInteger(onGpu) ? Math.min(Math.max(onGpu, 0), experts.routedExperts) : 0;
  return new Array<number>(layers).fill(1 - kept / experts.routedExperts);
}
