import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {EngineState, StartPhase} from '../../domain/lifecycle/phases.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Tone} from '../rows.ts';

type Mark = 'bullet' | 'halfBullet' | 'hollowBullet' | 'times';

/** Labels of states; mark and tone support the word, never replace it. */
const stateWords: Readonly<Record<EngineState, {readonly word: string; readonly mark: Mark; readonly tone: Tone}>> = {
  stopped: {word: 'stopped', mark: 'hollowBullet', tone: 'dim'},
  preflight: {word: 'checking', mark: 'halfBullet', tone: 'accent'},
  starting: {word: 'starting', mark: 'halfBullet', tone: 'accent'},
  ready: {word: 'ready', mark: 'bullet', tone: 'ok'},
  degraded: {word: 'not generating', mark: 'times', tone: 'warning'},
  draining: {word: 'draining', mark: 'halfBullet', tone: 'warning'},
  stopping: {word: 'stopping', mark: 'halfBullet', tone: 'warning'},
  failed: {word: 'failed', mark: 'times', tone: 'critical'},
  'backing-off': {word: 'waiting to restart', mark: 'times', tone: 'critical'},
};

/** `● ready`, and its tone. */
export function stateText(state: EngineState, glyphs: GlyphSet): {readonly text: string; readonly tone: Tone} {
  const {word, mark, tone} = stateWords[state];
  return {text: `${glyphs[mark]} ${word}`, tone};
}

/** Labels of start phases. */
export const phaseWords: Readonly<Record<StartPhase, string>> = {
  launch: 'launching',
  resolve: 'reading the model configuration',
  download: 'downloading the model',
  'load-weights': 'loading weights',
  compile: 'compiling',
  profile: 'measuring memory',
  'kv-cache': 'setting up the KV cache',
  'capture-graphs': 'capturing CUDA graphs',
  serve: 'opening the API',
};

/** Tones of severities; the word is always shown too. */
export const severityTones: Readonly<Record<Finding['severity'], Tone>> = {
  critical: 'critical',
  warning: 'warning',
  info: 'accent',
};

/** Labels of plan verdicts. */
export const verdictWords: Readonly<Record<MemoryPlan['verdict'], {readonly word: string; readonly tone: Tone}>> = {
  fits: {word: 'fits', tone: 'ok'},
  tight: {word: 'tight', tone: 'warning'},
  'does-not-fit': {word: 'does not fit', tone: 'critical'},
};
