import {countText} from '../../../shared/quantities/counts.ts';
import {secondsText} from '../../../shared/quantities/durations.ts';
import type {CounterJump} from '../../traffic/own-requests/counter-jump.ts';
import {withDetails} from '../details/details.ts';
import type {Finding} from '../finding.ts';

/** Of each counter the first jump of a run: what follows is one as well. */
export function withJumps(known: readonly CounterJump[], more: readonly CounterJump[]): readonly CounterJump[] {
  const added = more.filter(({counter}) => !known.some((one) => one.counter === counter));
  return added.length === 0 ? known : [...known, ...added].slice(0, MOST_COUNTERS);
}

/** Reasons of finished requests are counters too, and may be any text. */
const MOST_COUNTERS = 20;

/** The finding of counters that grew by more than any node can do; null if none did. */
export function impossibleGrowthFinding(jumps: readonly CounterJump[]): Finding | null {
  const [first] = jumps;
  if (first === undefined) return null;
  const {counter, growth, elapsedMs, most} = first;
  const time = elapsedMs === null ? 'since the engine started' : `within ${secondsText(elapsedMs)}`;
  return {
    ...withDetails('metrics.impossible-growth', {jumps: jumps.map((jump) => ({...jump}))}),
    severity: 'warning',
    message: `The engine's counters are wrong: ${counter} grew by ${countText(growth)} ${time}, and at most ${countText(most)} are possible. This growth is in no rate, cost or history.`,
    evidence: null,
    remedy: 'Tokens and costs of this run may be too low. Check what the engine prints at its /metrics.',
    settingsChange: null,
  };
}
