import type {Finding} from '../../../domain/diagnosis/finding.ts';
import type {RunEvent} from '../../../domain/lifecycle/lifecycle.ts';
import type {ProbeFailure} from '../../../domain/lifecycle/probe-events.ts';
import type {LaunchSettings} from '../../../domain/settings/launch-settings.ts';
import type {EngineWork} from '../../../domain/traffic/forward-progress.ts';
import type {Engine} from '../../../engines/engine.ts';
import {type ProbeError, probeReadiness} from '../../../sources/probe/probe-readiness.ts';
import type {WithoutTime} from '../../loop/clock.ts';
import {apiKeyOf, baseUrlOf} from '../watched-run.ts';

const PROBE_TIMEOUT_MS = 30_000;
const TIMED_OUT = 'engine.probe-timeout';

/** No answer is normal for a starting or busy engine; a wrong answer needs action. */
const silentCodes: ReadonlySet<string> = new Set(['engine.unreachable', TIMED_OUT, 'engine.probe-unavailable']);

export type ProbeContext = {
  readonly environment: NodeJS.ProcessEnv;
  /** What the engine's counters showed since the probe was sent. */
  readonly workMeanwhile: () => EngineWork;
};

/** Requests a few tokens from the engine of a run; returns the result as a lifecycle event. */
export async function probeEngine(
  runId: string,
  engine: Engine,
  settings: LaunchSettings,
  {environment, workMeanwhile}: ProbeContext,
): Promise<WithoutTime<RunEvent>> {
  const apiKey = apiKeyOf(engine, environment);
  const answer = await probeReadiness({
    baseUrl: baseUrlOf(settings),
    servedModelName: settings.servedModelName,
    ...(apiKey === null ? {} : {apiKey}),
    timeoutMs: PROBE_TIMEOUT_MS,
    paths: engine.paths,
  });
  if (answer.ok) return {type: 'probe-succeeded', runId};
  const meanwhile = answer.error.code === TIMED_OUT ? {meanwhile: workMeanwhile()} : {};
  return {type: 'probe-failed', runId, ...failureOf(answer.error), ...meanwhile};
}

function failureOf({isBrokenOutput, ...error}: ProbeError): ProbeFailure {
  if (silentCodes.has(error.code)) return {answer: error.message};
  const finding: Finding = {...error, severity: 'critical', evidence: null, settingsChange: null};
  return {answer: error.message, finding, ...(isBrokenOutput === undefined ? {} : {isBrokenOutput})};
}
