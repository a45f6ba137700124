import type {MemoryPlan} from '../../domain/memory/memory-plan.ts';
import {BYTES_PER_GB} from '../../shared/units.ts';
import {stackedBar} from '../bars.ts';
import {padText} from '../compose.ts';
import {countText, fractionText, gibNumber, gibText} from '../format/numbers.ts';
import type {GlyphSet} from '../glyphs.ts';
import {settingFlags} from './setting-flags.ts';
import {labelled, plainText, wrapped} from './text-lines.ts';

/** Cards beyond this many are drawn as one bar. */
const MOST_BARS = 16;

export type PlanTextOptions = {
  readonly columns: number;
  readonly glyphs: GlyphSet;
  /** Whole arithmetic in the place of the hint at it. */
  readonly isExplained: boolean;
  /** What is to be said of the node beside the plan, one line each. */
  readonly remarks: readonly string[];
};

const verdictTexts: Readonly<Record<MemoryPlan['verdict'], string>> = {
  fits: 'FITS',
  tight: 'TIGHT',
  'does-not-fit': 'DOES NOT FIT',
};

/** A memory plan for people: the verdict first, then what was planned, a bar a card, the cache, and what to do. */
export function planText(plan: MemoryPlan, options: PlanTextOptions): string {
  const {columns, glyphs, isExplained, remarks} = options;
  const lines = [
    ...wrapped(`${verdictTexts[plan.verdict]} (${plan.confidence})  ${plan.reason}`, columns, glyphs),
    '',
    ...subjectLines(plan, options),
    ...remarks.flatMap((remark) => labelled('', remark, columns, glyphs)),
    '',
    ...barLines(plan, options),
    ...partLines(plan, options),
    '',
    ...cacheLines(plan, options),
    ...findingLines(plan, options),
    '',
    ...labelled('basis', `${plan.confidence}: ${plan.basis}`, columns, glyphs),
    ...(isExplained ? ['', ...arithmeticLines(plan, options)] : ['', '--explain shows the arithmetic line by line.']),
  ];
  return lines.join('\n');
}

function subjectLines({model, checkpoint, node, engine, settings}: MemoryPlan, {columns, glyphs}: PlanTextOptions) {
  const {total, active} = model.parameters;
  const {nvmlBytes, cudaVisibleBytes} = node.perGpu;
  const version = engine.version === null ? '' : ` ${engine.version}`;
  return [
    ...labelled(
      'model',
      `${model.id}: ${billions(total)} parameters, all of them in memory, ${billions(active)} active a token`,
      columns,
      glyphs,
    ),
    ...labelled(
      'checkpoint',
      `${checkpoint.format}, ${gbText(checkpoint.bytes)} (${countText(checkpoint.bytes)} bytes), ${checkpoint.source}: ${checkpoint.detail}`,
      columns,
      glyphs,
    ),
    ...labelled(
      'node',
      `${node.gpuCount}${glyphs.times} ${node.gpuName}, ${gibText(nvmlBytes)} each by nvidia-smi, ${gibText(cudaVisibleBytes)} for CUDA`,
      columns,
      glyphs,
    ),
    ...labelled('settings', `${engine.name}${version}, ${settingsText(settings)}`, columns, glyphs),
  ];
}

function settingsText(settings: MemoryPlan['settings']): string {
  const parallel = [
    ['tensor', settings.tensorParallelSize],
    ['pipeline', settings.pipelineParallelSize],
    ['data', settings.dataParallelSize],
    ['decode context', settings.decodeContextParallelSize],
  ] as const;
  const spread = parallel.filter(([name, size]) => name === 'tensor' || size > 1);
  return [
    `${countText(settings.contextLengthTokens)} tokens of context`,
    `memory fraction ${fractionText(settings.memoryFraction)}`,
    `KV cache ${settings.kvCacheDtype}`,
    ...spread.map(([name, size]) => `${name} parallel ${size}`),
    ...(settings.expertParallel ? ['expert parallel'] : []),
    ...(settings.visionMode === 'data' ? [] : [`vision ${settings.visionMode}`]),
    ...(settings.maxRunningRequests === null ? [] : [`at most ${settings.maxRunningRequests} requests`]),
    ...(settings.extraArguments.length === 0 ? [] : [settings.extraArguments.join(' ')]),
  ].join(', ');
}

/** One bar a card that is used: weights, cache and overhead of what nvidia-smi shows, with a mark where the budget ends. */
function barLines({perGpu, node}: MemoryPlan, {columns, glyphs}: PlanTextOptions): string[] {
  const usedBytes = perGpu.totalBytes + Math.max(0, -perGpu.kvCachePoolBytes);
  const amount = `${padText(gibNumber(usedBytes), 6, 'left')} / ${gibText(perGpu.nvmlBytes)}`;
  const room = columns - 8 - amount.length;
  const bar = plainText(
    stackedBar(
      [
        {value: perGpu.weightsBytes, glyph: glyphs.barWeights, tone: 'weights'},
        {value: perGpu.kvCachePoolBytes, glyph: glyphs.barKvCache, tone: 'kvCache'},
        {value: perGpu.overheadBytes, glyph: glyphs.barOverhead, tone: 'overhead'},
      ],
      Math.max(perGpu.nvmlBytes, usedBytes),
      room,
      glyphs,
      perGpu.budgetBytes,
    ),
  ).padEnd(room);
  const count = node.usedGpuCount;
  const line = (label: string): string => `${label.padEnd(6)}${bar} ${amount}`;
  if (count > MOST_BARS) return [line(`${count}${glyphs.times}`)];
  return Array.from({length: count}, (_, index) => line(`GPU ${index}`));
}

function partLines({perGpu}: MemoryPlan, {columns, glyphs}: PlanTextOptions): string[] {
  const part = (glyph: string, name: string, bytes: number, note = ''): string => {
    const line = `      ${glyph} ${padText(name, 10)}${padText(gibText(bytes), 11, 'left')}`;
    return line.length + note.length <= columns ? line + note : line;
  };
  return [
    part(glyphs.barWeights, 'weights', perGpu.weightsBytes),
    part(
      glyphs.barKvCache,
      'KV cache',
      perGpu.kvCachePoolBytes,
      perGpu.kvCachePoolBytes < 0 ? '  what is missing before there is any cache' : '',
    ),
    part(glyphs.barOverhead, 'overhead', perGpu.overheadBytes),
    part(glyphs.barMark, 'budget', perGpu.budgetBytes, `  and ${gibText(perGpu.outsideBytes)} beside it`),
  ];
}

function cacheLines({kvCache, settings, model}: MemoryPlan, {columns, glyphs}: PlanTextOptions): string[] {
  const longest = Math.min(kvCache.longestSequenceTokens, model.maxContextTokens);
  const replicas = kvCache.replicas === 1 ? '' : ` in each of ${kvCache.replicas} replicas`;
  return [
    ...labelled(
      'KV cache',
      `${countText(kvCache.capacityTokens)} tokens${replicas}, ${countText(kvCache.bytesPerToken)} bytes each on a card`,
      columns,
      glyphs,
    ),
    ...labelled(
      'at once',
      `${kvCache.fullLengthSequences.toFixed(2)} requests of ${countText(settings.contextLengthTokens)} tokens (${gibText(kvCache.bytesPerFullLengthSequence)} each); the longest single one is ${countText(longest)}`,
      columns,
      glyphs,
    ),
  ];
}

/** What the verdict has said already is not said again: of that only the cure. */
function findingLines({findings, reason}: MemoryPlan, {columns, glyphs}: PlanTextOptions): string[] {
  if (findings.length === 0) return [];
  return [
    '',
    ...findings.flatMap(({severity, message, remedy, settingsChange}) => {
      const flags = settingFlags(settingsChange);
      const cure = `${remedy}${flags === '' ? '' : ` (${flags})`}`;
      if (message === reason) return labelled('do this', cure, columns, glyphs);
      return [
        ...labelled(severity, message, columns, glyphs),
        ...labelled('', `${glyphs.arrow} ${cure}`, columns, glyphs),
      ];
    }),
  ];
}

function arithmeticLines({arithmetic}: MemoryPlan, {columns, glyphs}: PlanTextOptions): string[] {
  return arithmetic.flatMap(({label, expression, value, unit}) => [
    `${label}: ${quantityText(value, unit)}`,
    ...wrapped(expression, columns, glyphs, '    '),
  ]);
}

function quantityText(value: number, unit: MemoryPlan['arithmetic'][number]['unit']): string {
  switch (unit) {
    case 'bytes':
      return `${gibText(value)} (${countText(value)} bytes)`;
    case 'ratio':
      return `${(value * 100).toFixed(1)} %`;
    case 'sequences':
      return value.toFixed(2);
    case 'bytes/token':
      return `${countText(value)} bytes a token`;
    case 'parameters':
    case 'tokens':
      return `${countText(value)} ${unit}`;
  }
}

function billions(count: number): string {
  return count >= 999.5e9 ? `${(count / 1e12).toFixed(3)} trillion` : `${(count / 1e9).toFixed(1)} billion`;
}

function gbText(bytes: number): string {
  return `${(bytes / BYTES_PER_GB).toFixed(1)} GB`;
}
