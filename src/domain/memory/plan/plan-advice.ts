import {gbText, gibText} from '../../../shared/quantities/bytes.ts';
import {countedText, countText} from '../../../shared/quantities/counts.ts';
import {type Finding, findingOf} from '../../diagnosis/finding.ts';
import {publishedQuantization} from '../model/quantization.ts';
import {checkpointBytes, weightParts} from '../model/weights.ts';
import {sharingRanks} from './cures/find-cures.ts';
import {mayStart} from './cures/fits.ts';
import {hostExpertFindings} from './host/host-experts.ts';
import {unifiedFindings} from './host/unified-memory.ts';
import {divideCard, type MemoryBudget, overheadBasis, type PlanInput, type PoolRange} from './memory-budget.ts';
import {FEW_REQUESTS, mayRunMany} from './plan-limits.ts';

/** Below this many concurrent requests of full length, options for more tokens are suggested. */
const FEW_SEQUENCES = 4;

/** Findings about a plan; for one that fits, also options for more tokens. */
export function adviceFindings(input: PlanInput, budget: MemoryBudget, doesStart: boolean): Finding[] {
  return [
    ...budget.terms.findings.filter(({severity}) => severity !== 'critical'),
    ...unifiedFindings(input),
    ...hostExpertFindings(input, budget),
    ...incompleteFinding(input),
    ...input.model.notes.map((note) => findingOf(note, 'warning')),
    ...upcastFinding(input),
    ...derivedFromOtherFinding(input),
    ...(doesStart ? moreTokensFindings(input, budget) : []),
  ];
}

/** The finding of a plan that fits only with a small overhead. */
export function tightFinding(input: PlanInput, budget: MemoryBudget, moreBytes: number): Finding {
  const {overheadBytes, terms} = budget;
  const isLeast = moreBytes === terms.overheadBytes;
  const isOpen = mayRunMany(input.settings);
  return {
    code: 'memory.tight',
    severity: 'warning',
    message: isLeast
      ? `One request of full length fits with ${gibText(overheadBytes)} of overhead, the least of published starts, but not with ${gibText(moreBytes)}, which is expected.`
      : `One request of full length fits with ${gibText(overheadBytes)} of overhead, but no longer with ${gibText(moreBytes)}.`,
    evidence: overheadBasis(input, budget),
    remedy: isOpen
      ? `Limit running requests to ${FEW_REQUESTS} to keep the overhead small.`
      : 'Shorten the context, or watch the first start closely.',
    settingsChange: isOpen ? {maxRunningRequests: FEW_REQUESTS} : null,
  };
}

/** The finding of a small pool that may be much smaller or larger. */
export function uncertainPoolFinding(input: PlanInput, budget: MemoryBudget, range: PoolRange): Finding {
  const {engineVersion, engine} = input;
  const why =
    engineVersion === null
      ? `which release of ${engine.displayName} starts is unknown`
      : 'published starts differ that much';
  const between = `between ${gibText(range.leastBytes)} and ${gibText(range.mostBytes)}`;
  return {
    code: 'memory.tight',
    severity: 'warning',
    message: `The KV cache is small: ${gibText(budget.poolBytes)} per GPU are expected, but ${between} are possible, because ${why}.`,
    evidence: overheadBasis(input, budget),
    remedy:
      engineVersion === null
        ? 'Plan for the release that will be started, or watch the first start closely.'
        : 'Watch the first start closely; later plans are calibrated by it.',
    settingsChange: null,
  };
}

function incompleteFinding({model}: PlanInput): Finding[] {
  const {missingFiles, detail} = model.checkpoint;
  const [first] = missingFiles;
  if (first === undefined) return [];
  const others = missingFiles.length === 1 ? '' : ` and ${countedText(missingFiles.length - 1, 'other file')}`;
  return [
    {
      code: 'memory.checkpoint-incomplete',
      severity: 'warning',
      message: `The checkpoint in ${detail} is incomplete: ${first}${others} ${missingFiles.length === 1 ? 'is' : 'are'} missing.`,
      evidence: missingFiles.slice(0, 5).join(', '),
      remedy: 'Finish the download before the start. The plan derives the missing bytes from the architecture.',
      settingsChange: null,
    },
  ];
}

function upcastFinding({model}: PlanInput): Finding[] {
  const {format, bytes} = model.checkpoint;
  if (model.nativeFormat !== 'int4' || (format !== 'fp8' && format !== 'bf16')) return [];
  const nativeBytes = checkpointBytes(weightParts(model.architecture, publishedQuantization('int4')));
  return [
    {
      code: 'memory.format-is-upcast',
      severity: 'info',
      message: `${model.architecture.name} was trained in INT4: ${format} weights are an upcast, ${gbText(bytes - nativeBytes)} larger and not better.`,
      evidence: null,
      remedy: 'Use the INT4 checkpoint.',
      settingsChange: {format: 'int4'},
    },
  ];
}

/** Requested in a format that the files on disk do not have. */
function derivedFromOtherFinding({model}: PlanInput): Finding[] {
  const {format, source} = model.checkpoint;
  if (source !== 'derived' || model.nativeFormat === null || model.nativeFormat === format) return [];
  if (model.quantization === null || format === 'fp8' || format === 'bf16') return [];
  return [
    {
      code: 'memory.format-not-published',
      severity: 'info',
      message: `${model.id} is published in ${model.nativeFormat}; its size in ${format} is derived.`,
      evidence: null,
      remedy: 'For exact bytes, use the repository or directory that has this format.',
      settingsChange: null,
    },
  ];
}

function moreTokensFindings(input: PlanInput, {capacity, terms}: MemoryBudget): Finding[] {
  const sequences = capacity.fullLengthSequences;
  if (sequences < 1 || sequences >= FEW_SEQUENCES) return [];
  const findings: Finding[] = [];
  if (
    terms.kvElementBytes > 1 &&
    input.settings.kvCacheDtype !== 'fp8' &&
    input.engine.supports({kvCacheDtype: 'fp8'})
  ) {
    findings.push(
      moreTokens('memory.fp8-cache-doubles', ...fp8Tokens(input, capacity.capacityTokens), {kvCacheDtype: 'fp8'}),
    );
  }
  const ranks = sharingRanks(input);
  if (ranks !== null) {
    findings.push(
      moreTokens(
        'memory.decode-context-multiplies',
        `Decode context parallel ${ranks} holds ${ranks} times the tokens, with more communication`,
        capacity.capacityTokens * ranks,
        {decodeContextParallelSize: ranks},
      ),
    );
  }
  // They need no more memory: what is refused does not run on these GPUs.
  return findings.filter(({settingsChange}) => settingsChange === null || mayStart(input, settingsChange));
}

/** Scales, an indexer's keys and states do not shrink with the cache. */
function fp8Tokens(input: PlanInput, tokens: number): [what: string, tokens: number] {
  const {indexer, linearAttention} = input.model.architecture;
  if (indexer === null && linearAttention === null) return ['An FP8 KV cache holds twice the tokens', tokens * 2];
  const settings = {...input.settings, kvCacheDtype: 'fp8' as const};
  return ['An FP8 KV cache holds more tokens', divideCard({...input, settings}).capacity.capacityTokens];
}

function moreTokens(code: string, what: string, tokens: number, settingsChange: Finding['settingsChange']): Finding {
  return {
    code,
    severity: 'info',
    message: `${what}: about ${countText(tokens)}.`,
    evidence: null,
    remedy: 'Useful when many long requests run concurrently.',
    settingsChange,
  };
}
