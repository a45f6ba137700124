import type {Engine} from '../../engines/engine.ts';
import type {LogLine} from '../../samples/log-line.ts';
import {createSecretMask, createTextMask, maskFinding} from '../../sources/log/redaction.ts';
import type {Clock} from '../loop/clock.ts';
import {createLogReader} from './log-reader.ts';
import type {RunSinks} from './watched-run.ts';

/** The log of one run: who wrote it, and what must not be shown. */
export type MaskedLogOptions = {
  readonly runId: string;
  readonly engine: Pick<Engine, 'interpretLogLine'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly secrets: readonly string[];
};

/**
 * Interprets lines as the engine wrote them, so that a masked word never hides a failure; what is posted, observed and
 * returned has no secrets. Takes new lines, and whether they are from before this supervisor; returns them masked.
 */
export function createMaskedLog(
  {runId, engine, clock, secrets}: MaskedLogOptions,
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
  return (lines, isPast) => {
    read(lines, isPast);
    const masked = lines.map((line) => ({...line, text: maskLine(line.text)}));
    observe({type: 'log-lines', runId, lines: masked});
    return masked;
  };
}
