import {secondsText} from '../../shared/quantities/durations.ts';
import type {LoadProgress} from '../../sources/bench/generate-load.ts';
import {meter} from '../../views/drawing/bars.ts';
import {drawProgress, type Output, printProgress} from '../output.ts';
import {rowsText, type TextStyle} from '../print-rows.ts';

const BAR_COLUMNS = 24;
/** How often a terminal is drawn on, and how often a file gets a line. */
const DRAW_EVERY_MS = 200;
const LINE_EVERY_MS = 30_000;

/** Which load of how many is measured. */
export type ProgressStep = {readonly step: number; readonly steps: number; readonly concurrency: number};

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
  isTerminal: boolean,
  nowMs: () => number,
): ProgressDisplay {
  let current: {readonly step: ProgressStep; readonly sinceMs: number} | null = null;
  let shownAtMs = Number.NEGATIVE_INFINITY;
  const isDrawn = isTerminal && !output.isJson;
  const text = (progress: LoadProgress): string => {
    if (current === null) return '';
    const {step, sinceMs} = current;
    return progressText(step, progress, nowMs() - sinceMs, style);
  };
  return {
    begin(step) {
      current = {step, sinceMs: nowMs()};
      shownAtMs = isDrawn ? Number.NEGATIVE_INFINITY : nowMs();
      if (!isDrawn) printProgress(output, `${stepText(step)} ...`);
    },
    update(progress) {
      if (nowMs() - shownAtMs < (isDrawn ? DRAW_EVERY_MS : LINE_EVERY_MS)) return;
      shownAtMs = nowMs();
      if (isDrawn) drawProgress(output, text(progress));
      else printProgress(output, text(progress));
    },
    end() {
      if (isDrawn) drawProgress(output, '');
    },
  };
}

function stepText({step, steps, concurrency}: ProgressStep): string {
  return `[${step}/${steps}] ${concurrency} concurrent`;
}

function progressText(step: ProgressStep, progress: LoadProgress, elapsedMs: number, style: TextStyle): string {
  const {completed, failed, total} = progress;
  const ratio = total > 0 ? (completed + failed) / total : 0;
  const bar = rowsText([meter(ratio, BAR_COLUMNS, 'accent', style.glyphs)], style);
  const failures = failed === 0 ? '' : ` ${failed} failed`;
  return `${stepText(step)} ${bar} ${completed}/${total}${failures} ${secondsText(elapsedMs)}`;
}
