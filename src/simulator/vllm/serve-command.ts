import {createServer} from 'node:net';
import {setTimeout as delay} from 'node:timers/promises';
import {findGpuType} from '../node/gpu-catalog.ts';
import {memoryFault} from '../node/memory-faults.ts';
import {readSimulatedNode, type SimulatedNode, simulatedNodeDirectory} from '../node/node-directory.ts';
import {NOMINAL_START_MS} from '../node/scenarios.ts';
import {isGpuLost} from '../nvidia-smi/card.ts';
import {CardUse, heldByOthers, isPortClaimed} from '../process/card-use.ts';
import {StartClock} from '../process/start-clock.ts';
import {writeAll} from '../process/write-all.ts';
import {parseServeArguments, type ServeOptions, withGpuDefaults} from './flags.ts';
import {layOutMemory, type MemoryLayout, workerBytes} from './memory-layout.ts';
import {type CoreHandle, startCore} from './process/core-handle.ts';
import {createLogSink, type LogSink} from './process/log-sink.ts';
import {LiveEngine} from './serve/live-engine.ts';
import {routeLines} from './serve/routes.ts';
import {configProblem} from './start/config-problem.ts';
import {apiServerTraceback, configTraceback, portInUseTraceback, traceback} from './start/failure-texts.ts';
import {apiServer} from './start/print-log.ts';
import {openingSteps, planStart} from './start/start-plan.ts';
import type {StartAction, StartStep} from './start/start-step.ts';

/** Everything that a start needs and creates. */
type Start = {
  readonly directory: string;
  readonly node: SimulatedNode;
  readonly options: ServeOptions;
  readonly layout: MemoryLayout;
  readonly sink: LogSink;
  readonly cards: CardUse;
  core: CoreHandle | null;
};

/** `vllm serve`: from the command line to the exit status. */
export async function runServe(argv: readonly string[]): Promise<number> {
  const parsed = parseServeArguments(argv, process.env);
  if (!parsed.ok) {
    writeAll(2, parsed.error);
    return 2;
  }
  const directory = simulatedNodeDirectory(process.env);
  const node = readSimulatedNode(directory);
  const options = withGpuDefaults(parsed.value, findGpuType(node.gpuName));
  let core: CoreHandle | null = null;
  const sink = createLogSink(() => ({
    apiServer: process.pid,
    engineCore: core?.pid ?? 0,
    workers: core?.workerPids ?? [],
  }));
  if (isPortClaimed(directory, node, options.port) || !(await isPortFree(options))) {
    for (const {action} of openingSteps(options)) {
      if (action.type === 'log') sink.log(action.from, action.level, action.place, action.text);
    }
    return failBeforeStart(sink, portInUseTraceback());
  }
  const layout = layoutFor(options, node);
  const cards = new CardUse({directory, port: options.port, totalBytes: layout.totalBytes});
  const start: Start = {
    directory,
    node,
    options,
    layout,
    sink,
    cards,
    get core() {
      return core;
    },
    set core(handle) {
      core = handle;
    },
  };
  try {
    return await startAndServe(start);
  } finally {
    cards.release();
  }
}

async function startAndServe(start: Start): Promise<number> {
  const {node, options, layout, sink} = start;
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.on('SIGTERM', interrupt);
  process.on('SIGINT', interrupt);
  const visible = Array.from({length: node.gpuCount}, (_, index) => index).filter(
    (index) => !isGpuLost(node, index, Date.now()),
  );
  const problem = configProblem(options, visible.length);
  if (problem !== null) {
    await delay(6_000 / node.speed);
    return failBeforeStart(sink, configTraceback(problem));
  }
  const steps = planStart({
    options,
    layout,
    speed: node.speed,
    heldByOthersBytes: heldByOthers(start.directory, node),
    isSharedMemoryFull: node.scenario === 'shared-memory-full',
    routes: routeLines,
  });
  const outcome = await play(start, steps, stop.signal);
  process.off('SIGTERM', interrupt);
  process.off('SIGINT', interrupt);
  if (outcome === 'ready' && start.core !== null) {
    const engine = new LiveEngine({...start, core: start.core, gpu: findGpuType(node.gpuName)});
    return engine.serve();
  }
  return outcome === 'interrupted' ? endInterrupted(start) : endFailed(start);
}

/** Plays the start in its own time, divided by the node's speed. */
async function play(
  start: Start,
  steps: readonly StartStep[],
  signal: AbortSignal,
): Promise<'ready' | 'failed' | 'interrupted'> {
  const clock = new StartClock({directory: start.directory, speed: start.node.speed});
  let isCoreGone = false;
  for (const step of steps.toSorted((left, right) => left.atMs - right.atMs)) {
    await clock.reach(step.atMs, () => signal.aborted || isCoreGone);
    if (signal.aborted) return 'interrupted';
    if (isCoreGone || step.action.type === 'fail') return 'failed';
    if (step.action.type === 'ready') return 'ready';
    if (step.action.type === 'spawn-core') {
      start.core = await startCore(start.options.tensorParallelSize);
      start.cards.attach(
        start.core.workerPids.map((pid, gpuIndex) => ({pid, name: `VLLM::Worker_TP${gpuIndex}`, gpuIndex})),
      );
      void start.core.ended.then(() => {
        isCoreGone = true;
      });
      continue;
    }
    perform(start, step.action);
  }
  throw new Error(`A start ends in readiness or failure, within ${NOMINAL_START_MS} ms of its own time.`);
}

/** Loading uses the copy engines, not the multiprocessors; capturing graphs runs kernels. */
const startActivity = {context: 0, weights: 0.03, serving: 0.35} as const;

function perform({sink, cards, layout}: Start, action: StartAction): void {
  if (action.type === 'log') sink.log(action.from, action.level, action.place, action.text);
  else if (action.type === 'print')
    sink.print(action.from, action.stream, action.text.replace('{pid}', String(process.pid)));
  else if (action.type === 'redraw') sink.redraw(action.from, action.text, action);
  else if (action.type === 'hold-memory')
    cards.hold(workerBytes(layout, action.stage, action.ratio), startActivity[action.stage]);
}

function failBeforeStart(sink: LogSink, lines: readonly string[]): number {
  for (const line of lines.flatMap((text) => text.split('\n'))) sink.print(apiServer, 'stderr', line);
  return 1;
}

async function endFailed({core, sink}: Start): Promise<number> {
  core?.order('crash');
  await core?.ended;
  return failBeforeStart(sink, apiServerTraceback());
}

/** SIGTERM while loading raises KeyboardInterrupt in vLLM's main thread. */
async function endInterrupted({core, sink}: Start): Promise<number> {
  const lines = traceback(
    [['entrypoints/cli/serve.py', 151, 'cmd', 'uvloop.run(run_server(args))']],
    'KeyboardInterrupt: terminated',
  );
  core?.order('stop');
  await core?.ended;
  return failBeforeStart(sink, lines);
}

/**
 * Whether the port can be bound now. Node cannot bind without listening, so the port is closed again until readiness.
 */
function isPortFree({host, port}: ServeOptions): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, host ?? '0.0.0.0', () => probe.close(() => resolve(true)));
  });
}

/** The memory of this engine on this node. */
function layoutFor(options: ServeOptions, node: SimulatedNode): MemoryLayout {
  return layOutMemory({...options, gpu: findGpuType(node.gpuName), fault: memoryFault(node.scenario, 'vllm')});
}
