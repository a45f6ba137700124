import type {CostView} from '../../api/cost/cost-view.ts';
import {absent, combineReadings, isAbsent, isPresent, mapReading, type Reading} from '../../samples/reading.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {
  microUsdText,
  shownUsdDifference,
  usdOfMicroUsd,
  usdPerHourText,
  usdText,
} from '../../shared/quantities/money.ts';
import {MS_PER_HOUR, MS_PER_MINUTE} from '../../shared/units.ts';
import {type Fact, factRow, span} from '../drawing/compose.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {shown} from '../format/shown.ts';
import {spanText} from '../format/times.ts';
import type {Row, Tone} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';

/** What an hour costs and is worth, over the last hour or as much of it as is known, in USD per hour. */
export type Verdict = {
  readonly node: Reading<number>;
  readonly api: number;
  /** Of the amounts as they are shown. */
  readonly saved: Reading<number>;
  readonly isEstimate: boolean;
  /** `1h`, or `23m` of it. */
  readonly windowText: string;
};

/** The verdict of the first price book; absent with the reason before there are five minutes. */
export function verdictOf({windows: {hour}}: CostView): Reading<Verdict> {
  if (isAbsent(hour)) return hour;
  const [first] = hour.apis;
  if (first === undefined) return absent('no price book');
  const node = mapReading(hour.nodeMicroUsdPerHour, usdOfMicroUsd);
  const api = usdOfMicroUsd(first.microUsdPerHour);
  return {
    node,
    api,
    saved: mapReading(node, (usd) => shownUsdDifference(api, usd)),
    isEstimate: first.isEstimate,
    windowText: coveredText(hour.coveredMs, MS_PER_HOUR),
  };
}

/** `1h`, or how much of a window is covered where a part of it is missing. */
export function coveredText(coveredMs: number, lengthMs: number): string {
  // The newest minute is not complete.
  return spanText(coveredMs > lengthMs - MS_PER_MINUTE ? lengthMs : coveredMs - (coveredMs % MS_PER_MINUTE)).replace(
    / 00m$/,
    '',
  );
}

/** `saves`, `loses`: how a difference is read, and its tone. */
export function savedFact(usd: number, format: (usd: number) => string): Fact & {readonly tone: Tone} {
  return {label: usd < 0 ? 'loses' : 'saves', value: format(Math.abs(usd)), tone: usd < 0 ? 'warning' : 'ok'};
}

/** Whether the node is worth its price, then both amounts; what is known before that. */
export function verdictRow(cost: CostView, {columns, glyphs}: Pick<ViewInput, 'columns' | 'glyphs'>): Row {
  const verdict = verdictOf(cost);
  if (isAbsent(verdict)) {
    return factRow(
      [
        {label: 'node', value: shown(cost.nodeUsdPerHour, glyphs, usdPerHourText), importance: 2},
        {label: 'API', value: glyphs.dash, importance: 0},
        {label: '', value: verdict.absent, tone: 'dim', importance: 1},
      ],
      columns,
      glyphs,
    );
  }
  const {node, api, saved, isEstimate} = verdict;
  const amount = `${isEstimate ? '~' : ''}${usdPerHourText(api)}`;
  if (isAbsent(saved)) {
    return factRow(
      [
        {label: 'node', value: shown(node, glyphs, usdPerHourText)},
        {label: 'API would be', value: amount},
      ],
      columns,
      glyphs,
    );
  }
  return factRow(
    [
      savedFact(saved, usdPerHourText),
      {label: 'node', value: shown(node, glyphs, usdPerHourText)},
      {label: 'API', value: amount},
    ],
    columns,
    glyphs,
  );
}

/** `idle 47m 00s, $22.50`; nothing while the node is used. */
export function idleRow({idle}: CostView, {nowMs, columns, rows, glyphs}: ViewInput): readonly Row[] {
  if (idle === null) return [];
  return wrapText(idleText(idle, nowMs, glyphs.dash), 'warning', columns, Math.max(1, Math.min(2, rows)), glyphs);
}

/** The same as a text. */
export function idleText(idle: NonNullable<CostView['idle']>, nowMs: number, dash: string): string {
  const {state, sinceMs, microUsd, isAtLeast} = idle;
  const least = isAtLeast ? 'at least ' : '';
  return `${state} ${least}${durationText(nowMs - sinceMs)}, ${isAbsent(microUsd) ? dash : microUsdText(microUsd)}`;
}

/** Where the price of the node is set, while it is not. */
export function unpricedRow({nodeUsdPerHour}: CostView, columns: number): readonly Row[] {
  if (isPresent(nodeUsdPerHour)) return [];
  return [[span(`set cost.nodeUsdPerHour${columns < 48 ? '' : ' in the configuration'}`, 'warning')]];
}

/** `node $310.00 · API $341.00 · saved $31.00` of a window, with its name. Why nothing is known is in the verdict. */
export function totalsRow(
  label: string,
  window: CostView['windows'][keyof CostView['windows']],
  {columns, glyphs}: ViewInput,
): Row {
  if (isAbsent(window)) return factRow([{label, value: glyphs.dash, tone: 'dim'}], columns, glyphs);
  const [first] = window.apis;
  const saved =
    first === undefined
      ? absent('no price book')
      : combineReadings<number, number, number>(window.nodeMicroUsd, first.microUsd, (node, api) =>
          shownUsdDifference(usdOfMicroUsd(api), usdOfMicroUsd(node)),
        );
  return factRow(
    [
      {label: `${label}: node`, value: shown(window.nodeMicroUsd, glyphs, microUsdText), importance: 3},
      {label: 'API', value: first === undefined ? glyphs.dash : microUsdText(first.microUsd), importance: 2},
      ...(isAbsent(saved)
        ? []
        : [
            {
              label: saved < 0 ? 'lost' : 'saved',
              value: usdText(Math.abs(saved)),
              tone: saved < 0 ? ('warning' as const) : ('ok' as const),
              importance: 1,
            },
          ]),
    ],
    columns,
    glyphs,
  );
}
