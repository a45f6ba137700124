import {findingOf} from '../../../domain/diagnosis/finding.ts';
import type {LifecycleState, RunEvent} from '../../../domain/lifecycle/lifecycle.ts';
import type {ProbeFailure} from '../../../domain/lifecycle/probe-events.ts';
import type {LaunchSettings} from '../../../domain/settings/launch-settings.ts';
import {type EngineWork, workSince} from '../../../domain/traffic/forward-progress.ts';
import {hasGenerated} from '../../../domain/traffic/own-requests/own-requests.ts';
import type {Engine} from '../../../engines/engine.ts';
import {type ProbeError, probeAllowance, probeReadiness} from '../../../sources/probe/probe-readiness.ts';
import type {WithoutTime} from '../../loop/clock.ts';
import type {Observations} from '../../snapshot/observations.ts';
import type {Observer} from '../../snapshot/observer.ts';
import {baseUrlOf} from '../watched-run.ts';
import {asOwnRequest} from './own-request.ts';

const PROBE_TIMEOUT_MS = 30_000;
/** Of an engine that is ready: two in a row without an answer are reported within a minute. */
const READY_PROBE_TIMEOUT_MS = 20_000;
const TIMED_OUT = 'engine.probe-timeout';

/** No answer is normal for a starting or busy engine; a wrong answer needs action. */
const silentCodes: ReadonlySet<string> = new Set(['engine.unreachable', TIMED_OUT, 'engine.probe-unavailable']);

export type ProbeContext = {
  /** With which the engine was started; null for none. */
  readonly apiKey: string | null;
  readonly clock: {readonly monotonicMs: () => number};
  readonly observer: Observer;
  readonly state: () => Pick<LifecycleState, 'state'>;
};

/**
 * Requests a few tokens from the engine of a run; returns the result as a lifecycle event. The request is observed as
 * Gantry's own, so that it does not count as traffic.
 */
export async function probeEngine(
  runId: string,
  engine: Engine,
  settings: LaunchSettings,
  {apiKey, clock, observer, state}: ProbeContext,
): Promise<WithoutTime<RunEvent>> {
  const sentAtMs = clock.monotonicMs();
  return await asOwnRequest<WithoutTime<RunEvent>>(observer.observe, probeAllowance, async (key) => {
    const timeoutMs = state().state === 'ready' ? READY_PROBE_TIMEOUT_MS : PROBE_TIMEOUT_MS;
    const answer = await probeReadiness({
      baseUrl: baseUrlOf(settings),
      servedModelName: settings.servedModelName,
      ...(apiKey === null ? {} : {apiKey}),
      timeoutMs,
      paths: engine.paths,
    });
    const {usage} = answer.ok ? answer.value : answer.error;
    if (answer.ok) return {answer: {type: 'probe-succeeded', runId}, usage};
    const waited =
      answer.error.code === TIMED_OUT ? {timeoutMs, meanwhile: workMeanwhile(observer.get(), key, sentAtMs)} : {};
    return {answer: {type: 'probe-failed', runId, ...failureOf(answer.error), ...waited}, usage};
  });
}

/** What the engine's counters showed since the probe was sent: for clients, or for the probe itself. */
function workMeanwhile({ownRequests, traffic}: Observations, probe: symbol, sentAtMs: number): EngineWork {
  return hasGenerated(ownRequests, probe) ? 'generated' : workSince(traffic.samples, sentAtMs);
}

function failureOf({isBrokenOutput, usage: _, ...error}: ProbeError): ProbeFailure {
  if (silentCodes.has(error.code)) return {answer: error.message};
  return {
    answer: error.message,
    finding: findingOf(error, 'critical'),
    ...(isBrokenOutput === undefined ? {} : {isBrokenOutput}),
  };
}
