import type {Snapshot} from '../../api/snapshot.ts';
import type {PreviewAnswer} from '../../client/previews.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import {isAbsent} from '../../samples/reading.ts';
import {fixedGibText} from '../../shared/quantities/bytes.ts';
import {compactText, countText} from '../../shared/quantities/counts.ts';
import {factRow, fit, padText, span} from '../drawing/compose.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {verdictLabels} from '../format/names.ts';
import {timesText} from '../format/shown.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row} from '../rows.ts';
import {contextWarningRows} from './context-warnings.ts';
import {blockerRows, takenRows, unansweredRows} from './judgement-rows.ts';
import {consequenceRows, observedRequestTokens} from './restart-consequences.ts';

/** All inputs of the restart dialog. */
export type RestartDialogInput = {
  readonly snapshot: Snapshot;
  /** Null while empty. */
  readonly draftContextTokens: number | null;
  /** The supervisor's answer about a restart with the draft. */
  readonly answer: PreviewAnswer;
  /** Inner size of the dialog's content, without border and input line. */
  readonly columns: number;
  readonly rows: number;
  readonly glyphs: GlyphSet;
};

const LABEL_COLUMNS = 22;
const VALUE_COLUMNS = 15;

/** The compared lengths. */
type Lengths = {readonly beforeTokens: number; readonly afterTokens: number};

/**
 * The effect of a restart with another context length: memory, admission, concurrency, and current clients; at most
 * `rows` rows. The supervisor decides whether it would start.
 */
export function restartDialogRows(input: RestartDialogInput): readonly Row[] {
  const {snapshot, draftContextTokens, columns, rows, glyphs} = input;
  const beforeTokens = snapshot.engine.settings?.contextLengthTokens;
  if (beforeTokens === undefined) return [];
  if (draftContextTokens === null) {
    return fit(
      [factRow([{label: 'now', value: `${countText(beforeTokens)} tokens`}], columns, glyphs)],
      columns,
      rows,
      glyphs,
    );
  }
  const lengths = {beforeTokens, afterTokens: draftContextTokens};
  const lines = [
    changeRow(
      'largest request',
      `${countText(beforeTokens)} tokens`,
      `${countText(draftContextTokens)} tokens`,
      glyphs,
    ),
    ...takenRows(input.answer, input),
    ...contextWarningRows(snapshot, lengths, input),
    ...answerRows(lengths, input),
    ...consequenceRows(snapshot, input),
    ...explanationRows(lengths, input),
  ];
  return fit(lines, columns, rows, glyphs);
}

function answerRows(lengths: Lengths, input: RestartDialogInput): Row[] {
  const {answer} = input;
  if (answer.kind !== 'judged') return unansweredRows(answer, input);
  const {plan, blockers} = answer.preview;
  return [...(isAbsent(plan) ? [] : planRows(lengths, plan, input)), ...blockerRows(blockers, input)];
}

/**
 * An engine with a memory fraction sizes its KV pool only by that, so the context length does not change memory; one
 * without allocates the cache for the context.
 */
function planRows({beforeTokens, afterTokens}: Lengths, plan: MemoryPlan, input: RestartDialogInput): Row[] {
  const {columns, glyphs} = input;
  const {bytesPerToken} = plan.kvCache;
  const {word, tone} = verdictLabels[plan.verdict];
  const {maxContextTokens} = plan.model;
  const longestTokens = Math.max(0, Math.min(maxContextTokens, plan.kvCache.longestSequenceTokens));
  const cache = plan.engine.hasMemoryFraction
    ? poolRows({beforeTokens, afterTokens}, plan, input)
    : [
        changeRow('KV cache', `${countText(beforeTokens)} tokens`, `${countText(afterTokens)} tokens`, glyphs),
        changeRow(
          'KV cache per GPU',
          fixedGibText(beforeTokens * bytesPerToken),
          fixedGibText(afterTokens * bytesPerToken),
          glyphs,
        ),
      ];
  return [
    ...cache,
    factRow(
      [
        afterTokens > maxContextTokens
          ? {label: 'context', value: 'exceeds the model', tone: 'critical'}
          : plan.findings.some(({code}) => code === 'memory.context-too-short')
            ? {label: 'context', value: 'too short', tone: 'critical'}
            : {label: 'memory', value: word, tone},
        {label: 'longest that fits', value: `${countText(longestTokens)} tokens`},
        {label: 'plan', value: plan.confidence, tone: 'normal'},
      ],
      columns,
      glyphs,
    ),
    ...(plan.verdict === 'tight' ? wrapText(`${word}: ${plan.reason}`, tone, columns, 3, glyphs) : []),
  ];
}

/** Before: as logged by the running engine, otherwise as planned. */
function poolRows(
  {beforeTokens, afterTokens}: Lengths,
  plan: MemoryPlan,
  {snapshot, glyphs}: RestartDialogInput,
): Row[] {
  const {facts} = snapshot.engine;
  const present = isAbsent(snapshot.plan) ? null : snapshot.plan;
  const before = facts['kvCapacityTokens'] ?? present?.kvCache.capacityTokens;
  const beforeBytes = facts['kvCachePoolBytesPerGpu'] ?? present?.perGpu.kvCachePoolBytes;
  const {capacityTokens} = plan.kvCache;
  const observed = observedRequestTokens(snapshot);
  const known = (value: number | undefined, text: (value: number) => string): string =>
    value === undefined ? glyphs.dash : text(value);
  const row = (label: string, was: number | undefined, now: number, text: (value: number) => string): Row =>
    changeRow(label, known(was, text), text(now), glyphs);
  const atOnce = (length: number) => (tokens: number) => timesText(Math.max(0, tokens) / length, glyphs);
  return [
    changeRow(
      'concurrent, full length',
      known(before, atOnce(beforeTokens)),
      atOnce(afterTokens)(capacityTokens),
      glyphs,
    ),
    ...(observed === null
      ? []
      : [row(`concurrent, ${compactText(observed)} as measured`, before, capacityTokens, atOnce(observed))]),
    row('KV pool', before, capacityTokens, (tokens) => `${countText(tokens)} tokens`),
    row('KV pool per GPU', beforeBytes, plan.perGpu.kvCachePoolBytes, fixedGibText),
  ];
}

function changeRow(label: string, before: string, after: string, glyphs: GlyphSet): Row {
  const isSame = before === after;
  return [
    span(padText(label, LABEL_COLUMNS), 'dim'),
    span(padText(before, VALUE_COLUMNS, 'left'), 'normal'),
    span(` ${glyphs.arrow} `, 'dim'),
    span(isSame ? 'unchanged' : after, isSame ? 'normal' : 'strong'),
  ];
}

function explanationRows(lengths: Lengths, {answer, columns, glyphs}: RestartDialogInput): Row[] {
  const plan = answer.kind === 'judged' && !isAbsent(answer.preview.plan) ? answer.preview.plan : null;
  const change = changeSentence(lengths, plan);
  return change === null ? [] : wrapText(change, 'accent', columns, 4, glyphs);
}

/** The effect of the context length on the cache; null without a plan. */
function changeSentence({beforeTokens, afterTokens}: Lengths, plan: MemoryPlan | null): string | null {
  if (afterTokens === beforeTokens) return 'The context length does not change: this only restarts the engine.';
  if (plan === null) return null;
  if (!plan.engine.hasMemoryFraction) {
    return 'The KV cache size follows the context, which all running requests share.';
  }
  const effect = afterTokens < beforeTokens ? 'A shorter context frees no' : 'A longer context needs no additional';
  return `${effect} memory: the memory fraction sets the KV pool. It changes which requests are accepted, and how many of full length run concurrently.`;
}
