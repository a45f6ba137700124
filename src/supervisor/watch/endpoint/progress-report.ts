import type {RunEvent} from '../../../domain/lifecycle/lifecycle.ts';
import type {HangEvidence} from '../../../domain/lifecycle/lifecycle-findings.ts';
import type {WithoutTime} from '../../loop/clock.ts';
import type {ProgressEvent} from './progress-watch.ts';

/**
 * Posts the end of a stall immediately, and a stall together with what the engine's processes do, which takes seconds to
 * find out: if the engine has made a step by then, the stall is not reported.
 */
export function reportProgress(
  findEvidence: () => Promise<HangEvidence>,
  post: (event: WithoutTime<RunEvent>) => void,
): (event: ProgressEvent) => void {
  let newest: ProgressEvent | null = null;
  return (event) => {
    newest = event;
    if (event.type === 'progress-resumed') return post(event);
    void findEvidence().then((seen) => {
      if (newest === event) post({...event, ...seen});
    });
  };
}
