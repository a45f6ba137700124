import type {CostDocument, CostRow, CostRowKey} from '../../api/cost/cost-values.ts';
import {isAbsent, isPresent, type Reading} from '../../samples/reading.ts';
import {compactText} from '../../shared/quantities/counts.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {dayText, utcText} from '../../shared/quantities/moments.ts';
import {microUsdText, shownUsdDifference, usdOfMicroUsd, usdText} from '../../shared/quantities/money.ts';
import {percentText} from '../../shared/quantities/ratios.ts';
import {cutText, textWidth} from '../../shared/text-width.ts';
import {MS_PER_SECOND} from '../../shared/units.ts';
import {padText, span} from '../drawing/compose.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row, Tone} from '../rows.ts';

export type ReportSpace = {readonly columns: number; readonly glyphs: GlyphSet};

type Column = {
  readonly heading: string;
  readonly cell: (row: CostRow) => string;
  /** Left out where the table is too wide, the highest first; zero stays. */
  readonly spare: number;
};

const MOST_LABEL_COLUMNS = 26;
const DIGEST_COLUMNS = 8;

/** The ledger of a time as a table with its total, the price books side by side, and what has to be known about the figures. */
export function reportTable(document: CostDocument, space: ReportSpace): readonly Row[] {
  const {rows, total, sinceMs, untilMs, by} = document;
  const labelled = [
    ...rows.map((row) => ({label: `${labelOf(row.key, by)}${hasGap(row) ? ' *' : ''}`, row})),
    {label: 'total', row: total},
  ];
  return [
    [span(`${utcText(sinceMs).slice(0, 16)} to ${utcText(untilMs).slice(0, 16)} UTC`, 'dim')],
    ...tableRows(labelled, columnsOf(document, space.glyphs), space),
    ...settingsRows(document),
    [],
    ...bookRows(document, space),
    ...noteRows(document).map((text): Row => [span(text, 'dim')]),
  ];
}

function columnsOf({books}: CostDocument, {dash}: GlyphSet): readonly Column[] {
  const money = (value: Reading<number>, isEstimate: boolean): string =>
    isAbsent(value) ? dash : `${isEstimate ? '~' : ''}${microUsdText(value)}`;
  return [
    {heading: 'tokens', cell: ({tokens}) => compactText(sumOf(tokens.client)), spare: 2},
    {heading: 'serving', cell: ({timeMs}) => hoursText(timeMs.serving), spare: 3},
    {heading: 'idle', cell: ({timeMs}) => hoursText(timeMs.idle), spare: 0},
    {
      heading: 'other',
      cell: ({timeMs}) => hoursText(timeMs.starting + timeMs.down + timeMs.unobserved),
      spare: 4,
    },
    {heading: 'node', cell: (row) => money(row.nodeMicroUsd, row.isNodeEstimate || row.isNodeShared), spare: 0},
    {
      heading: books.length === 0 ? 'API' : 'API value',
      cell: ({apis: [first]}) => (first === undefined ? dash : money(first.microUsd, first.isEstimate)),
      spare: 0,
    },
    {heading: 'saved', cell: (row) => savedText(row, 0, dash), spare: 0},
    {
      heading: '$/M',
      cell: ({microUsdPerMillionTokens: each}) => (isAbsent(each) ? dash : microUsdText(each)),
      spare: 1,
    },
  ];
}

/** The difference of the amounts as they are shown. */
function savedText({apis, nodeMicroUsd, isNodeEstimate, isNodeShared}: CostRow, book: number, dash: string): string {
  const api = apis[book];
  if (api === undefined || isAbsent(api.microUsd) || isAbsent(nodeMicroUsd)) return dash;
  const saved = shownUsdDifference(usdOfMicroUsd(api.microUsd), usdOfMicroUsd(nodeMicroUsd));
  return `${api.isEstimate || isNodeEstimate || isNodeShared ? '~' : ''}${usdText(saved)}`;
}

const spreadText = (tokens: number): string => `; its ${compactText(tokens)} tokens are spread over it evenly`;

const hasGap = ({gapMs, gapTokens}: CostRow): boolean => gapMs > 0 || gapTokens > 0;

const sumOf = ({input, cached, output}: CostRow['tokens']['client']): number => input + cached + output;

const hoursText = (ms: number): string => (ms === 0 ? '0' : durationText(ms).replace(/ \d\ds$/, ''));

function labelOf(key: CostRowKey, by: CostDocument['by']): string {
  switch (key.of) {
    case 'time':
      return by === 'day' ? dayText(key.startMs) : utcText(key.startMs).slice(0, 'YYYY-MM-DD hh:mm'.length);
    case 'model':
      return key.model === '' ? 'unknown model' : key.model;
    case 'settings':
      return key.settingsDigest === '' ? 'unknown' : key.settingsDigest.slice(0, DIGEST_COLUMNS);
    case 'none':
      return 'no tokens';
  }
}

function tableRows(
  labelled: readonly {readonly label: string; readonly row: CostRow}[],
  all: readonly Column[],
  {columns: most, glyphs}: ReportSpace,
): Row[] {
  const labels = labelled.map(({label}) =>
    cutText(label, Math.min(MOST_LABEL_COLUMNS, Math.floor(most / 3)), glyphs.ellipsis),
  );
  const labelColumns = Math.max(...labels.map(textWidth));
  let columns = all.map((column) => {
    const cells = labelled.map(({row}) => column.cell(row));
    return {...column, cells, width: Math.max(textWidth(column.heading), ...cells.map(textWidth))};
  });
  const gapFor = (): number => {
    const left = most - labelColumns - columns.reduce((sum, {width}) => sum + width, 0);
    return Math.min(2, Math.floor(left / columns.length));
  };
  while (gapFor() < 1 && columns.some(({spare}) => spare > 0)) {
    const highest = Math.max(...columns.map(({spare}) => spare));
    columns = columns.filter(({spare}) => spare !== highest);
  }
  const gap = Math.max(1, gapFor());
  const line = (label: string, cells: readonly string[], tone: Tone): Row => [
    span(padText(label, labelColumns), tone),
    ...cells.map((cell, index) => span(padText(cell, gap + (columns[index]?.width ?? 0), 'left'), tone)),
  ];
  return [
    line(
      '',
      columns.map(({heading}) => heading),
      'dim',
    ),
    ...labels.map((label, index) =>
      line(
        label,
        columns.map(({cells}) => cells[index] ?? ''),
        index === labels.length - 1 ? 'strong' : 'normal',
      ),
    ),
  ];
}

/** What the digests of the table stand for. */
function settingsRows({rows}: CostDocument): Row[] {
  const told = rows.flatMap(({key}) => (key.of === 'settings' && key.settingsDigest !== '' ? [key] : []));
  return told.map(({engine, model, settings, settingsDigest}) => [
    span(`${settingsDigest.slice(0, DIGEST_COLUMNS)}  `, 'dim'),
    span(`${engine} ${model}: ${settings}`),
  ]);
}

/** All tokens of clients at each price book, against the node. */
function bookRows({books, total}: CostDocument, {glyphs: {dash}}: ReportSpace): Row[] {
  const lines = books.map(({name, model}, index) => {
    const api = total.apis[index];
    const value = api === undefined || isAbsent(api.microUsd) ? dash : microUsdText(api.microUsd);
    const text = model === '' || name.includes(model) ? name : `${name} ${model}`;
    return [text, `${api?.isEstimate === true ? '~' : ''}${value}`, savedText(total, index, dash)] as const;
  });
  const widths = [0, 1, 2].map((cell) => Math.max(5, ...lines.map((line) => textWidth(line[cell] ?? ''))));
  const row = ([name, value, saved]: readonly [string, string, string], tone: Tone): Row => [
    span(padText(name, widths[0] ?? 0), tone),
    span(padText(value, 2 + (widths[1] ?? 0), 'left'), tone),
    span(padText(saved, 2 + (widths[2] ?? 0), 'left'), tone),
  ];
  return lines.length === 0
    ? []
    : [row(['the same tokens at', 'value', 'saved'], 'dim'), ...lines.map((line) => row(line, 'normal')), []];
}

/** Sentences about what the figures have in them. */
function noteRows({rows, total, coveredUntilMs, untilMs, by}: CostDocument): string[] {
  const {timeMs, nodeMicroUsdByState: byState, nodeMicroUsd, gapMs, gapTokens, tokens} = total;
  const notes: string[] = [];
  if (isPresent(byState) && isPresent(nodeMicroUsd) && timeMs.idle > 0 && nodeMicroUsd > 0)
    notes.push(
      `Idle: ${hoursText(timeMs.idle)}, ${microUsdText(byState.idle)}, ${percentText(byState.idle / nodeMicroUsd)} of what the node cost.`,
    );
  const others = [
    ['starting', timeMs.starting],
    ['down', timeMs.down],
    ['not observed', timeMs.unobserved],
  ] as const;
  const told = others.filter(([, ms]) => ms > 0).map(([state, ms]) => `${state} ${hoursText(ms)}`);
  if (told.length > 0) notes.push(`Other time: ${told.join(', ')}.`);
  if (isAbsent(nodeMicroUsd)) notes.push('The node has no price: set cost.nodeUsdPerHour.');
  if (hasGap(total))
    notes.push(`* Without a supervisor: ${hoursText(gapMs)}${gapTokens === 0 ? '' : spreadText(gapTokens)}.`);
  const [own, bench, refused] = [sumOf(tokens.own), sumOf(tokens.bench), sumOf(tokens.refused)];
  if (own + bench > 0)
    notes.push(`Not clients': ${compactText(own)} tokens of Gantry, ${compactText(bench)} of benchmarks.`);
  if (refused > 0) notes.push(`Not counted: ${compactText(refused)} tokens that no hardware can have generated.`);
  if (total.isApiAtMost) notes.push('API values are at most this: the engine does not tell cached prompt tokens.');
  if (total.isNodeEstimate || total.apis.some(({isEstimate}) => isEstimate))
    notes.push(
      '~ is estimated in part: prices from another time or from before the ledger, or energy while nothing read the cards.',
    );
  if (rows.some(({isNodeShared}) => isNodeShared))
    notes.push(
      `~ Hours in which several ${by === 'model' ? 'models' : 'settings'} used tokens are shared by their tokens.`,
    );
  // What is newer is in no figure, also where that is the last half minute.
  if (coveredUntilMs !== null && untilMs - coveredUntilMs >= MS_PER_SECOND)
    notes.push(
      `Booked until ${utcText(coveredUntilMs)}; the ${hoursText(untilMs - coveredUntilMs)} since are not yet booked.`,
    );
  return notes;
}
