import {findGpuType} from '../node/gpu-catalog.ts';
import {memoryFault} from '../node/memory-faults.ts';
import {readSimulatedNode, simulatedNodeDirectory} from '../node/node-directory.ts';
import {CardUse, heldByOthers, isPortClaimed} from '../process/card-use.ts';
import {playSteps} from '../process/play-steps.ts';
import {StartClock} from '../process/start-clock.ts';
import {writeAll} from '../process/write-all.ts';
import {LiveSglang} from './live.ts';
import {layOutSglang} from './memory-layout.ts';
import {parseSglangOptions} from './options.ts';
import {print, say} from './print-log.ts';
import {startSchedulers} from './schedulers.ts';
import {sglangSteps} from './start.ts';

/** `sglang serve`: from the command line to its exit, which is a signal to itself except before its start. */
export async function runSglang(argv: readonly string[]): Promise<number> {
  const options = parseSglangOptions(argv);
  if (typeof options === 'string') {
    writeAll(2, options);
    return 2;
  }
  const directory = simulatedNodeDirectory(process.env);
  const node = readSimulatedNode(directory);
  if (isPortClaimed(directory, node, options.port)) return portInUse(options.port);
  const memory = layOutSglang(options, findGpuType(node.gpuName), memoryFault(node.scenario, 'sglang'));
  const cards = new CardUse({directory, port: options.port, totalBytes: memory.totalBytes});
  const schedulers = startSchedulers(options.tensorParallelSize);
  cards.attach(schedulers.pids.map((pid, gpuIndex) => ({pid, name: `sglang::scheduler_TP${gpuIndex}`, gpuIndex})));
  const killTree = (): void => {
    for (const pid of schedulers.pids) process.kill(pid, 'SIGKILL');
    process.kill(process.pid, 'SIGKILL');
  };
  const live = new LiveSglang({node, options, memory, cards, schedulers, killTree});
  let isFailed = false;
  const onSignal = (): void => {
    // While it loads, a signal ends everything immediately.
    cards.release();
    killTree();
  };
  process.on('SIGTERM', onSignal);
  const steps = sglangSteps({
    options,
    memory,
    cards,
    speed: node.speed,
    gpuCount: node.gpuCount,
    heldByOthersBytes: Math.max(...heldByOthers(directory, node).slice(0, options.tensorParallelSize), 0),
    isSharedMemoryFull: node.scenario === 'shared-memory-full',
    openPort: async () => {
      if (await live.open()) return;
      say(
        `ERROR:    [Errno 98] error while attempting to bind on address ('${options.host}', ${options.port}): address already in use`,
      );
      onSignal();
    },
    fail: () => {
      isFailed = true;
      cards.release();
      killTree();
    },
  });
  const isUp = await playSteps(steps, new StartClock({directory, speed: node.speed}), () => isFailed);
  process.off('SIGTERM', onSignal);
  if (isUp) live.serve();
  // Never resolved: every exit of a running engine is a signal to itself.
  return new Promise<number>(() => undefined);
}

function portInUse(port: number): number {
  for (const line of [
    'Traceback (most recent call last):',
    '  File "/usr/local/lib/python3.12/dist-packages/sglang/srt/server_args.py", line 9963, in check_port',
    '    raise ValueError(',
    `ValueError: Port ${port} is already in use. Please choose a different port.`,
  ]) {
    print(line);
  }
  return 1;
}
