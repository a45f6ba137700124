import type {PlanMatrix} from '../../domain/memory/plan/plan-matrix.ts';
import {fixedGibNumber, gbText} from '../../shared/quantities/bytes.ts';
import {contextText, countText, decimalText} from '../../shared/quantities/counts.ts';
import {padText, span} from '../drawing/compose.ts';
import {verdictLabels} from '../format/names.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row, Span} from '../rows.ts';
import {blank, type TextOptions, wrapped} from './text-lines.ts';

const NODE_COLUMNS = 19;
const WEIGHTS_COLUMNS = 7;
const CELL_COLUMNS = 9;
const LONGEST_COLUMNS = 9;

type Table = PlanMatrix['formats'][number];
type TableRow = Table['rows'][number];
type Cell = TableRow['cells'][number];

/** Formats x nodes x contexts as tables of 80 columns: concurrent requests of that length. */
export function matrixRows({modelId, contexts, formats}: PlanMatrix, options: TextOptions): Row[] {
  const {glyphs} = options;
  return [
    [span(modelId, 'strong'), span(': concurrent requests of full length', 'dim')],
    ...formats.flatMap((table) => [blank, ...tableRows(table, contexts, options)]),
    blank,
    [span(`3.0${glyphs.times} `, 'ok'), span(' fits 3.0 concurrent requests of that length')],
    [
      span(`1.2${glyphs.times}!`, 'warning'),
      span(' tight: fits with some of the overheads that were published, or the cache may be small'),
    ],
    [
      span(padText(glyphs.dash, 5), 'critical'),
      span(' does not fit; longest is the longest single request, in tokens'),
    ],
  ];
}

/** Nodes that fit nothing are listed in one line. */
function tableRows({format, checkpointBytes, rows}: Table, contexts: readonly number[], options: TextOptions): Row[] {
  const {glyphs} = options;
  const isEmpty = ({cells}: TableRow): boolean => cells.every(({longestContextTokens}) => longestContextTokens === 0);
  const shown = rows.length === 1 ? rows : rows.filter((row) => !isEmpty(row));
  const empty = rows.length === 1 ? [] : rows.filter(isEmpty);
  const heads = contexts.map((tokens) => padText(tokensText(tokens), CELL_COLUMNS - 1, 'left')).join(' ');
  return [
    [span(format, 'strong'), span(`, ${gbText(checkpointBytes)}`)],
    ...(shown.length === 0
      ? []
      : [[span(`${padText('  node', NODE_COLUMNS)}${padText('GiB/GPU', WEIGHTS_COLUMNS)}${heads}   longest`, 'dim')]]),
    ...shown.map((row) => nodeRow(row, glyphs)),
    ...(empty.length === 0
      ? []
      : wrapped(`does not fit: ${empty.map(({node}) => node).join(', ')}`, options, 'dim', '  ')),
  ];
}

function nodeRow({node, weightsBytesPerGpu, cells}: TableRow, glyphs: GlyphSet): Row {
  const longest = cells.at(-1)?.longestContextTokens ?? 0;
  return [
    span(padText(`  ${node}`.slice(0, NODE_COLUMNS - 1), NODE_COLUMNS)),
    span(padText(fixedGibNumber(weightsBytesPerGpu), WEIGHTS_COLUMNS, 'left'), 'dim'),
    ...cells.map((cell) => cellSpan(cell, glyphs)),
    span(padText(longest === 0 ? glyphs.dash : longestText(longest), LONGEST_COLUMNS, 'left')),
  ];
}

function cellSpan({verdict, fullLengthSequences}: Cell, {times, dash}: GlyphSet): Span {
  const {tone} = verdictLabels[verdict];
  const text =
    verdict === 'does-not-fit'
      ? `${dash} `
      : `${decimalText(fullLengthSequences, 1)}${times}${verdict === 'tight' ? '!' : ' '}`;
  return span(padText(text, CELL_COLUMNS, 'left'), tone);
}

/** `256K`; otherwise in digits, if there is room. */
function tokensText(tokens: number): string {
  return tokens % 1024 === 0 || tokens > 9_999_999 ? contextText(tokens) : countText(tokens);
}

function longestText(tokens: number): string {
  return tokens > 99_999 ? contextText(tokens) : tokensText(tokens);
}
