import type {GpuView} from '../../api/snapshot.ts';
import {isThrottled} from '../../samples/gpu.ts';
import {absent, isAbsent, type Reading} from '../../samples/reading.ts';
import {fixedGibNumber, signedGibNumber} from '../../shared/quantities/bytes.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {wholePercentText} from '../../shared/quantities/ratios.ts';
import {celsiusText, megahertzText, wattsText} from '../../shared/quantities/sensors.ts';
import {textWidth} from '../../shared/text-width.ts';
import {padText, span} from '../drawing/compose.ts';
import {shown} from '../format/shown.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row, Tone} from '../rows.ts';
import {isBeyondPlan} from './gpu-bar.ts';
import {nvlinkText, pcieText} from './gpu-links.ts';
import {planDifference} from './plan-difference.ts';

type Cell = {readonly text: string; readonly tone?: Tone};

type Column = {
  readonly heading: string;
  /** Columns of little worth are dropped first. */
  readonly worth: number;
  /** Words begin at their column, numbers end there. */
  readonly isText?: boolean;
  readonly cell: (gpu: GpuView, glyphs: GlyphSet) => Cell;
};

function reading<T>(
  heading: string,
  worth: number,
  read: (gpu: GpuView) => Reading<T>,
  format: (value: T) => string,
): Column {
  return {heading, worth, cell: (gpu, glyphs) => ({text: shown(read(gpu), glyphs, format)})};
}

const columns: readonly Column[] = [
  reading('used', 12, (gpu) => gpu.memoryUsedBytes, fixedGibNumber),
  reading('free', 9, (gpu) => gpu.memoryFreeBytes, fixedGibNumber),
  {
    heading: 'vs. plan',
    worth: 8,
    cell(gpu, glyphs) {
      const difference = planDifference(gpu);
      if (difference === null) return {text: glyphs.dash};
      return {text: signedGibNumber(difference.differenceBytes), tone: isBeyondPlan(gpu) ? 'critical' : 'normal'};
    },
  },
  reading('busy', 11, (gpu) => gpu.utilizationRatio, wholePercentText),
  {
    heading: 'power',
    worth: 7,
    cell({powerDrawWatts, powerLimitWatts}, glyphs) {
      if (isAbsent(powerLimitWatts)) return {text: shown(powerDrawWatts, glyphs, wattsText)};
      return {text: `${shown(powerDrawWatts, glyphs, countText)}/${wattsText(powerLimitWatts)}`};
    },
  },
  reading('temp.', 10, (gpu) => gpu.temperatureCelsius, celsiusText),
  reading('mem. temp.', 1.2, (gpu) => gpu.memoryTemperatureCelsius, celsiusText),
  reading('SM clock', 4, (gpu) => gpu.smClockMhz, megahertzText),
  reading('mem. clock', 1, ({memoryClockMhz}) => memoryClockMhz ?? absent('not in this snapshot'), megahertzText),
  {heading: 'slowed by', worth: 6, isText: true, cell: throttleCell},
  {heading: 'ECC', worth: 3, cell: eccCell},
  {heading: 'rows', worth: 2, isText: true, cell: rowsCell},
  {heading: 'PCIe', worth: 1.5, isText: true, cell: pcieText},
  {heading: 'NVLink', worth: 1.4, isText: true, cell: nvlinkText},
  {
    heading: 'fabric',
    worth: 0,
    isText: true,
    cell: ({fabricState}, glyphs) => ({text: shown(fabricState, glyphs, (state) => state.toLowerCase())}),
  },
];

/** What holds the clocks down, in words: heat or power supply is a warning, everything else is usual. */
function throttleCell({clockEventReasons: reasons}: GpuView, glyphs: GlyphSet): Cell {
  if (isAbsent(reasons)) return {text: glyphs.dash};
  if (reasons.length === 0) return {text: 'nothing', tone: 'dim'};
  return {text: reasons.join(', '), tone: isThrottled(reasons) ? 'warning' : 'dim'};
}

/** Uncorrected errors since the driver was loaded. */
function eccCell({eccUncorrectedVolatileCount: count}: GpuView, glyphs: GlyphSet): Cell {
  if (isAbsent(count)) return {text: glyphs.dash};
  return {text: countText(count), tone: count > 0 ? 'critical' : 'normal'};
}

function rowsCell({remappedRowsPending, remappedRowsFailure}: GpuView, glyphs: GlyphSet): Cell {
  if (remappedRowsFailure === true) return {text: 'remap failed', tone: 'critical'};
  if (remappedRowsPending === true) return {text: 'remap pending', tone: 'warning'};
  return {text: isAbsent(remappedRowsFailure) ? glyphs.dash : 'ok', tone: 'dim'};
}

/** The cells after the bar: a heading, and a row for each GPU, all of one width. */
export type GpuCells = {readonly heading: Row; readonly rows: readonly Row[]; readonly width: number};

const GAP = 2;

/** As many of the columns as fit in `room`, in their order; what has something to report first. */
export function gpuCells(gpus: readonly GpuView[], room: number, glyphs: GlyphSet): GpuCells {
  let kept = columns.map((column) => sized(column, gpus, glyphs));
  const widthOfAll = (): number => kept.reduce((sum, {width}) => sum + width + GAP, 0);
  while (kept.length > 0 && widthOfAll() > room) {
    const least = Math.min(...kept.map(({worth}) => worth));
    kept = kept.filter(({worth}) => worth !== least);
  }
  const pad = (text: string, {width, isText}: Sized): string =>
    ' '.repeat(GAP) + padText(text, width, isText ? 'right' : 'left');
  return {
    heading: kept.map((column) => span(pad(column.heading, column), 'dim')),
    rows: gpus.map((_, position) =>
      kept.map((column) => {
        const {text = '', tone = 'normal'} = column.cells[position] ?? {};
        return span(pad(text, column), tone);
      }),
    ),
    width: widthOfAll(),
  };
}

type Sized = {
  readonly heading: string;
  readonly worth: number;
  readonly isText: boolean;
  readonly cells: readonly Cell[];
  readonly width: number;
};

const NOTED = 100;

/** A column as wide as its widest text. One with a warning is worth more than any other. */
function sized({heading, worth, isText = false, cell}: Column, gpus: readonly GpuView[], glyphs: GlyphSet): Sized {
  const cells = gpus.map((gpu) => cell(gpu, glyphs));
  const isNoted = cells.some(({tone}) => tone === 'warning' || tone === 'critical');
  const width = Math.max(textWidth(heading), ...cells.map(({text}) => textWidth(text)));
  return {heading, isText, cells, width, worth: isNoted ? worth + NOTED : worth};
}
