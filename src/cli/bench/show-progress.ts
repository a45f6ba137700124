import {secondsText} from '../../shared/quantities/durations.ts';
import type {LoadProgress} from '../../sources/bench/generate-load.ts';
import {meter} from '../../views/drawing/bars.ts';
import {fit, span} from '../../views/drawing/compose.ts';
import {drawProgress, type Output, printProgress} from '../output.ts';
import {rowsText, type TextStyle} from '../print-rows.ts';

/** The bar has what the rest of its line leaves, at most so much. */
const MOST_BAR_COLUMNS = 24;
const FEWEST_BAR_COLUMNS = 6;
/** How often a terminal is drawn on, at most, and a file gets a line: either may be at the end of a slow line. */
const DRAW_EVERY_MS = 500;
const LINE_EVERY_MS = 30_000;

/** Which load of how many is measured. */
export type ProgressStep = {
  readonly step: number;
  readonly steps: number;
  readonly concurrency: number;
  readonly requests: number;
};

/** What is drawn on: standard error. */
export type ProgressStream = {readonly isTTY?: boolean; readonly columns?: number};

export type ProgressDisplay = {
  readonly begin: (step: ProgressStep) => void;
  readonly update: (progress: LoadProgress) => void;
  /** Removes the bar; what is printed then is not mixed with it. */
  readonly end: () => void;
};

/** Shows how far a benchmark is: as a bar on a terminal, as lines elsewhere; nothing for JSON. */
export function createProgressDisplay(
  output: Output,
  style: TextStyle,
  stream: ProgressStream,
  nowMs: () => number,
): ProgressDisplay {
  let current: {readonly step: ProgressStep; readonly sinceMs: number; progress: LoadProgress} | null = null;
  let drawn = '';
  const isDrawn = stream.isTTY === true && !output.isJson;
  const show = (): void => {
    if (current === null) return;
    const {step, progress, sinceMs} = current;
    // The last column stays free: a full line scrolls some terminals.
    const columns = Math.min(style.columns, stream.columns ?? style.columns) - 1;
    const text = progressText(step, progress, nowMs() - sinceMs, {...style, columns});
    if (!isDrawn) printProgress(output, text);
    else if (text !== drawn) drawProgress(output, text);
    drawn = text;
  };
  let timer: NodeJS.Timeout | null = null;
  return {
    begin(step) {
      current = {step, sinceMs: nowMs(), progress: {completed: 0, failed: 0, total: step.requests}};
      if (isDrawn) show();
      else printProgress(output, `${stepText(step)} ...`);
      if (timer !== null) clearInterval(timer);
      timer = setInterval(show, isDrawn ? DRAW_EVERY_MS : LINE_EVERY_MS).unref();
    },
    update(progress) {
      if (current !== null) current.progress = progress;
    },
    end() {
      if (timer !== null) clearInterval(timer);
      current = null;
      if (isDrawn) drawProgress(output, '');
    },
  };
}

function stepText({step, steps, concurrency}: ProgressStep): string {
  return `[${step}/${steps}] ${concurrency} concurrent`;
}

function progressText(step: ProgressStep, progress: LoadProgress, elapsedMs: number, style: TextStyle): string {
  const {completed, failed, total, isEstimate} = progress;
  const failures = failed === 0 ? '' : ` ${failed} failed`;
  const counts = ` ${isEstimate ? '~' : ''}${completed}/${total}${failures} ${secondsText(elapsedMs)}`;
  const before = `${stepText(step)} `;
  const room = Math.min(MOST_BAR_COLUMNS, style.columns - before.length - counts.length);
  const bar = room < FEWEST_BAR_COLUMNS ? [] : meter((completed + failed) / total, room, 'accent', style.glyphs);
  return rowsText(fit([[span(before), ...bar, span(counts)]], style.columns, 1, style.glyphs), style);
}
