import {countedText, countText} from '../../../shared/quantities/counts.ts';
import type {Finding} from '../../diagnosis/finding.ts';
import type {LaunchSettings} from '../../settings/launch-settings.ts';
import {settingsTable} from '../../settings/settings-table.ts';
import type {Placement} from '../placement.ts';
import type {MemoryBudget, PlanInput} from './memory-budget.ts';

/**
 * Shorter contexts are neither offered nor accepted: the first request of the smallest coding agent (aider, about 3 KB)
 * and its answer would not fit, those of others have 22 to 84 KB.
 */
export const SHORTEST_USEFUL_TOKENS = 1024;

/** Published starts with a small overhead ran at most this many concurrent requests. */
export const FEW_REQUESTS = 64;

/** True if more requests may run at the same time, or as many as the engine likes. */
export function mayRunMany({maxRunningRequests}: Pick<LaunchSettings, 'maxRunningRequests'>): boolean {
  return maxRunningRequests === null || maxRunningRequests > FEW_REQUESTS;
}

/**
 * Why these settings cannot start with any amount of memory; empty when nothing forbids them. The engine's own findings
 * come with the change that it suggests, which may not be enough.
 */
export function limitFindings(input: PlanInput, budget: MemoryBudget): readonly Finding[] {
  return [
    ...parallelismFindings(input, budget),
    ...contextFindings(input),
    ...engineLimits(budget).filter((finding) => !isAboutShape(finding)),
  ];
}

/** Why the GPUs cannot be divided in this way, by the model's shapes, the node or the engine. */
export function parallelismFindings(input: PlanInput, budget: MemoryBudget): readonly Finding[] {
  const {settings, model, node} = input;
  const {tensorParallelSize: ranks, pipelineParallelSize, decodeContextParallelSize} = settings;
  const {attention, layers} = model.architecture;
  const {denseRanks, gpuCount} = budget.terms.placement;
  const findings: Finding[] = [];
  // An engine that gives each GPU whole layers never splits the heads.
  if (denseRanks > 1 && attention.heads % ranks !== 0) {
    findings.push(
      limit(
        'memory.tensor-parallel-uneven',
        `Tensor parallel size ${ranks} does not divide the model's ${attention.heads} attention heads.`,
        `Use a tensor parallel size that divides ${attention.heads}.`,
      ),
    );
  } else if (gpuCount > node.gpuCount) {
    findings.push(
      limit(
        'memory.too-few-cards',
        `These settings need ${countedText(gpuCount, 'GPU')}; ${node.gpuCount} can be used.`,
        fewerCardsRemedy(input, budget.terms.placement),
      ),
    );
  }
  if (pipelineParallelSize > layers) {
    findings.push(
      limit(
        'memory.pipeline-too-deep',
        `${pipelineParallelSize} pipeline stages are more than the model's ${layers} layers.`,
        `Use at most ${layers} stages.`,
      ),
    );
  }
  if (ranks % decodeContextParallelSize !== 0) {
    findings.push(
      limit(
        'memory.decode-context-uneven',
        `Decode context parallel size ${decodeContextParallelSize} does not divide tensor parallel size ${ranks}.`,
        'Set the decode context parallel size to a divisor of the tensor parallel size.',
      ),
    );
  }
  return [...findings, ...engineLimits(budget).filter(isAboutShape)];
}

/** Which parallel sizes multiply to more than the GPUs, with their values, and what they may be. */
function fewerCardsRemedy({settings, model, node, engine}: PlanInput, {gpuCount, denseRanks}: Placement): string {
  const groups = engine.gpuGroups(settings);
  if (groups === 1) {
    const {heads} = model.architecture.attention;
    let most = node.gpuCount;
    while (denseRanks > 1 && heads % most !== 0) most -= 1;
    return `Lower tensor parallel from ${gpuCount} to ${most}${most > 1 ? ' or less' : ''}.`;
  }
  const sizes = ['tensorParallelSize', 'pipelineParallelSize', 'dataParallelSize'] as const;
  const named = sizes
    .filter((name) => name === 'tensorParallelSize' || engine.gpuGroups({...settings, [name]: 1}) < groups)
    .filter((name) => settings[name] > 1)
    .map((name) => `${settingsTable[name].label} (${settings[name]})`);
  return `Lower ${named.join(' or ')}: together they need ${gpuCount} GPUs.`;
}

/** What the engine itself refuses. */
export function engineLimits({terms}: MemoryBudget): readonly Finding[] {
  return terms.findings.filter(({severity}) => severity === 'critical');
}

function isAboutShape({settingsChange}: Finding): boolean {
  return settingsChange?.dataParallelSize !== undefined;
}

function contextFindings({settings, model}: PlanInput): readonly Finding[] {
  const {maxContextTokens, name} = model.architecture;
  const {contextLengthTokens} = settings;
  if (contextLengthTokens < SHORTEST_USEFUL_TOKENS) {
    // A typing error: `128` for `128K`.
    return [
      limit(
        'memory.context-too-short',
        `A context of ${countText(contextLengthTokens)} tokens is too short: no coding agent's first request and answer fit below ${countText(SHORTEST_USEFUL_TOKENS)}, and most need 10,000 to 30,000.`,
        'Use a longer context; K means 1,024 tokens.',
      ),
    ];
  }
  if (contextLengthTokens <= maxContextTokens) return [];
  return [
    limit(
      'memory.context-above-model',
      `A context of ${countText(contextLengthTokens)} tokens exceeds the limit of ${name}: ${countText(maxContextTokens)}.`,
      `Use a context of at most ${countText(maxContextTokens)} tokens.`,
    ),
  ];
}

function limit(code: string, message: string, remedy: string): Finding {
  return {code, severity: 'critical', message, evidence: null, remedy, settingsChange: null};
}
