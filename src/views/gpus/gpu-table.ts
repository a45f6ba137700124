import type {GpuView} from '../../api/snapshot.ts';
import {isPresent} from '../../samples/reading.ts';
import {fixedGibText} from '../../shared/quantities/bytes.ts';
import {padText, span} from '../drawing/compose.ts';
import {freshnessNote} from '../panels/freshness.ts';
import {gpuMemoryView} from '../panels/gpu-memory.ts';
import {hasPlot, historyPlot} from '../panels/history-plot.ts';
import {panelOf} from '../panels/panel-of.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {gpuBar, hasEngine} from './gpu-bar.ts';
import {gpuCells} from './gpu-columns.ts';
import {extraRowsThatFit} from './gpu-extra-rows.ts';
import {gpuMark} from './gpu-mark.ts';
import {gpuMemoryPlot} from './gpu-memory-plot.ts';

/** Mark of the chosen one, index with its own mark, a blank. */
const INDEX_COLUMNS = 6;
const CHOSEN = '> ';
/** A shorter bar shows no parts. */
const LEAST_BAR_COLUMNS = 12;
/** In a wide table a short bar would be the part that tells least. */
const BAR_SHARE = 0.16;
const TITLE = 'GPUs';

/** A row for each GPU: its memory as a bar with the plan's mark, and what it does; other programs and slices below it. */
export function gpuTableView(input: ViewInput): PanelView {
  const {data, columns, rows} = input;
  const {snapshot} = data;
  const gpus = snapshot?.gpus ?? [];
  // As the panel of the overview does it, where there is no row for each.
  if (gpus.length === 0 || gpus.length + 1 > rows || columns < INDEX_COLUMNS + LEAST_BAR_COLUMNS)
    return {...gpuMemoryView(input), title: TITLE};
  const isFaulty = gpus.some(({fault}) => fault !== null);
  const fresh = freshnessNote(input, 'gpus');
  const head = {
    title: TITLE,
    titleNote: fresh === '' ? driverNote(input) : fresh,
    tone: isFaulty ? 'critical' : 'normal',
  } as const;
  const lines = tableRows(gpus, input);
  const left = rows - lines.length;
  const plotted = hasPlot(input, left) ? historyPlot(input, gpuMemoryPlot(gpus), left).rows : [];
  return panelOf(input, head, [...lines, ...plotted]);
}

function tableRows(gpus: readonly GpuView[], input: ViewInput): Row[] {
  const {columns, rows, glyphs, chosenGpu} = input;
  const below = extraRowsThatFit(gpus, rows - gpus.length - 1, input);
  const leastBar = Math.max(LEAST_BAR_COLUMNS, Math.floor(columns * BAR_SHARE));
  const cells = gpuCells(gpus, columns - INDEX_COLUMNS - leastBar, glyphs);
  const barColumns = columns - INDEX_COLUMNS - cells.width;
  const space = {columns: barColumns, glyphs, hasEngine: hasEngine(input.data.snapshot)};
  const heading = padText(`${padText('  GPU', INDEX_COLUMNS)}${memoryHeading(gpus)}`, INDEX_COLUMNS + barColumns);
  return [
    [span(heading.slice(0, INDEX_COLUMNS + barColumns), 'dim'), ...cells.heading],
    ...gpus.flatMap((gpu, position): Row[] => {
      const {text, tone} = gpuMark(gpu);
      const isChosen = gpu.index === chosenGpu;
      const head = span(padText(`${isChosen ? CHOSEN : '  '}${text}`, INDEX_COLUMNS), isChosen ? 'accent' : tone);
      const row: Row =
        gpu.fault === null
          ? [head, ...gpuBar(gpu, space), ...(cells.rows[position] ?? [])]
          : [head, span(gpu.fault, 'critical')];
      return [row, ...below(gpu.index)];
    }),
    ...below(null),
  ];
}

/** What the bars are of. */
function memoryHeading(gpus: readonly GpuView[]): string {
  const totals = new Set(gpus.map(({memoryTotalBytes}) => memoryTotalBytes).filter(isPresent));
  const [total] = totals;
  return totals.size === 1 && total !== undefined ? `of ${fixedGibText(total)}` : 'memory';
}

function driverNote({data: {snapshot}}: ViewInput): string {
  if (snapshot === null) return '';
  const {driverVersion, cudaVersion} = snapshot.node;
  const driver = isPresent(driverVersion) ? [`driver ${driverVersion}`] : [];
  const cuda = isPresent(cudaVersion) ? [`CUDA ${cudaVersion}`] : [];
  return ['GiB', ...driver, ...cuda].join(', ');
}
