import type {Engine} from '../../engines/engine.ts';
import type {LogLine} from '../../samples/log-line.ts';
import {createSecretMask, createTextMask, maskFinding} from '../../sources/log/redaction.ts';
import {createPagedLog} from '../log-pages/log-pages.ts';
import type {Clock} from '../loop/clock.ts';
import {createLogReader} from './log-reader.ts';
import type {RunSinks} from './watched-run.ts';

/** The log of one run: who wrote it, and what must not be shown. */
export type MaskedLogOptions = {
  readonly runId: string;
  readonly engine: Pick<Engine, 'interpretLogLine' | 'readLogTimeMs'>;
  readonly clock: Pick<Clock, 'monotonicMs' | 'nowMs'>;
  /** The file. */
  readonly path: string;
  readonly secrets: readonly string[];
};

/**
 * Interprets lines as the engine wrote them, so that a masked word never hides a failure; what is posted, observed and
 * returned has no secrets. Takes new lines, and whether they are from before this supervisor; returns them masked.
 */
export function createMaskedLog(
  {runId, engine, clock, path, secrets}: MaskedLogOptions,
  {post, observe}: RunSinks,
): (lines: readonly LogLine[], isPast: boolean) => readonly LogLine[] {
  const newMask = createSecretMask(secrets);
  const maskText = createTextMask(newMask);
  const maskLine = newMask();
  const read = createLogReader(runId, engine, clock, {
    post: (event) => {
      post(event.type === 'log-failure' ? {...event, finding: maskFinding(event.finding, maskText)} : event);
    },
    observe: (observation) => {
      observe(
        observation.type === 'log-notice'
          ? {...observation, finding: maskFinding(observation.finding, maskText)}
          : observation,
      );
    },
  });
  let clockDifferenceMs: number | null = null;
  const {readLogTimeMs} = engine;
  const readPage = createPagedLog({path, newMask, readLogTimeMs, clockDifferenceMs: () => clockDifferenceMs});
  return (lines, isPast) => {
    read(lines, isPast);
    const masked = lines.map((line) => ({...line, text: maskLine(line.text)}));
    // A line that has just been written tells what the log's clock says now.
    const logTimeMs = isPast ? null : readLogTimeMs(lines.at(-1)?.text ?? '');
    if (logTimeMs !== null) clockDifferenceMs = clock.nowMs() - logTimeMs;
    observe({type: 'log-lines', runId, lines: masked, readPage});
    return masked;
  };
}
