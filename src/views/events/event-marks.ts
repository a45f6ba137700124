import type {Event} from '../../api/event-schema.ts';
import {unexpectedExitMs} from '../../domain/lifecycle/starts/state-periods.ts';
import type {PlotMark} from '../plotting/plot-request.ts';

/** With these an engine is tried again: a failure after them is another one. */
const attempts: ReadonlySet<string> = new Set([
  'engine.preflight',
  'engine.starting',
  'engine.spawned',
  'engine.adopted',
]);

/**
 * What plots mark, of events in the order of their time: each process of the engine that was started, and each failure. A process
 * that exits by itself fails once, when it exited, however the engine's state is reported after it.
 */
export function eventMarks(events: readonly Event[]): readonly PlotMark[] {
  let hasExited = false;
  return events.flatMap((event): PlotMark[] => {
    const {atMs, code} = event;
    if (attempts.has(code)) hasExited = false;
    const exitedAtMs = unexpectedExitMs(event);
    if (exitedAtMs !== null) {
      hasExited = true;
      return [{atMs: exitedAtMs, kind: 'failure'}];
    }
    if (code === 'engine.failed') return hasExited ? [] : [{atMs, kind: 'failure'}];
    return code === 'engine.spawned' ? [{atMs, kind: 'start'}] : [];
  });
}
