import {isForbidden, type MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import {confidenceText} from '../../domain/memory/plan/plan-version.ts';
import {typedSettings} from '../../domain/settings/settings-table.ts';
import {exactGibText, gbText, gibText} from '../../shared/quantities/bytes.ts';
import {countedText, countText, decimalText, parametersText} from '../../shared/quantities/counts.ts';
import {exactPercentText, fractionText} from '../../shared/quantities/ratios.ts';
import {span, widthOf} from '../drawing/compose.ts';
import {isPlanProblem, severityTones, verdictLabel} from '../format/names.ts';
import type {Row} from '../rows.ts';
import {type CardGroup, planBars} from './plan-bar.ts';
import {blank, labelled, plainLines, type TextOptions, wrapped} from './text-lines.ts';

export type PlanTextOptions = TextOptions & {
  /** The full arithmetic instead of a hint. */
  readonly isExplained: boolean;
  /** Remarks about the node, one line each. */
  readonly remarks: readonly string[];
  /** Whose settings are planned, and which of them were set where. */
  readonly settingsFrom: string;
  /** The GPUs by size if they differ; empty if all are equal. */
  readonly cards: readonly CardGroup[];
};

/** A memory plan as text: verdict, inputs, a bar per GPU size, the cache, and remedies. */
export function planRows(plan: MemoryPlan, options: PlanTextOptions): Row[] {
  const end = options.isExplained
    ? arithmeticRows(plan, options)
    : wrapped('Use --explain for the arithmetic, --matrix for other nodes and contexts.', options, 'dim');
  return [
    ...verdictRows(plan, options),
    blank,
    ...subjectRows(plan, options),
    blank,
    ...planBars(plan, options.cards, options),
    blank,
    ...cacheRows(plan, options),
    ...findingRows(plan, options),
    blank,
    ...end,
  ];
}

export function verdictRows(plan: MemoryPlan, options: TextOptions): Row[] {
  const {reason, basis} = plan;
  const confidence = confidenceText(plan);
  const {word, tone} = verdictLabel(plan);
  const [first = [], ...rest] = wrapped(`${word.toUpperCase()}: ${reason}`, options, 'strong');
  const [head] = first;
  const text = head?.text ?? '';
  const cut = word.length + 1;
  return [
    [span(text.slice(0, cut), tone), span(text.slice(cut), 'strong')],
    ...rest,
    ...wrapped(`${confidence.charAt(0).toUpperCase()}${confidence.slice(1)}; overhead from ${basis}.`, options, 'dim'),
  ];
}

function subjectRows(plan: MemoryPlan, options: PlanTextOptions): Row[] {
  const {model, engine, node} = plan;
  const {total, active, routedExperts} = model.parameters;
  const {nvmlBytes, cudaVisibleBytes} = node.perGpu;
  const version = engine.version === null ? '' : ` ${engine.version}`;
  const speed = routedExperts > 0 ? `, ${parametersText(active)} active per token` : '';
  const cards = `${node.gpuCount} ${options.glyphs.times} ${node.gpuName}, ${gibText(nvmlBytes)}, CUDA total ${gibText(cudaVisibleBytes)}`;
  return [
    ...labelled('model', `${model.id}, ${parametersText(total)} parameters${speed}`, options),
    ...checkpointRows(plan, options),
    ...labelled('node', [cards, ...options.remarks].join('; '), options),
    ...labelled('settings', `${engine.displayName}${version}, ${settingsText(plan)}`, options),
    ...labelled('from', options.settingsFrom, options),
  ];
}

/** The derivation is shown if there is room; the arithmetic always has it. */
function checkpointRows({checkpoint}: MemoryPlan, options: PlanTextOptions): Row[] {
  const {format, bytes, source, detail} = checkpoint;
  const size = `${format}, ${gbText(bytes)} (${countText(bytes)} bytes)`;
  const whole = labelled('checkpoint', `${size}, ${source}: ${detail}`, options);
  if (source !== 'derived' || whole.length === 1) return whole;
  return labelled('checkpoint', `${size}, derived from its shapes`, options);
}

function settingsText({settings, engine, node}: MemoryPlan): string {
  const {tensorParallelSize, pipelineParallelSize, dataParallelSize, decodeContextParallelSize} = settings;
  const parallel = [
    ['PP', pipelineParallelSize],
    ['DP', dataParallelSize],
    ['DCP', decodeContextParallelSize],
  ] as const;
  return [
    `context ${countText(settings.contextLengthTokens)}`,
    engine.hasTensorParallelism ? `TP ${tensorParallelSize}` : countedText(node.usedGpuCount, 'GPU'),
    ...parallel.filter(([, size]) => size > 1).map(([name, size]) => `${name} ${size}`),
    ...(settings.expertParallel ? ['EP'] : []),
    ...(!engine.hasMemoryFraction ? [] : [`memory fraction ${fractionText(settings.memoryFraction)}`]),
    `KV cache ${settings.kvCacheDtype}`,
    ...(settings.visionMode === 'data' ? [] : [`vision ${settings.visionMode}`]),
    ...(settings.maxRunningRequests === null ? [] : [`at most ${countedText(settings.maxRunningRequests, 'request')}`]),
    ...(settings.extraArguments.length === 0 ? [] : [settings.extraArguments.join(' ')]),
  ].join(', ');
}

export function cacheRows(plan: MemoryPlan, options: TextOptions): Row[] {
  const {kvCache, settings, model} = plan;
  const longest = Math.min(kvCache.longestSequenceTokens, model.maxContextTokens);
  const longestText = longest === 0 ? 'no request fits' : `one request of ${countText(longest)} tokens`;
  const pools = kvCache.replicas === 1 ? '' : ` in each of ${kvCache.replicas} pools`;
  const context = `${countText(settings.contextLengthTokens)} tokens`;
  const cost = gibText(kvCache.bytesPerFullLengthSequence);
  const sequences =
    kvCache.fullLengthSequences < 1
      ? `less than one request of ${context}: it needs ${cost} per GPU`
      : `${decimalText(kvCache.fullLengthSequences, 2)} requests of ${context}, ${cost} each`;
  return [
    ...labelled(
      'KV cache',
      `${countText(kvCache.capacityTokens)} tokens${pools}, ${countText(kvCache.bytesPerToken)} bytes per token on every GPU`,
      options,
    ),
    ...(isForbidden(plan) ? [] : labelled('concurrent', sequences, options)),
    ...(isForbidden(plan) || longest === settings.contextLengthTokens ? [] : labelled('longest', longestText, options)),
  ];
}

/** A finding already in the verdict is not repeated: only its remedy is shown, as the next step. */
export function findingRows({findings, verdict, basis}: MemoryPlan, options: TextOptions): Row[] {
  if (findings.length === 0) return [];
  const stated = verdict === 'does-not-fit' ? findings.find(isPlanProblem) : undefined;
  const rows = findings.flatMap((finding) => {
    const {code, severity, message, evidence, remedy, settingsChange} = finding;
    const isKnown = finding === stated || code === 'memory.other-cure';
    const label = {labelTone: severityTones[severity]};
    const cure = labelled(isKnown ? 'fix' : '', `${options.glyphs.arrow} ${remedy}`, options);
    return [
      ...(isKnown ? [] : labelled(severity, message, options, label)),
      ...(evidence === null || evidence === basis ? [] : labelled('', evidence, options, {tone: 'dim'})),
      ...withFlags(cure, settingsChange === null ? '' : typedSettings(settingsChange), options),
    ];
  });
  return [blank, ...rows];
}

/** The rows with the flags after the last one, or below if there is no room. */
function withFlags(rows: readonly Row[], flags: string, options: TextOptions): Row[] {
  const last = rows.at(-1);
  if (flags === '' || last === undefined) return [...rows];
  const joined: Row = [...last, span('  '), span(flags, 'accent')];
  if (widthOf(joined) <= options.columns) return [...rows.slice(0, -1), joined];
  return [...rows, ...labelled('', flags, options, {tone: 'accent'})];
}

export function arithmeticRows({arithmetic}: MemoryPlan, options: TextOptions): Row[] {
  return arithmetic.flatMap(({label, expression, value, unit}) => {
    const result: Row = [span(`${label}: `), span(quantityText(value, unit), 'strong')];
    const head = widthOf(result) <= options.columns ? [result] : wrapped(plainLines([result]), options);
    return [...head, ...wrapped(expression, options, 'dim', '    ')];
  });
}

function quantityText(value: number, unit: MemoryPlan['arithmetic'][number]['unit']): string {
  switch (unit) {
    case 'bytes':
      return `${exactGibText(value)} (${countText(value)} bytes)`;
    case 'ratio':
      return exactPercentText(value, 1);
    case 'sequences':
      return decimalText(value, 2);
    case 'bytes/token':
      return `${countText(value)} bytes per token`;
    case 'parameters':
    case 'tokens':
      return `${countText(value)} ${unit}`;
  }
}
