import type {HistoryQuery} from '../../api/history.ts';
import type {GpuView} from '../../api/snapshot.ts';
import {answerTo, type HistoryAnswer} from '../../client/answers/history-answers.ts';
import type {ConsoleData} from '../../client/console-data.ts';
import {isAbsent} from '../../samples/reading.ts';
import {fit, span} from '../drawing/compose.ts';
import type {GlyphSet} from '../glyphs.ts';
import {hasEngine} from '../gpus/gpu-bar.ts';
import {windowLengths} from '../history-screen/history-choice.ts';
import {fittingNote} from '../panels/panel-of.ts';
import type {PanelView, Row} from '../rows.ts';
import {cardFactRows} from './card-facts.ts';
import {cardPlotRows, cardSeries, leastPlotRows} from './card-plots.ts';
import {cardProcessRows} from './card-processes.ts';
import {driverMessageRows} from './driver-message-rows.ts';

/** All inputs of the picture of one GPU. */
export type GpuCardInput = {
  readonly data: ConsoleData;
  /** Index of the GPU. */
  readonly index: number;
  /** Place of the window in `windowLengths`. */
  readonly window: number;
  readonly answer: HistoryAnswer;
  /** The age of the data where it is old; empty otherwise. */
  readonly freshness: string;
  readonly nowMs: number;
  readonly columns: number;
  readonly rows: number;
  readonly glyphs: GlyphSet;
};

/** What is read of the history for the picture of a GPU. */
export function gpuCardQuery(index: number, window: number): HistoryQuery {
  return {series: [], gpuSeries: cardSeries, gpu: index, windowMs: windowMsOf(window)};
}

/** One GPU in full: what it has and does now, its plots over the window, its processes. More rows than `rows` where that takes them. */
export function gpuCardView(input: GpuCardInput): PanelView {
  const {data, index, window, freshness, columns, rows, glyphs} = input;
  const title = `GPU ${index}`;
  const gpus = data.snapshot?.gpus ?? [];
  const gpu = gpus.find((one) => one.index === index);
  const length = `last ${windowLengths[window]?.text ?? ''}`;
  const name = gpu === undefined || isAbsent(gpu.name) ? length : `${gpu.name}, ${length}`;
  const titleNote = fittingNote({columns}, title, [name, length, ''], freshness);
  if (gpu === undefined) {
    return {title, titleNote, tone: 'critical', rows: [[span('this GPU is not reported any more', 'critical')]]};
  }
  const lines = cardRows(gpu, gpus, input);
  return {
    title,
    titleNote,
    tone: gpu.fault === null ? 'normal' : 'critical',
    rows: fit(lines, columns, Math.max(rows, lines.length), glyphs),
  };
}

/** The plots have what facts and lists leave, and at least so much that each can be read. */
function cardRows(gpu: GpuView, gpus: readonly GpuView[], input: GpuCardInput): readonly Row[] {
  const {index, window, nowMs, data, columns, rows, glyphs} = input;
  const answer = answerTo(gpuCardQuery(index, window), input.answer);
  const series =
    answer.kind === 'loaded' ? answer.history.gpus?.find(({index}) => index === gpu.index)?.series : undefined;
  const facts = cardFactRows(gpu, gpus, {
    plan: data.snapshot?.plan ?? null,
    columns,
    glyphs,
    memory: series?.memoryUsedBytes ?? [],
    hasEngine: hasEngine(data.snapshot),
  });
  const lists = [...cardProcessRows(gpu, input), ...driverMessageRows(gpu, input)];
  const room = Math.max(leastPlotRows(columns), rows - facts.length - lists.length);
  const space = {windowMs: windowMsOf(window), nowMs, events: data.events ?? [], columns, rows: room, glyphs};
  return [...facts, ...(series === undefined ? pending(answer, room) : cardPlotRows(gpu, series, space)), ...lists];
}

/** In place of plots that are not read yet, or cannot be. */
function pending(answer: HistoryAnswer, room: number): readonly Row[] {
  const said: readonly Row[] =
    answer.kind === 'failed'
      ? [[span(answer.error.message, 'warning')], [span(answer.error.remedy, 'dim')]]
      : [[span('reading the history', 'dim')]];
  return [...said, ...Array.from({length: Math.max(0, room - said.length)}, (): Row => [])];
}

function windowMsOf(window: number): number {
  return windowLengths[window]?.ms ?? windowLengths[0]?.ms ?? 1;
}
