import {isServingState} from '../../../domain/lifecycle/phases.ts';
import {type MetricsSourceOptions, startMetricsSource} from '../../../sources/metrics/metrics-source.ts';
import {type HealthAnswer, probeHealth} from '../../../sources/probe/probe-health.ts';
import type {Observe} from '../../snapshot/observation.ts';
import type {ProcessLook} from '../hang-evidence.ts';
import type {RunSinks} from '../watched-run.ts';
import {baseUrlOf, type WatchedRun} from '../watched-run.ts';
import {watchAnswers} from './answer-watch.ts';
import {HEALTH_INTERVAL_MS, watchHealth} from './health-watch.ts';
import {asOwnRequest} from './own-request.ts';
import {createProgressWatch} from './progress-watch.ts';
import {createSilenceWatch} from './silence-watch.ts';

/** No response at all, or none of the engine. */
const unansweredCodes: ReadonlySet<string> = new Set([
  'source.metrics.timeout',
  'source.metrics.refused',
  'source.metrics.broken-off',
  'source.metrics.not-http',
  'source.metrics.skipped',
]);

type EndpointSinks = RunSinks & {
  readonly signal: AbortSignal;
  /** What the engine's processes do: evidence for one that does nothing. */
  readonly look: () => Promise<ProcessLook>;
};

export type EndpointWatch = {
  /** The engine has generated text for a probe. */
  readonly generated: () => void;
  readonly stop: () => void;
};

/** Watches what an engine's HTTP server says: metrics, the steps in them, health, and whether it responds at all. */
export function watchEndpoint(
  runId: string,
  subject: WatchedRun,
  {post, observe, signal, look}: EndpointSinks,
): EndpointWatch {
  const {clock, state, configured, observations} = subject;
  const isServing = (): boolean => isServingState(state().state);
  const onSilence = createSilenceWatch(
    clock,
    () => post({type: 'metrics-silent', runId}),
    () => answers.isInDoubt(),
  );
  const progress = createProgressWatch(runId, look, post);
  const answers = watchAnswers({
    runId,
    clock,
    earlier: subject.unanswered,
    isServing,
    degradedAfterMs: () => configured().findingThresholds.unreadMetrics.raiseAfterMs,
    findEvidence: look,
    observe,
    post,
  });
  const metrics = watchMetrics(subject, signal, (event) => {
    if (event.type === 'failed') {
      // An engine that does not serve yet need not answer, and that it did not is no trouble once it serves.
      if (!isServing()) return;
      if (!unansweredCodes.has(event.finding.code)) answers.responded();
      observe({type: 'metrics-failed', finding: event.finding});
      onSilence(true);
      return;
    }
    if (!isServing() && subject.isPortOfAnother?.() === true) return;
    onSilence(false);
    answers.responded();
    observe({type: 'metrics', sample: event.sample, finding: event.finding});
    progress(observations().stall.stall);
  });
  const health = watchHealth({
    clock,
    state,
    ask: () => askHealth(subject, observe),
    isInDoubt: answers.isInDoubt,
    onResponse: answers.responded,
    observe,
  });
  return {
    generated: answers.generated,
    stop: () => {
      metrics.stop();
      answers.stop();
      health();
    },
  };
}

async function askHealth({settings, engine}: WatchedRun, observe: Observe): Promise<HealthAnswer> {
  const {paths, healthUsage} = engine;
  const ask = () => probeHealth({baseUrl: baseUrlOf(settings), path: paths.health, timeoutMs: HEALTH_INTERVAL_MS});
  if (healthUsage === null) return await ask();
  return await asOwnRequest(observe, healthUsage, async () => ({answer: await ask(), usage: null}));
}

function watchMetrics(
  {settings, engine, apiKey, clock}: WatchedRun,
  signal: AbortSignal,
  onEvent: MetricsSourceOptions['onEvent'],
): {readonly stop: () => void} {
  const baseUrl = baseUrlOf(settings);
  const {kvPage} = engine;
  return startMetricsSource({
    url: `${baseUrl}${engine.paths.metrics}`,
    kvPage:
      kvPage === null ? null : {url: `${baseUrl}${kvPage.path}`, readUsage: (page) => kvPage.readUsage(page, settings)},
    mapMetrics: engine.mapMetrics,
    readsSeries: engine.readsSeries,
    // Some engines require the API key for their metrics.
    headers: apiKey === null ? {} : {authorization: `Bearer ${apiKey}`},
    clock,
    signal,
    onEvent,
  });
}
