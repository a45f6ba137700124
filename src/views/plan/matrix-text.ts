import type {PlanMatrix} from '../../domain/memory/plan-matrix.ts';
import {BYTES_PER_GB} from '../../shared/units.ts';
import {gibNumber} from '../format/numbers.ts';
import type {GlyphSet} from '../glyphs.ts';

const NODE_COLUMNS = 22;
const CELL_COLUMNS = 11;

/** Formats x nodes x contexts as tables of 80 columns: how many requests of that length run at once. */
export function matrixText(matrix: PlanMatrix, glyphs: GlyphSet): string {
  const lines = [
    matrix.modelId,
    ...matrix.formats.flatMap((table) => ['', ...formatLines(table, matrix.contexts, glyphs)]),
    '',
    `3.0${glyphs.times}  requests of that length at once`,
    `1.2${glyphs.times}! tight: not with the largest overhead that was published`,
    `${glyphs.dash}     does not fit; longest: the longest single request, in tokens`,
  ];
  return lines.join('\n');
}

function formatLines(table: PlanMatrix['formats'][number], contexts: readonly number[], glyphs: GlyphSet): string[] {
  const head = contexts.map((tokens) => `${tokens / 1024}K`.padStart(CELL_COLUMNS)).join('');
  return [
    `${table.format}, ${(table.checkpointBytes / BYTES_PER_GB).toFixed(1)} GB`,
    `${'  node'.padEnd(NODE_COLUMNS)}${'GiB/GPU'.padStart(8)}${head}${'longest'.padStart(CELL_COLUMNS - 3)}`,
    ...table.rows.map((row) => rowLine(row, glyphs)),
  ];
}

function rowLine(
  {node, weightsBytesPerGpu, cells}: PlanMatrix['formats'][number]['rows'][number],
  glyphs: GlyphSet,
): string {
  const texts = cells.map((cell) => cellText(cell, glyphs).padStart(CELL_COLUMNS)).join('');
  const longest = cells.at(-1)?.longestContextTokens ?? 0;
  const longestText = longest === 0 ? glyphs.dash : `${Math.floor(longest / 1024)}K`;
  const name = `  ${node}`.slice(0, NODE_COLUMNS).padEnd(NODE_COLUMNS);
  return `${name}${gibNumber(weightsBytesPerGpu).padStart(8)}${texts}${longestText.padStart(CELL_COLUMNS - 3)}`.trimEnd();
}

function cellText(
  {verdict, fullLengthSequences}: PlanMatrix['formats'][number]['rows'][number]['cells'][number],
  {times, dash}: GlyphSet,
): string {
  if (verdict === 'does-not-fit') return `${dash} `;
  return `${fullLengthSequences.toFixed(1)}${times}${verdict === 'tight' ? '!' : ' '}`;
}
