import type {Snapshot} from '../../api/snapshot.ts';
import type {Quantile} from '../../domain/traffic/quantile.ts';
import {isAbsent, type Reading} from '../../samples/reading.ts';
import {compactText, countedText, countText} from '../../shared/quantities/counts.ts';
import {perSecondText} from '../../shared/quantities/rates.ts';
import {wholePercentText} from '../../shared/quantities/ratios.ts';
import {type Fact, factRow, joinParts, type Part, span} from '../drawing/compose.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {shareText, tokenQuantileText} from '../format/quantiles.ts';
import {shown} from '../format/shown.ts';
import {windowText} from '../format/times.ts';
import {freshnessNote} from '../panels/freshness.ts';
import {noDataYet, panelOf} from '../panels/panel-of.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {type TableCell, tableRows} from './table.ts';

const TOKENS_PER_K = 1_024;

type Sizes = Snapshot['requestSizes']['prompt'];

/** How large prompts and answers are, how much of the context the longest need, and when slow first tokens are reported. */
export function requestSizesView(input: ViewInput): PanelView {
  const {snapshot} = input.data;
  const title = 'Requests';
  const fresh = freshnessNote(input, 'metrics');
  if (snapshot === null) return panelOf(input, {title, titleNote: fresh}, [noDataYet]);
  const titleNote = fresh === '' ? windowText(snapshot.latency.windowMs) : fresh;
  return panelOf(input, {title, titleNote}, rowsOf(snapshot, input));
}

function rowsOf(snapshot: Snapshot, input: ViewInput): Row[] {
  const {columns, glyphs} = input;
  const {prompt, generation} = snapshot.requestSizes;
  const heading = ['tokens', 'p50', 'p95', 'p99', 'mean'].map((text) => ({text}));
  const {p50Tokens} = prompt;
  return [
    ...tableRows([heading, sizeCells('prompt', prompt, input), sizeCells('answer', generation, input)], input),
    ...(isAbsent(p50Tokens) ? wrapText(p50Tokens.absent, 'dim', columns, 2, glyphs) : []),
    refusedRow(snapshot, input),
    factRow(longestFacts(snapshot, input), columns, glyphs),
    factRow(contextFacts(snapshot), columns, glyphs),
    factRow(targetFacts(snapshot, input), columns, glyphs),
    factRow(queueFacts(snapshot, input), columns, glyphs),
  ];
}

function sizeCells(name: string, sizes: Sizes, {glyphs}: ViewInput): TableCell[] {
  const quantile = (value: Reading<Quantile>): TableCell => ({text: shown(value, glyphs, tokenQuantileText)});
  return [
    {text: name},
    quantile(sizes.p50Tokens),
    quantile(sizes.p95Tokens),
    quantile(sizes.p99Tokens),
    {text: shown(sizes.meanTokens, glyphs, (tokens) => `${compactText(tokens)} tok`)},
  ];
}

/** `since start, too long for 32K ~12 %  64K ~3 %`: the part of the prompts that a smaller context refuses, without room for an answer. */
function refusedRow({requestSizes: {sinceStart}}: Snapshot, {columns, glyphs}: ViewInput): Row {
  const label = span('since start, too long for', 'dim');
  if (sinceStart === undefined) return [label, span(` ${glyphs.dash}`)];
  if (isAbsent(sinceStart)) return [label, span(` ${glyphs.dash} ${sinceStart.absent}`, 'dim')];
  const parts = sinceStart.longerThan.map(({contextTokens, ratio}, place): Part => {
    const isAny = ratio.kind !== 'exact' || ratio.value > 0;
    return {
      row: [span(`${contextTokens / TOKENS_PER_K}K `, 'dim'), span(shareText(ratio), isAny ? 'strong' : 'normal')],
      importance: 9 - place,
    };
  });
  return joinParts(
    [{row: [label], importance: 10}, ...parts, {row: [span('of the prompts', 'dim')], importance: 1}],
    columns,
    glyphs,
  );
}

function longestFacts({requestSizes: {sinceStart}}: Snapshot, {glyphs}: ViewInput): Fact[] {
  if (sinceStart === undefined || isAbsent(sinceStart)) return [{label: 'longest prompt', value: glyphs.dash}];
  return [
    {label: 'longest prompt', value: longestText(sinceStart.longest)},
    {label: '', value: `${countedText(sinceStart.prompts, 'prompt')} since the start`, tone: 'dim'},
  ];
}

/** How much of the context the longest prompts and answers take together. */
function contextFacts({engine: {settings}, requestSizes: {prompt, generation}}: Snapshot): Fact[] {
  if (settings === null) return [];
  const {contextLengthTokens} = settings;
  const context: Fact = {label: 'context', value: `${countText(contextLengthTokens)} tok`, importance: 2};
  if (isAbsent(prompt.p99Tokens) || isAbsent(generation.p99Tokens)) return [context];
  const share = (prompt.p99Tokens.value + generation.p99Tokens.value) / contextLengthTokens;
  return [{label: 'p99 of prompt and answer', value: `~${wholePercentText(share)} of context`, importance: 3}, context];
}

function longestText({
  aboveTokens,
  atMostTokens,
}: {
  readonly aboveTokens: number;
  readonly atMostTokens: number | null;
}): string {
  if (atMostTokens === null) return `> ${compactText(aboveTokens)} tok`;
  return aboveTokens === 0
    ? `up to ${compactText(atMostTokens)} tok`
    : `${compactText(aboveTokens)} to ${compactText(atMostTokens)} tok`;
}

function targetFacts({configuration}: Snapshot, {glyphs}: ViewInput): Fact[] {
  const configured = (name: string): unknown => configuration.values.find(({key}) => key === `findings.${name}`)?.value;
  const [seconds, quantile] = [configured('timeToFirstTokenSeconds'), configured('timeToFirstTokenQuantile')];
  const target =
    typeof seconds === 'number' && typeof quantile === 'number'
      ? `${wholePercentText(quantile)} of first tokens within ${countText(seconds)} s`
      : `${glyphs.dash} (findings.timeToFirstTokenSeconds)`;
  return [{label: 'reported unless', value: target}];
}

function queueFacts(
  {traffic: {runningRequests, waitingRequests, requestsPerSecond}}: Snapshot,
  {glyphs}: ViewInput,
): Fact[] {
  return [
    {label: 'running', value: shown(runningRequests, glyphs, countText)},
    {label: 'waiting', value: shown(waitingRequests, glyphs, countText)},
    {label: 'requests', value: shown(requestsPerSecond, glyphs, perSecondText)},
  ];
}
