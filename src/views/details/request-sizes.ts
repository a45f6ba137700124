import type {WindowRequests} from '../../api/latency/latency-schemas.ts';
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
import {fittingNote, noDataYet, panelOf} from '../panels/panel-of.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {type TableCell, tableRows} from './table.ts';
import {coveredText} from './window-latencies.ts';

const TOKENS_PER_K = 1_024;

type Sizes = Snapshot['requestSizes']['prompt'];

/** The requests that the panel is about: of the chosen time, or as the snapshot has them. */
type RequestsIn = {
  readonly sizes: Pick<Snapshot['requestSizes'], 'prompt' | 'generation'>;
  /** Of their prompts; undefined from a supervisor that does not count them. */
  readonly contexts: Snapshot['requestSizes']['sinceStart'];
  readonly longestAnswer: WindowRequests['longestAnswer'] | null;
  /** `since start, ` where the prompts are not those of the window. */
  readonly since: string;
};

function requestsIn({requestSizes}: Snapshot, {requests}: ViewInput): RequestsIn {
  if (!requests)
    return {sizes: requestSizes, contexts: requestSizes.sinceStart, longestAnswer: null, since: 'since start, '};
  const {sizes, contexts, longestAnswer} = requests.figures;
  return {sizes, contexts, longestAnswer, since: ''};
}

/** How large prompts and answers are, how much of the context the longest need, and when slow first tokens are reported. */
export function requestSizesView(input: ViewInput): PanelView {
  const {snapshot} = input.data;
  const title = 'Requests';
  const fresh = freshnessNote(input, 'metrics');
  if (snapshot === null) return panelOf(input, {title, titleNote: fresh}, [noDataYet]);
  const {requests} = input;
  const window = requests
    ? coveredText(requests.text, requests.lengthMs, requests.figures)
    : windowText(snapshot.latency.windowMs);
  const titleNote = fittingNote(input, title, [window], fresh);
  return panelOf(input, {title, titleNote}, rowsOf(snapshot, input));
}

function rowsOf(snapshot: Snapshot, input: ViewInput): Row[] {
  const {columns, glyphs} = input;
  const of = requestsIn(snapshot, input);
  const {prompt, generation} = of.sizes;
  const heading = ['tokens', 'p50', 'p95', 'p99', 'mean'].map((text) => ({text}));
  const {p50Tokens} = prompt;
  return [
    ...tableRows([heading, sizeCells('prompt', prompt, input), sizeCells('answer', generation, input)], input),
    ...(isAbsent(p50Tokens) ? wrapText(p50Tokens.absent, 'dim', columns, 2, glyphs) : []),
    refusedRow(of, input),
    factRow(longestFacts(of, snapshot, input), columns, glyphs),
    factRow(contextFacts(snapshot, of.sizes), columns, glyphs),
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

/** `too long for 32K ~12 %  64K ~3 %`: the part of the prompts that a smaller context refuses, without room for an answer. */
function refusedRow({contexts, since}: RequestsIn, {columns, glyphs}: ViewInput): Row {
  const label = span(`${since}too long for`, 'dim');
  if (contexts === undefined) return [label, span(` ${glyphs.dash}`)];
  if (isAbsent(contexts)) return [label, span(` ${glyphs.dash} ${contexts.absent}`, 'dim')];
  const parts = contexts.longerThan.map(({contextTokens, ratio}, place): Part => {
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

function longestFacts({contexts, longestAnswer, since}: RequestsIn, {engine}: Snapshot, input: ViewInput): Fact[] {
  const {glyphs} = input;
  if (contexts === undefined || isAbsent(contexts)) return [{label: 'longest prompt', value: glyphs.dash}];
  const {longest, prompts} = contexts;
  const context = engine.settings?.contextLengthTokens ?? null;
  const {atMostTokens} = longest;
  const share = context === null || atMostTokens === null ? null : atMostTokens / context;
  const ofContext = share === null ? '' : ` (${glyphs.atMost} ${wholePercentText(Math.min(1, share))} of context)`;
  return [
    {label: 'longest prompt', value: `${longestText(longest, input)}${ofContext}`, importance: 5},
    ...(longestAnswer === null || isAbsent(longestAnswer)
      ? []
      : [{label: 'answer', value: longestText(longestAnswer, input), importance: 4}]),
    {label: '', value: `${countedText(prompts, 'prompt')}${since === '' ? '' : ' since the start'}`, tone: 'dim'},
  ];
}

/** How much of the context the longest prompts and answers take together. */
function contextFacts({engine: {settings}}: Snapshot, {prompt, generation}: RequestsIn['sizes']): Fact[] {
  if (settings === null) return [];
  const {contextLengthTokens} = settings;
  const context: Fact = {label: 'context', value: `${countText(contextLengthTokens)} tok`, importance: 2};
  if (isAbsent(prompt.p99Tokens) || isAbsent(generation.p99Tokens)) return [context];
  const share = (prompt.p99Tokens.value + generation.p99Tokens.value) / contextLengthTokens;
  return [{label: 'p99 of prompt and answer', value: `~${wholePercentText(share)} of context`, importance: 3}, context];
}

/** The upper bound of the highest bucket with a request: the longest one may be anywhere in it. */
function longestText(
  {aboveTokens, atMostTokens}: {readonly aboveTokens: number; readonly atMostTokens: number | null},
  {glyphs}: ViewInput,
): string {
  return atMostTokens === null
    ? `> ${compactText(aboveTokens)} tok`
    : `${glyphs.atMost} ${compactText(atMostTokens)} tok`;
}

function targetFacts({configuration}: Snapshot, {glyphs}: ViewInput): Fact[] {
  const configured = (name: string): unknown => configuration.values.find(({key}) => key === `findings.${name}`)?.value;
  const [seconds, quantile] = [configured('timeToFirstTokenSeconds'), configured('timeToFirstTokenQuantile')];
  const target =
    typeof seconds === 'number' && typeof quantile === 'number'
      ? `${wholePercentText(quantile)} of first tokens within ${countText(seconds)} s`
      : `${glyphs.dash} (findings.timeToFirstTokenSeconds)`;
  return [{label: 'warning below', value: target}];
}

function queueFacts(
  {traffic: {runningRequests, waitingRequests, requestsPerSecond}}: Snapshot,
  {glyphs, requests}: ViewInput,
): Fact[] {
  // The rest of the panel is of the chosen time.
  if (isAbsent(runningRequests) && isAbsent(waitingRequests) && isAbsent(requestsPerSecond))
    return [{label: requests ? 'now:' : '', value: runningRequests.absent, tone: 'dim'}];
  return [
    {label: requests ? 'now running' : 'running', value: shown(runningRequests, glyphs, countText)},
    {label: 'waiting', value: shown(waitingRequests, glyphs, countText)},
    {label: 'requests', value: shown(requestsPerSecond, glyphs, perSecondText)},
  ];
}
