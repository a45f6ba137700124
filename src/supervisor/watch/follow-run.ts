import type {LifecycleState, RunEvent} from '../../domain/lifecycle/lifecycle.ts';
import type {RunIdentity} from '../../domain/lifecycle/run-identity.ts';
import {watchAccess} from '../access/watch-access.ts';
import type {ActiveConfiguration} from '../configuration/active-configuration.ts';
import type {WithoutTime} from '../loop/clock.ts';
import type {Observations} from '../snapshot/observations.ts';
import {answerOfAnother} from './endpoint/answering-program.ts';
import {watchCanary} from './endpoint/canary.ts';
import {probeEngine} from './endpoint/probe-engine.ts';
import {watchRun} from './watch-run.ts';
import type {RunSinks, WatchedRun} from './watched-run.ts';

/** A run that is watched, and can be asked for a token. */
export type FollowedRun = {
  readonly runId: string;
  /** Requests a token. What is returned posts its answer. */
  readonly probe: () => Promise<() => void>;
  readonly stop: () => void;
};

type Subject = Omit<WatchedRun, 'state' | 'configured' | 'observations'> & {
  readonly state: () => Pick<LifecycleState, 'state' | 'run' | 'readyAtMs' | 'phase'>;
  readonly observations: () => Observations;
  readonly configured: () => Pick<ActiveConfiguration, 'logLimits' | 'hooks' | 'findingThresholds'>;
};

/** Watches a run, with its canary. Generated text is an answer of its server, whoever asked for it. */
export function followRun(run: RunIdentity, subject: Subject, {post, observe}: RunSinks): FollowedRun {
  const {engine, settings, clock, state, observations, configured, apiKey} = subject;
  const {runId} = run;
  let isPortOfAnother = false;
  const watch = watchRun(run, {...subject, isPortOfAnother: () => isPortOfAnother}, {post, observe});
  const observer = {get: observations, observe};
  const ask = async (): Promise<WithoutTime<RunEvent>> => {
    const answer = await probeEngine(runId, engine, settings, {apiKey, clock, observer, state});
    const other = isAnswer(answer) ? await answerOfAnother(run, settings, state()) : null;
    isPortOfAnother = other !== null;
    if (other !== null) return {type: 'probe-failed', runId, ...other};
    if (hasGenerated(answer)) watch.generated();
    return answer;
  };
  const endAccess = watchAccess(run, {
    ...subject,
    pids: () => observations().sessionPids,
    onAccess: (access) => observe({type: 'access', access}),
  });
  const endCanary = watchCanary({
    runId,
    intervalMs: () => configured().findingThresholds.canary.intervalMs,
    clock,
    state,
    observations,
    probe: ask,
    post,
  });
  return {
    runId,
    probe: async () => {
      const answer = await ask();
      return () => post(answer);
    },
    stop: () => {
      watch.stop();
      endAccess();
      endCanary();
    },
  };
}

/** True for a response, and for counters of a server that works for others. */
function isAnswer(answer: WithoutTime<RunEvent>): boolean {
  if (answer.type !== 'probe-failed') return true;
  return answer.finding !== undefined || (answer.meanwhile !== undefined && answer.meanwhile !== 'none');
}

/** Also broken text is an answer. */
function hasGenerated(answer: WithoutTime<RunEvent>): boolean {
  return answer.type === 'probe-succeeded' || (answer.type === 'probe-failed' && answer.isBrokenOutput === true);
}
