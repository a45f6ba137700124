import type {Snapshot} from '../../api/snapshot.ts';
import {type Finding, isAboutGpus} from '../../domain/diagnosis/finding.ts';
import {exitText} from '../../domain/lifecycle/lifecycle-findings.ts';
import {type EngineState, type ShownState, stateNameOf} from '../../domain/lifecycle/phases.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Tone} from '../rows.ts';

/** Of a node without a start, on every screen. */
export const NEVER_STARTED = 'no engine has been started yet';

/** What an engine that is stopped waits for. */
export const STOPPING = 'stopping its processes, then waiting for GPU memory';

/** Of an end that nobody requested. */
export function unexpectedEndText(status: number | null): string {
  return `exited unexpectedly (${exitText(status)})`;
}

/** For how long it had been ready before it ended, ms; null where that is unknown, or it never was. */
export function servedMsOf({exit, startedAtMs, readyAtMs}: Snapshot['engine']): number | null {
  const endMs = exit?.atMs ?? null;
  return readyAtMs === null || startedAtMs === null || endMs === null || endMs <= readyAtMs ? null : endMs - readyAtMs;
}

type Mark = 'bullet' | 'halfBullet' | 'hollowBullet' | 'times';

/** Marks and tones of states; they support the name, never replace it. */
const stateMarks: Readonly<Record<EngineState, {readonly mark: Mark; readonly tone: Tone}>> = {
  stopped: {mark: 'hollowBullet', tone: 'dim'},
  preflight: {mark: 'halfBullet', tone: 'accent'},
  starting: {mark: 'halfBullet', tone: 'accent'},
  ready: {mark: 'bullet', tone: 'ok'},
  degraded: {mark: 'times', tone: 'warning'},
  draining: {mark: 'halfBullet', tone: 'warning'},
  stopping: {mark: 'halfBullet', tone: 'warning'},
  failed: {mark: 'times', tone: 'critical'},
  'backing-off': {mark: 'times', tone: 'critical'},
};

/** `● ready`, and its tone. */
export function stateText(shown: ShownState, glyphs: GlyphSet): {readonly text: string; readonly tone: Tone} {
  const {mark, tone} = shown.unansweredMs === null ? stateMarks[shown.state] : stateMarks.degraded;
  return {text: `${glyphs[mark]} ${stateNameOf(shown)}`, tone};
}

/** Tones of severities; the label is always shown too. */
export const severityTones: Readonly<Record<Finding['severity'], Tone>> = {
  critical: 'critical',
  warning: 'warning',
  info: 'accent',
};

/** `▲ warning`: a severity without color, by its mark and by its word. */
export function severityLabel(severity: Finding['severity'], glyphs: GlyphSet): string {
  return `${glyphs.severity[severity]} ${severity}`;
}

/** Labels of verdicts about memory. */
export const verdictLabels: Readonly<Record<MemoryPlan['verdict'], {readonly word: string; readonly tone: Tone}>> = {
  fits: {word: 'fits', tone: 'ok'},
  tight: {word: 'tight', tone: 'warning'},
  'does-not-fit': {word: 'does not fit', tone: 'critical'},
};

/** The reasons of a plan that is short of memory. */
const shortages: ReadonlySet<string> = new Set(['memory.weights-do-not-fit', 'memory.kv-cache-too-small']);

/** A problem of the plan itself, not one of the GPUs that comes with it. */
export function isPlanProblem(finding: MemoryPlan['findings'][number]): boolean {
  return finding.severity === 'critical' && !isAboutGpus(finding);
}

/** The label of a plan's verdict: `refused` where no amount of memory would do, as above the model's context limit. */
export function verdictLabel({verdict, findings}: Pick<MemoryPlan, 'verdict' | 'findings'>): {
  readonly word: string;
  readonly tone: Tone;
} {
  const reason = verdict === 'does-not-fit' ? findings.find(isPlanProblem) : undefined;
  return reason === undefined || shortages.has(reason.code)
    ? verdictLabels[verdict]
    : {word: 'refused', tone: 'critical'};
}
