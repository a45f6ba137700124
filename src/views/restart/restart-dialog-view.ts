import type {Snapshot} from '../../api/snapshot.ts';
import type {PreviewAnswer} from '../../client/answers/previews.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import {isAbsent} from '../../samples/reading.ts';
import {fixedGibText} from '../../shared/quantities/bytes.ts';
import {factRow, fit} from '../drawing/compose.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {verdictLabel} from '../format/names.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row} from '../rows.ts';
import {contextWarningRows} from './context-warnings.ts';
import {blockerRows, takenRows, unansweredRows} from './judgement-rows.ts';
import {changeRow, concurrencyRows, largestRequestRow, poolAfter, poolRows, tokensText} from './memory-comparison.ts';
import {consequenceRows} from './restart-consequences.ts';

/** All inputs of the restart dialog. */
export type RestartDialogInput = {
  readonly snapshot: Snapshot;
  /** Null while empty. */
  readonly draftContextTokens: number | null;
  /** The supervisor's answer about a restart with the draft. */
  readonly answer: PreviewAnswer;
  /** Inner width of the dialog. */
  readonly columns: number;
  readonly glyphs: GlyphSet;
};

/** The compared lengths. */
type Lengths = {readonly beforeTokens: number; readonly afterTokens: number};

/**
 * The effect of a restart with another context length: memory, admission, concurrency, and current clients. The
 * supervisor decides whether it would start.
 */
export function restartDialogRows(input: RestartDialogInput): readonly Row[] {
  const {snapshot, draftContextTokens, columns, glyphs} = input;
  const beforeTokens = snapshot.engine.settings?.contextLengthTokens;
  if (beforeTokens === undefined) return [];
  if (draftContextTokens === null) {
    return [factRow([{label: 'now', value: tokensText(beforeTokens)}], columns, glyphs)];
  }
  const lengths = {beforeTokens, afterTokens: draftContextTokens};
  const lines = [
    largestRequestRow(beforeTokens, draftContextTokens, glyphs),
    ...takenRows(input.answer, input),
    ...contextWarningRows(snapshot, lengths, input),
    ...answerRows(lengths, input),
    ...consequenceRows(snapshot, input),
    ...explanationRows(lengths, input),
  ];
  return fit(lines, columns, lines.length, glyphs);
}

function answerRows(lengths: Lengths, input: RestartDialogInput): Row[] {
  const {answer} = input;
  if (answer.kind !== 'judged') return unansweredRows(answer, input);
  const {plan, blockers} = answer.preview;
  // What would have room on GPUs that are not there says nothing.
  const isPossible = !isAbsent(plan) && !plan.findings.some(({code}) => code === 'memory.too-few-cards');
  return [...(isPossible ? planRows(lengths, plan, input) : []), ...blockerRows(blockers, input)];
}

/**
 * An engine with a memory fraction sizes its KV cache only by that, so the context length does not change memory; one
 * without allocates the cache for the context.
 */
function planRows({beforeTokens, afterTokens}: Lengths, plan: MemoryPlan, input: RestartDialogInput): Row[] {
  const {snapshot, columns, glyphs} = input;
  const compared = {snapshot, plan, beforeTokens, afterTokens};
  const {bytesPerToken} = plan.kvCache;
  const {word, tone} = verdictLabel(plan);
  const {maxContextTokens} = plan.model;
  const {tokens, isMeasured} = poolAfter(snapshot, plan);
  const plannedTokens = Math.min(maxContextTokens, plan.kvCache.longestSequenceTokens);
  const longestTokens = Math.max(0, isMeasured ? Math.min(plannedTokens, tokens) : plannedTokens);
  const cache = plan.engine.hasMemoryFraction
    ? [...concurrencyRows(compared, glyphs), ...poolRows(compared, glyphs)]
    : [
        changeRow('KV cache', tokensText(beforeTokens), tokensText(afterTokens), glyphs),
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
            : {label: word === 'refused' ? 'settings' : 'memory', value: word, tone},
        {label: 'longest that fits', value: tokensText(longestTokens)},
        {label: 'plan', value: plan.confidence, tone: 'normal'},
      ],
      columns,
      glyphs,
    ),
    ...(plan.verdict === 'tight' ? wrapText(`${word}: ${plan.reason}`, tone, columns, 3, glyphs) : []),
  ];
}

function explanationRows(lengths: Lengths, {answer, columns, glyphs}: RestartDialogInput): Row[] {
  const plan = answer.kind === 'judged' && !isAbsent(answer.preview.plan) ? answer.preview.plan : null;
  const takesMore = answer.kind === 'judged' && answer.preview.fromConfiguration.length > 0;
  const change = takesMore ? null : changeSentence(lengths, plan);
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
  return `${effect} memory: the memory fraction sets the KV cache. It changes which requests are accepted, and how many of full length run concurrently.`;
}
