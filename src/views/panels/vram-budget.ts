import type {GpuView} from '../../api/snapshot.ts';
import {isForbidden, type MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import {isAbsent, isPresent} from '../../samples/reading.ts';
import {
  fixedGibNumber,
  fixedGibText,
  shownGibDifference,
  shownGibSum,
  signedGibNumber,
  signedGibText,
} from '../../shared/quantities/bytes.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {fractionText} from '../../shared/quantities/ratios.ts';
import {stackedBar} from '../drawing/bars.ts';
import {cutRow, type Fact, factRow, joinParts, padText, span} from '../drawing/compose.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {verdictLabel} from '../format/names.ts';
import {roomText, timesText} from '../format/shown.ts';
import type {GlyphSet} from '../glyphs.ts';
import {largestDifference} from '../gpus/plan-difference.ts';
import {shownTerms} from '../plan/shown-terms.ts';
import type {PanelView, Row, Tone} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {connectionNote} from './freshness.ts';
import {fittingNote, noDataYet, panelOf} from './panel-of.ts';

type PlannedPart = {
  readonly label: string;
  readonly bytes: number;
  readonly tone: Tone;
  readonly glyph: string;
  /** The value from the engine's log, bytes; undefined if not logged. */
  readonly observedBytes: number | undefined;
};

/** Planned memory use per GPU, compared with the engine's log. */
export function vramBudgetView(input: ViewInput): PanelView {
  const plan = input.data.snapshot?.plan;
  const title = 'VRAM budget per GPU';
  const note = connectionNote(input);
  if (plan === undefined) return panelOf(input, {title, titleNote: note}, [noDataYet]);
  if (isAbsent(plan)) {
    const reason = wrapText(plan.absent, 'dim', input.columns, input.rows, input.glyphs);
    return panelOf(input, {title, titleNote: note}, reason);
  }
  const tone = plan.verdict === 'fits' ? 'normal' : verdictLabel(plan).tone;
  return panelOf(
    input,
    {title, titleNote: note === '' ? confidenceNote(plan, title, input) : note, tone},
    planRows(plan, input),
  );
}

/** The plan of an engine that is ready was made before this start measured anything; that of its next start may be calibrated. */
function confidenceNote({confidence}: MemoryPlan, title: string, input: ViewInput): string {
  const {readyAtMs = null, pid = null} = input.data.snapshot?.engine ?? {};
  const isReady = readyAtMs !== null && pid !== null;
  return confidence === 'estimated' && isReady
    ? fittingNote(input, title, ['estimated before the start', confidence])
    : confidence;
}

function planRows(plan: MemoryPlan, input: ViewInput): Row[] {
  const {columns, rows, glyphs, data} = input;
  const {perGpu} = plan;
  const facts = data.snapshot?.engine.facts ?? {};
  const parts = plannedParts(plan, facts, input);
  const bar = stackedBar(
    parts.map(({bytes, tone, glyph}) => ({value: bytes, tone, glyph})),
    perGpu.nvmlBytes,
    columns,
    glyphs,
    perGpu.budgetBytes,
  );
  const head = verdictRow(plan, facts['kvCapacityTokens'], input);
  const needsReason = plan.verdict !== 'fits';
  const reason = needsReason ? wrapText(plan.reason, 'normal', columns, Math.max(1, rows - 6), glyphs) : [];
  if (rows < 6) return needsReason ? [head, ...reason, sumRow(plan, input), bar] : [head, sumRow(plan, input), bar];
  return [head, ...reason, bar, ...parts.map((part) => partRow(part, input)), ...limitRows(plan, input)];
}

function verdictRow(plan: MemoryPlan, observedTokens: number | undefined, {columns, glyphs}: ViewInput): Row {
  const {kvCache} = plan;
  const {word, tone} = verdictLabel(plan);
  if (isForbidden(plan)) return cutRow([span(word, tone)], columns, glyphs);
  // The logged value is the real one; the plan is next to it.
  const tokens = observedTokens ?? kvCache.capacityTokens;
  const sequences =
    observedTokens === undefined || kvCache.capacityTokens <= 0
      ? kvCache.fullLengthSequences
      : (kvCache.fullLengthSequences * observedTokens) / kvCache.capacityTokens;
  const planned: Row =
    observedTokens === undefined ? [] : [span('planned ', 'dim'), span(countText(kvCache.capacityTokens), 'normal')];
  return joinParts(
    [
      {row: [span(word, tone)], importance: 4},
      {
        row: [span(timesText(sequences, glyphs), 'strong'), span(' full length', 'dim')],
        importance: 3,
      },
      {row: [span(countText(tokens), 'strong'), span(' KV tokens', 'dim')], importance: 2},
      {row: planned, importance: 1},
    ],
    columns,
    glyphs,
  );
}

/** `71.8 + 51.0 + 3.0 = 125.8 GiB`, in the order of the bar. Without room for a cache: `71.8 + 3.0 = 74.8 GiB, 3.6 GiB short`. */
function sumRow({perGpu}: MemoryPlan, {columns, glyphs}: ViewInput): Row {
  const {totalBytes} = perGpu;
  const {weightsBytes, kvCachePoolBytes: poolBytes, overheadBytes} = shownTerms(perGpu);
  const isShort = poolBytes < 0;
  const term = (glyph: string, bytes: number, tone: Tone): Row => [
    span(`${glyph} `, tone),
    span(fixedGibNumber(bytes), 'strong'),
  ];
  const sum = [span(`= ${fixedGibText(isShort ? shownGibSum(weightsBytes, overheadBytes) : totalBytes)}`, 'strong')];
  return joinParts(
    [
      {
        row: [
          ...term(glyphs.barWeights, weightsBytes, 'weights'),
          ...(isShort ? [] : term(` ${glyphs.barKvCache}`, poolBytes, 'kvCache')),
          ...term(` ${glyphs.barOverhead}`, overheadBytes, 'overhead'),
        ],
        importance: 3,
      },
      {row: isShort ? [...sum, span(`, ${roomText(poolBytes)}`, 'critical')] : sum, importance: 2},
      {row: [span(`weights, ${isShort ? '' : 'KV cache, '}overhead`, 'dim')], importance: 1},
    ],
    columns,
    glyphs,
  );
}

function plannedParts(
  {perGpu}: MemoryPlan,
  facts: Readonly<Record<string, number>>,
  {glyphs}: ViewInput,
): PlannedPart[] {
  const {weightsBytes, kvCachePoolBytes, overheadBytes} = shownTerms(perGpu);
  return [
    {
      label: 'weights',
      bytes: weightsBytes,
      tone: 'weights',
      glyph: glyphs.barWeights,
      observedBytes: facts['weightsBytesPerGpu'],
    },
    {
      label: 'KV cache',
      bytes: kvCachePoolBytes,
      tone: 'kvCache',
      glyph: glyphs.barKvCache,
      observedBytes: facts['kvCachePoolBytesPerGpu'],
    },
    {
      label: 'overhead',
      bytes: overheadBytes,
      tone: 'overhead',
      glyph: glyphs.barOverhead,
      observedBytes: undefined,
    },
  ];
}

function partRow({label, bytes, tone, glyph, observedBytes}: PlannedPart, {columns, glyphs}: ViewInput): Row {
  return joinParts(
    [
      {
        row: [
          span(`${glyph} `, tone),
          span(padText(label, 9), 'dim'),
          span(padText(fixedGibText(Math.abs(bytes)), 10, 'left'), bytes < 0 ? 'critical' : 'strong'),
          span(bytes < 0 ? ' short' : '', 'critical'),
        ],
        importance: 2,
      },
      {
        row:
          observedBytes === undefined
            ? []
            : [span('engine ', 'dim'), span(padText(fixedGibText(observedBytes), 9, 'left'), 'accent')],
        importance: 1,
      },
      {
        row:
          observedBytes === undefined ? [] : [span(signedGibText(shownGibDifference(observedBytes, bytes)), 'normal')],
        importance: 0,
      },
    ],
    columns,
    glyphs,
  );
}

/** The source of the budget, which is less than the GPU's total, and the memory in addition to it. */
function limitRows({perGpu, kvCache, engine, settings}: MemoryPlan, {columns, glyphs, data}: ViewInput): Row[] {
  const {budgetBytes, fractionBaseBytes, cudaVisibleBytes, nvmlBytes, outsideBytes, reserveBytes} = perGpu;
  const share = engine.hasMemoryFraction ? `${fractionText(settings.memoryFraction)} ${glyphs.times} ` : '';
  const relation = engine.hasMemoryFraction ? '=' : 'of';
  const base = fractionBaseBytes ?? cudaVisibleBytes;
  const basis = base === cudaVisibleBytes ? 'CUDA-visible' : 'free at start';
  return [
    joinParts(
      [
        {row: [span('  budget ', 'dim'), span(fixedGibText(budgetBytes), 'strong')], importance: 2},
        {row: [span(`${relation} ${share}${fixedGibText(base)} ${basis}`, 'normal')], importance: 1},
        {row: [span(`of ${fixedGibText(nvmlBytes)} on the GPU`, 'dim')], importance: 0},
      ],
      columns,
      glyphs,
      [span(' ')],
    ),
    factRow(
      [
        {label: '  outside the budget', value: `${fixedGibText(outsideBytes)} planned`, tone: 'normal'},
        ...(reserveBytes === 0
          ? []
          : [{label: 'reserve', value: `${fixedGibText(reserveBytes)}, used as needed`, tone: 'normal'} as const]),
      ],
      columns,
      glyphs,
    ),
    ...inUseRows(data.snapshot?.gpus ?? [], columns, glyphs),
    factRow(
      [{label: '  one full-length request', value: fixedGibText(kvCache.bytesPerFullLengthSequence), tone: 'normal'}],
      columns,
      glyphs,
    ),
  ];
}

/** `GPU 7 in use 130.0 GiB · planned 129.5 · vs. plan +0.5`: all of them of what nvidia-smi reports for that GPU. */
function inUseRows(gpus: readonly GpuView[], columns: number, glyphs: GlyphSet): Row[] {
  const compared = largestDifference(gpus);
  if (compared === null) {
    const used = gpus.flatMap(({memoryUsedBytes}) => (isPresent(memoryUsedBytes) ? [memoryUsedBytes] : []));
    if (used.length === 0) return [];
    const value = fixedGibText(Math.max(...used));
    return [factRow([{label: '  fullest GPU, in use', value, tone: 'normal'}], columns, glyphs)];
  }
  const {index, usedBytes, plannedBytes, othersBytes, differenceBytes} = compared;
  const facts: Fact[] = [
    {label: `  GPU ${index} in use`, value: fixedGibText(usedBytes), tone: 'normal', importance: 3},
    {label: 'planned', value: fixedGibNumber(plannedBytes), tone: 'normal', importance: 1},
    {label: 'others', value: fixedGibNumber(othersBytes), tone: 'others', importance: 0},
    {label: 'vs. plan', value: signedGibNumber(differenceBytes), tone: 'normal', importance: 2},
  ];
  return [
    factRow(
      facts.filter(({label}) => label !== 'others' || othersBytes > 0),
      columns,
      glyphs,
    ),
  ];
}
