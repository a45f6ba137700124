import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {RunEvent} from '../../domain/lifecycle/lifecycle.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import type {Engine} from '../../engines/engine.ts';
import {type ProbeError, probeReadiness} from '../../sources/probe/probe-readiness.ts';
import type {WithoutTime} from '../loop/clock.ts';
import {apiKeyOf, baseUrlOf} from './watch-run.ts';

const PROBE_TIMEOUT_MS = 30_000;

/** No answer is normal for a starting or busy engine; a wrong answer needs action. */
const silentCodes: ReadonlySet<string> = new Set([
  'engine.unreachable',
  'engine.probe-timeout',
  'engine.probe-unavailable',
]);

/** Requests a few tokens from the engine of a run; returns the result as a lifecycle event. */
export async function probeEngine(
  runId: string,
  engine: Engine,
  settings: LaunchSettings,
  environment: NodeJS.ProcessEnv,
): Promise<WithoutTime<RunEvent>> {
  const apiKey = apiKeyOf(engine, environment);
  const answer = await probeReadiness({
    baseUrl: baseUrlOf(settings),
    servedModelName: settings.servedModelName,
    ...(apiKey === null ? {} : {apiKey}),
    timeoutMs: PROBE_TIMEOUT_MS,
    paths: engine.paths,
  });
  return answer.ok ? {type: 'probe-succeeded', runId} : {type: 'probe-failed', runId, ...failureOf(answer.error)};
}

type ProbeFailure = Pick<Extract<RunEvent, {type: 'probe-failed'}>, 'answer' | 'finding' | 'isBrokenOutput'>;

function failureOf({isBrokenOutput, ...error}: ProbeError): ProbeFailure {
  if (silentCodes.has(error.code)) return {answer: error.message};
  const finding: Finding = {...error, severity: 'critical', evidence: null, settingsChange: null};
  return {answer: error.message, finding, ...(isBrokenOutput === undefined ? {} : {isBrokenOutput})};
}
