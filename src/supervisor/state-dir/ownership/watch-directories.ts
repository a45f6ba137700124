import type {Observe} from '../../snapshot/observation.ts';
import {createOwnFindings} from '../../snapshot/own-findings.ts';
import {every} from '../../watch/every.ts';
import {createDirectories, type Directories} from '../directories.ts';

/** A directory is in use although another user could replace it or write to it. */
const DOUBTFUL = 'supervisor.directory-doubtful';
const LOOK_EVERY_MS = 15_000;

/** Reports what is doubtful about the directories in use, until it is corrected. Returns a stop function. */
export function watchDirectories(directories: Directories, observe: Observe, intervalMs = LOOK_EVERY_MS): () => void {
  const own = createOwnFindings(observe);
  let reported: ReadonlySet<string> = new Set();
  return every(intervalMs, async () => {
    const made = await createDirectories(directories);
    const doubts = made.ok ? made.value : [made.error];
    const present = new Set(doubts.map(({message}) => message));
    for (const topic of reported) if (!present.has(topic)) own.resolve(topic);
    for (const doubt of doubts) if (!reported.has(doubt.message)) own.add({...doubt, code: DOUBTFUL}, doubt.message);
    reported = present;
  });
}
