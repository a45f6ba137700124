import type {Snapshot} from '../api/snapshot.ts';
import type {LaunchSettings} from '../domain/lifecycle/launch-settings.ts';
import type {MemoryPlan} from '../domain/memory/memory-plan.ts';
import {canPlan, planMemory} from '../domain/memory/plan.ts';
import {isAbsent, isPresent} from '../samples/reading.ts';
import {fit, padText, span} from './compose.ts';
import {countText, gibText, usdText} from './format/numbers.ts';
import {durationText} from './format/times.ts';
import type {RestartDialogInput, RestartDialogView} from './restart-dialog-view.ts';
import type {Row} from './rows.ts';

/** What a restart with another context length does: to memory, to admission, to concurrency, and to those served now. */
export function restartDialogView(input: RestartDialogInput): RestartDialogView {
  const {snapshot, draftContextTokens, columns, rows, glyphs} = input;
  const {settings} = snapshot.engine;
  const blocked = (reason: string, lines: readonly Row[] = []): RestartDialogView => ({
    rows: fit([...lines, [span(reason, 'critical')]], columns, rows, glyphs),
    canConfirm: false,
    blockedReason: reason,
  });
  if (settings === null) return blocked('No engine was started yet: there is nothing to restart.');
  const now: Row = [span('now ', 'dim'), span(`${countText(settings.contextLengthTokens)} tokens`, 'strong')];
  if (draftContextTokens === null || draftContextTokens < 1) {
    return blocked('Type a context length in tokens.', [now]);
  }
  const known = canPlan(settings);
  if (!known.ok) return blocked(`${known.error.message}.`, [now]);
  if (isAbsent(snapshot.plan)) return blocked(`No plan can be made: ${snapshot.plan.absent}.`, [now]);
  const plan = planFor(snapshot, snapshot.plan, {...settings, contextLengthTokens: draftContextTokens});
  const capacityTokens = observedCapacity(snapshot) ?? plan.kvCache.capacityTokens;
  const before: Comparison = {contextTokens: settings.contextLengthTokens, capacityTokens};
  const after: Comparison = {contextTokens: draftContextTokens, capacityTokens};
  const lines = [...comparisonRows(before, after, plan, input), ...consequenceRows(snapshot)];
  const reason = blockingReason(draftContextTokens, capacityTokens, plan);
  if (reason !== null) return blocked(reason, lines);
  return {rows: fit(lines, columns, rows, glyphs), canConfirm: true, blockedReason: null};
}

type Comparison = {readonly contextTokens: number; readonly capacityTokens: number};

function planFor(snapshot: Snapshot, plan: MemoryPlan, settings: LaunchSettings): MemoryPlan {
  const {nvmlBytes, cudaVisibleBytes} = plan.perGpu;
  const name = isPresent(snapshot.node.gpuName) ? snapshot.node.gpuName : 'unknown card';
  return planMemory({settings, card: {name, nvmlBytes, cudaVisibleBytes}, gpuCount: snapshot.gpus.length});
}

/** What the engine itself said its pool holds: better than any plan. */
function observedCapacity(snapshot: Snapshot): number | null {
  return snapshot.engine.facts['kvCapacityTokens'] ?? null;
}

function comparisonRows(before: Comparison, after: Comparison, plan: MemoryPlan, {glyphs}: RestartDialogInput): Row[] {
  const concurrency = ({capacityTokens, contextTokens}: Comparison): string =>
    `${(capacityTokens / contextTokens).toFixed(2)}${glyphs.times}`;
  const line = (label: string, from: string, to: string): Row => [
    span(padText(label, 26), 'dim'),
    span(padText(from, 12, 'left'), 'normal'),
    span(` ${glyphs.arrow} `, 'dim'),
    span(to, 'strong'),
  ];
  return [
    line('largest request, tokens', countText(before.contextTokens), countText(after.contextTokens)),
    line('at once at full length', concurrency(before), concurrency(after)),
    line('KV pool, tokens', countText(before.capacityTokens), `${countText(after.capacityTokens)} (unchanged)`),
    line('KV pool per GPU', gibText(plan.perGpu.kvCachePoolBytes), 'unchanged'),
    [
      span(
        after.contextTokens < before.contextTokens
          ? 'A shorter context frees no memory: the pool keeps its size. What changes is admission.'
          : 'The pool keeps its size: what changes is the largest request that is admitted.',
        'accent',
      ),
    ],
  ];
}

function consequenceRows(snapshot: Snapshot): Row[] {
  const {engine, traffic, cost} = snapshot;
  const running = isPresent(traffic.runningRequests) ? traffic.runningRequests : null;
  const waiting = isPresent(traffic.waitingRequests) ? traffic.waitingRequests : null;
  const lines: Row[] = [];
  if (running !== null && running + (waiting ?? 0) > 0) {
    lines.push([
      span(`${countText(running)} running and ${countText(waiting ?? 0)} waiting requests are cut off.`, 'warning'),
    ]);
  }
  if (engine.readyAtMs !== null && engine.startedAtMs !== null) {
    const startMs = engine.readyAtMs - engine.startedAtMs;
    const price = isPresent(cost.nodeUsdPerHour)
      ? `, about ${usdText((cost.nodeUsdPerHour * startMs) / 3_600_000)} of node time`
      : '';
    lines.push([span(`Downtime: the last start took ${durationText(startMs)}${price}.`, 'normal')]);
  } else {
    lines.push([span('Downtime: this engine has not finished a start yet, so nobody knows.', 'dim')]);
  }
  return lines;
}

function blockingReason(contextTokens: number, capacityTokens: number, plan: MemoryPlan): string | null {
  if (contextTokens > capacityTokens) {
    return `One request of ${countText(contextTokens)} tokens does not fit the pool: at most ${countText(capacityTokens)}.`;
  }
  return plan.verdict === 'does-not-fit' ? plan.reason : null;
}
