import type {Event} from '../../api/event-schema.ts';
import type {PlotMark} from '../plotting/plot-request.ts';

/** What plots mark: each process of the engine that was started, and each that failed or exited by itself. */
export function eventMarks(events: readonly Event[]): readonly PlotMark[] {
  return events.flatMap(({atMs, code, details}): PlotMark[] => {
    const hasFailed = code === 'engine.failed' || (code === 'engine.exited' && details['wasRequested'] === false);
    if (hasFailed) return [{atMs, kind: 'failure'}];
    return code === 'engine.spawned' ? [{atMs, kind: 'start'}] : [];
  });
}
