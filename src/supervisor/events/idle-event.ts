import type {NewEvent} from '../../api/event-schema.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import {valueOrNull} from '../../samples/reading.ts';
import {lastingText} from '../../shared/quantities/durations.ts';
import {microUsdText} from '../../shared/quantities/money.ts';
import type {FindingEvent} from './finding-watch.ts';

/**
 * Nobody has used the engine for so long that a finding says so: what that has cost by the ledger so far, for hooks. Null for any
 * other finding, and while the ledger has no idle time.
 */
export function idleEvent(
  {event, finding}: FindingEvent,
  {idle}: Pick<Snapshot['cost'], 'idle'>,
): Omit<NewEvent, 'atMs'> | null {
  if (event.code !== 'finding.appeared' || finding.code !== 'engine.idle' || idle === null) return null;
  const {sinceMs, isAtLeast} = idle;
  const idleMs = event.atMs - sinceMs;
  const microUsd = valueOrNull(idle.microUsd);
  const cost = microUsd === null ? '' : `: ${microUsdText(microUsd)} so far`;
  return {
    code: 'cost.idle',
    severity: 'info',
    actor: 'engine',
    message: `Nobody has used the engine for ${lastingText(idleMs, isAtLeast)}${cost}.`,
    runId: event.runId,
    details: {idleMs, microUsd, isAtLeast},
  };
}
