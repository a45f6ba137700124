import type {Snapshot} from '../../api/snapshot.ts';
import {isAbsent, isPresent} from '../../samples/reading.ts';
import {meter} from '../bars.ts';
import {facts, fit, padText, span} from '../compose.ts';
import {percentText, shown, tokensPerSecondText, usdPerHourText, usdText} from '../format/numbers.ts';
import {durationText} from '../format/times.ts';
import {freshnessNote} from '../freshness.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';

/** What the node costs against what the metered API would charge for the same traffic. */
export function costView(input: ViewInput): PanelView {
  const {data, columns, rows, glyphs} = input;
  const {snapshot} = data;
  const base = {title: 'Cost against the API', titleNote: freshnessNote(input, 'metrics'), tone: 'normal'} as const;
  if (snapshot === null) return {...base, rows: fit([[span('no data yet', 'dim')]], columns, rows, glyphs)};
  return {...base, rows: fit(costRows(snapshot, input), columns, rows, glyphs)};
}

function costRows(snapshot: Snapshot, input: ViewInput): Row[] {
  const {glyphs, nowMs} = input;
  const {cost} = snapshot;
  if (isAbsent(cost.nodeUsdPerHour)) {
    return [
      [span('the node price is not known', 'warning')],
      [span('set cost.nodeUsdPerHour in the configuration', 'normal')],
      apiRow(snapshot, input),
      mixRow(snapshot, input),
      bookRow(snapshot),
    ];
  }
  const verdict: Row = [
    span('node ', 'dim'),
    span(usdPerHourText(cost.nodeUsdPerHour), 'strong'),
    span('  API would be ', 'dim'),
    span(shown(cost.apiUsdPerHour, glyphs, usdPerHourText), 'strong'),
  ];
  const {sinceStart} = cost;
  const since: Row =
    sinceStart.sinceMs === null
      ? []
      : facts(
          [
            ['since start', durationText(nowMs - sinceStart.sinceMs)],
            ['node', shown(sinceStart.nodeUsd, glyphs, usdText)],
            ['API', shown(sinceStart.apiUsd, glyphs, usdText)],
          ],
          glyphs,
        );
  return [
    verdict,
    savingsRow(cost, input),
    breakEvenRow(snapshot, input),
    apiRow(snapshot, input),
    mixRow(snapshot, input),
    since,
    bookRow(snapshot),
  ];
}

function savingsRow(cost: Snapshot['cost'], {glyphs}: ViewInput): Row {
  if (isAbsent(cost.savingsUsdPerHour)) return [span(`${glyphs.dash} no traffic to compare yet`, 'dim')];
  const saves = cost.savingsUsdPerHour >= 0;
  return [
    span(saves ? 'the node saves ' : 'the node loses ', 'dim'),
    span(usdPerHourText(Math.abs(cost.savingsUsdPerHour)), saves ? 'ok' : 'warning'),
  ];
}

function breakEvenRow({cost, traffic}: Snapshot, {columns, glyphs}: ViewInput): Row {
  if (isAbsent(cost.breakEvenTokensPerSecond)) return [span(`break-even ${glyphs.dash}`, 'dim')];
  const label = `break-even ${tokensPerSecondText(cost.breakEvenTokensPerSecond)} `;
  if (!isPresent(traffic.promptTokensPerSecond) || !isPresent(traffic.generationTokensPerSecond))
    return [span(label, 'dim')];
  const reached =
    (traffic.promptTokensPerSecond + traffic.generationTokensPerSecond) / Math.max(1, cost.breakEvenTokensPerSecond);
  const share = padText(percentText(reached), 6, 'left');
  const room = Math.min(24, columns - label.length - share.length - 1);
  return [
    span(label, 'dim'),
    ...(room < 4 ? [] : meter(reached, room, reached >= 1 ? 'ok' : 'warning', glyphs)),
    span(` ${share}`, 'strong'),
  ];
}

function apiRow({cost}: Snapshot, {glyphs}: ViewInput): Row {
  return facts(
    [
      ['per million tokens: node', shown(cost.nodeUsdPerMillionTokens, glyphs, usdText)],
      ['API', shown(cost.apiUsdPerMillionTokens, glyphs, usdText)],
    ],
    glyphs,
  );
}

function mixRow({cost}: Snapshot, {glyphs}: ViewInput): Row {
  if (isAbsent(cost.mix)) return [span(`mix ${glyphs.dash}`, 'dim')];
  return facts(
    [
      ['mix: new', percentText(cost.mix.inputRatio)],
      ['cached', percentText(cost.mix.cachedInputRatio)],
      ['out', percentText(cost.mix.outputRatio)],
    ],
    glyphs,
  );
}

function bookRow({cost}: Snapshot): Row {
  return [span(`prices: ${cost.priceBook.name}, ${cost.priceBook.asOf}`, 'dim')];
}
