/** Why nothing is known of traffic before the first sample. */
export const UNREAD = 'no metrics read yet';

/** Why nothing is known of traffic without an engine that serves. */
export const NOT_SERVING = 'the engine is not serving';

/** Why nothing is known of a histogram without observations. */
export const NO_REQUESTS = 'nothing measured in this window';

/** Why nothing is known of a rate, and of a distribution, after one sample. */
export const ONE_SAMPLE = 'needs two samples';
export const ONE_DISTRIBUTION = 'a distribution needs two samples';

/** Why the times of clients are unknown of requests that an engine knows from its log. */
export const WAITED = 'requests waited for a slot, and the log does not say how long';

const momentary: ReadonlySet<string> = new Set([
  UNREAD,
  NOT_SERVING,
  NO_REQUESTS,
  ONE_SAMPLE,
  ONE_DISTRIBUTION,
  WAITED,
]);

/** The same of a time that is named: `24 h`. */
export function nothingMeasuredIn(time: string): string {
  return `nothing measured in the last ${time}`;
}

/** True for the reason of a moment: it says nothing of any other time. One that the engine has for never measuring holds for all. */
export function isMomentary(reason: string): boolean {
  return momentary.has(reason);
}
