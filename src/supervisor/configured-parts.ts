import {ok} from '../shared/result.ts';
import {MS_PER_HOUR} from '../shared/units.ts';
import {atBeat, atBeats} from '../sources/host/beat.ts';
import {lookUpModel} from '../sources/model-files/look-up-model.ts';
import type {SizeSources} from './cost/size/size-of-node.ts';
import {checkSize, type SizeFindings} from './cost/size/watch-size.ts';
import {followGpus} from './follow-gpus.ts';
import {createHookRunner} from './hooks/hook-runner.ts';
import {modelEnvironment} from './launch/model-environment.ts';
import type {Clock} from './loop/clock.ts';
import {homeDirectory} from './operating-user.ts';
import {createMetricsListener, type MetricsListenerOptions} from './server/metrics/metrics-listener.ts';
import type {Supervisor} from './supervisor.ts';
import type {SupervisorOptions} from './supervisor-options.ts';

/** Something that was opened, to be closed. */
export type Close = () => Promise<void> | void;

/** The GPUs are known by then, and the start of the supervisor is over. */
const FIRST_SIZE_MS = 60_000;

type OwnFindings = Pick<MetricsListenerOptions, 'onFinding' | 'onFindingOver'>;

/** What the configuration wants to run on events. Returns a stop function. */
export function runHooks(
  options: SupervisorOptions,
  {configuration, handlers}: Supervisor,
  findings: OwnFindings,
): Close {
  const hooks = createHookRunner({...options, hooks: configuration.current.hooks, ...findings});
  // From the moment they are read: an edit while the server starts is not missed.
  configuration.subscribe((now, before) => {
    if (now.hooks !== before.hooks) hooks.replace(now.hooks);
  });
  handlers.subscribeEvents(hooks.dispatch);
  // The process briefly stays for the last hooks; the next supervisor does not have to wait.
  return () => void hooks.close();
}

/** Gantry's own metrics on a port, where the configuration has one. Returns a stop function. */
export function serveMetrics(
  {configuration}: Supervisor,
  text: MetricsListenerOptions['text'],
  findings: OwnFindings,
): Close {
  const listener = createMetricsListener({...findings, text});
  listener.use(configuration.current.metricsAddress);
  configuration.subscribe(({metricsAddress}) => listener.use(metricsAddress));
  return listener.close;
}

/** The GPUs, by the nvidia-smi that the configuration names. Returns a stop function. */
export function readGpus(supervisor: Supervisor, intervalMs: number, clock: Clock): Close {
  const {configuration} = supervisor;
  const gpus = followGpus({
    executable: configuration.current.nvidiaSmiPath,
    intervalMs,
    clock,
    onEvent: (event) => supervisor.onGpuEvent(event),
  });
  configuration.subscribe((now, before) => {
    if (now.nvidiaSmiPath !== before.nvidiaSmiPath) gpus.use(now.nvidiaSmiPath);
  });
  return gpus.stop;
}

/** Once an hour whether a smaller or cheaper node would do. Returns a stop function. */
export function watchSize(
  {environment}: SupervisorOptions,
  {configuration, handlers}: Supervisor,
  clock: Clock,
  findings: SizeFindings,
): Close {
  const models = modelEnvironment({variables: environment, homeDirectory: homeDirectory()});
  const check = (): void => {
    const sources: SizeSources = {
      snapshot: handlers.getSnapshot(),
      getHistory: async (query) => ok(await handlers.getHistory(query)),
      lookUp: async (model) => {
        const found = await lookUpModel(model, models);
        return found.ok ? found.value : null;
      },
      prices: configuration.current.publishedPrices,
      nowMs: clock.nowMs(),
    };
    void checkSize(sources, findings);
  };
  const first = atBeat(FIRST_SIZE_MS, check);
  const cancel = atBeats(MS_PER_HOUR, check);
  return () => {
    first();
    cancel();
  };
}
