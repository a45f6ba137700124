import {appendFileSync} from 'node:fs';
import type {TrafficMetrics} from './traffic-metrics.ts';

/** Variable with the file for the tokens that engines truly served, for tests of what is counted from their pages. */
export const TRUTH_VARIABLE = 'GANTRY_SIMULATOR_TRUTH';

type Served = Pick<TrafficMetrics, 'promptTokens' | 'cachedPromptTokens' | 'generationTokens'>;

/**
 * Appends what has been served to the file, a line for each change, before any page can show it: `EPOCH_MS PID PROMPT CACHED
 * GENERATED`. Does nothing without a file. Throws where the file cannot be written.
 */
export function createTruthWriter(file: string | undefined): (served: Served) => void {
  if (file === undefined || file === '') return () => undefined;
  let last = '0 0 0';
  return ({promptTokens, cachedPromptTokens, generationTokens}) => {
    const next = `${promptTokens} ${cachedPromptTokens} ${generationTokens}`;
    if (next === last) return;
    last = next;
    appendFileSync(file, `${Date.now()} ${process.pid} ${next}\n`);
  };
}
