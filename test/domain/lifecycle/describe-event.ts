import type {IntentionRecord} from '../../../src/domain/lifecycle/intention/intention.ts';
import type {LifecycleEffect, LifecycleState, LifecycleTimer} from '../../../src/domain/lifecycle/lifecycle.ts';
import {transition} from '../../../src/domain/lifecycle/transition.ts';
import {findingOf, runOf, settingsOf, type TimelessEvent} from './lifecycle-samples.ts';

/** When the events of the table happen: after everything in the samples. */
const AT_MS = 90_000;

const timers: readonly LifecycleTimer[] = [
  'drain',
  'terminate',
  'kill',
  'memory',
  'probe',
  'back-off',
  'hang',
  'stable',
];

/** Every event from outside, by name; those of a run name the run of the state. */
export function eventsFor(state: LifecycleState): readonly (readonly [name: string, event: TimelessEvent])[] {
  const runId = state.run?.runId ?? runOf(1).runId;
  const {attempt, timerIds} = state.internal;
  const stall = {stalledMs: 90_000, runningRequests: 3, waitingRequests: 0};
  const failed = {type: 'probe-failed', runId, answer: 'no answer.'} as const;
  const next = runOf(9);
  return [
    ['preflight-passed', {type: 'preflight-passed', attempt}],
    ['preflight-refused', {type: 'preflight-refused', attempt, finding: findingOf('preflight.test')}],
    ['engine-spawned', {type: 'engine-spawned', run: next, version: '1.2'}],
    ['spawn-failed', {type: 'spawn-failed', finding: findingOf('spawn.test')}],
    ['engine-adopted (ready)', {type: 'engine-adopted', run: next, settings: settingsOf(4_096), readyAtMs: 7}],
    ['engine-adopted (starting)', {type: 'engine-adopted', run: next, settings: settingsOf(4_096), readyAtMs: null}],
    [
      'policy-changed (nothing automatic)',
      {type: 'policy-changed', policy: {...state.internal.policy.restart, isAutomatic: false}},
    ],
    ['log-phase serve', {type: 'log-phase', runId, phase: 'serve'}],
    ['log-phase resolve', {type: 'log-phase', runId, phase: 'resolve'}],
    ['log-progress load-weights 0.4', {type: 'log-progress', runId, phase: 'load-weights', ratio: 0.4}],
    ['log-fact', {type: 'log-fact', runId, name: 'kvCapacityTokens', value: 9}],
    ['log-version', {type: 'log-version', runId, version: '3.4'}],
    ['log-failure', {type: 'log-failure', runId, finding: findingOf('vllm.worker-died')}],
    ['probe-succeeded', {type: 'probe-succeeded', runId}],
    ['probe-failed', failed],
    ['probe-failed (wrong answer)', {...failed, finding: findingOf('engine.probe-refused')}],
    ['probe-failed (broken output)', {...failed, finding: findingOf('engine.output-collapsed'), isBrokenOutput: true}],
    ['probe-failed (generated for others)', {...failed, meanwhile: 'generated'}],
    ['probe-failed (loaded)', {...failed, meanwhile: 'loaded'}],
    ['progress-stalled', {type: 'progress-stalled', runId, stall}],
    ['progress-resumed', {type: 'progress-resumed', runId}],
    ['metrics-silent', {type: 'metrics-silent', runId}],
    ['server-silent', {type: 'server-silent', runId, unansweredMs: 30_000}],
    ['server-answers', {type: 'server-answers', runId}],
    ['drained', {type: 'drained', runId}],
    ['engine-exited', {type: 'engine-exited', runId, status: 1}],
    ['processes-gone', {type: 'processes-gone', runId}],
    ['memory-freed', {type: 'memory-freed', runId}],
    ...timers.flatMap((timer) => {
      const id = timerIds[timer];
      return id === undefined ? [] : [[`timer ${timer}`, {type: 'timer-fired', timer, id}] as const];
    }),
  ];
}

/** What an event does in a state, in one line; null where it does nothing. */
export function describeEvent(state: LifecycleState, event: TimelessEvent): string | null {
  const {state: next, effects, intentions = []} = transition(state, {...event, atMs: AT_MS});
  const parts = [
    ...(next.state === state.state ? [] : [`**${next.state}**`]),
    ...intentions.map(intentionText),
    ...effects.map(effectText),
    ...changesBetween(state, next),
  ];
  return parts.length === 0 ? null : parts.join('; ');
}

function intentionText(record: IntentionRecord): string {
  switch (record.type) {
    case 'intention-begun':
      return `intend ${record.intention.verb} (${record.intention.cause})`;
    case 'intention-continued':
      return `continue ${record.step}`;
    case 'intention-ended':
      return `intention ${record.outcome.kind}`;
  }
}

function effectText(effect: LifecycleEffect): string {
  switch (effect.type) {
    case 'set-timer':
      return `set ${effect.timer} ${effect.afterMs}`;
    case 'clear-timer':
      return `clear ${effect.timer}`;
    case 'record':
      return `record ${effect.entry.type}`;
    case 'run-preflight':
      return `run-preflight ${effect.attempt} for ${effect.settings.contextLengthTokens} tokens`;
    case 'wait-for-drain':
      return `wait-for-drain until ${effect.deadlineAtMs}`;
    case 'terminate-leader':
    case 'kill-session':
    case 'verify-stopped':
      return `${effect.type} ${effect.run.runId}`;
    case 'spawn-engine':
    case 'probe-readiness':
      return effect.type;
  }
}

/** Parts of the state that are shown as a short text. */
const shownParts: readonly (readonly [name: string, show: (state: LifecycleState) => unknown])[] = [
  ['phase', ({phase}) => phase],
  ['progress', ({progressRatio}) => (typeof progressRatio === 'number' ? progressRatio : 'absent')],
  ['entered', ({phaseEnteredAtMs}) => phaseEnteredAtMs],
  ['context', ({settings}) => settings?.contextLengthTokens ?? null],
  ['pending', ({pending}) => pending?.settings.contextLengthTokens ?? null],
  ['run', ({run}) => run?.runId ?? null],
  ['readyAtMs', ({readyAtMs}) => readyAtMs],
  ['exit', ({exit}) => exit],
  ['diagnosis', ({diagnosis}) => diagnosis?.code ?? null],
  ['facts', ({facts}) => facts],
  ['version', ({version}) => version],
  ['lastGood', ({lastGoodSettings}) => lastGoodSettings?.contextLengthTokens ?? null],
  ['backOff', ({backOff}) => backOff],
  ['rolledBack', ({rolledBack}) => rolledBack?.cause.code ?? null],
  ['crashes', ({crashes}) => (crashes === null ? null : {...crashes, cause: crashes.cause.code})],
];

/** Timers are shown as effects. */
const unshown: ReadonlySet<string> = new Set(['timerIds', 'nextTimerId', 'intentions', 'policy']);

function changesBetween(before: LifecycleState, after: LifecycleState): readonly string[] {
  const shown = shownParts.flatMap(([name, show]) => {
    const text = JSON.stringify(show(after));
    return text === JSON.stringify(show(before)) ? [] : [`${name} ${text.replaceAll('"', '')}`];
  });
  const known = new Map<string, unknown>(Object.entries(before.internal));
  const internal = Object.entries(after.internal).flatMap(([key, value]) => {
    if (unshown.has(key) || JSON.stringify(value) === JSON.stringify(known.get(key))) return [];
    return [`${key} ${typeof value === 'object' && value !== null ? 'set' : String(value)}`];
  });
  return [...shown, ...internal];
}
