import {BYTES_PER_GIB} from '../../shared/units.ts';
import {findGpuType} from '../node/gpu-catalog.ts';
import {readSimulatedNode, simulatedNodeDirectory} from '../node/node-directory.ts';
import {CardUse, isPortClaimed} from '../process/card-use.ts';
import {playSteps} from '../process/play-steps.ts';
import {writeAll} from '../process/write-all.ts';
import {LiveSglang} from './live.ts';
import {print, say} from './log.ts';
import {layOutSglang} from './memory.ts';
import {parseSglangOptions} from './options.ts';
import {startSchedulers} from './schedulers.ts';
import {sglangSteps} from './start.ts';

/** What is left of a card in a scenario in which nothing remains for the KV pool. */
const KV_TOO_SMALL_OVERHEAD_BYTES = 60 * BYTES_PER_GIB;

/** `sglang serve`: from the command line to its end, which is a signal to itself unless it ends before its start. */
export async function runSglang(words: readonly string[]): Promise<number> {
  const options = parseSglangOptions(words);
  if (typeof options === 'string') {
    writeAll(2, options);
    return 2;
  }
  const directory = simulatedNodeDirectory(process.env);
  const node = readSimulatedNode(directory);
  if (isPortClaimed(directory, options.port)) return portInUse(options.port);
  const overheadBytes = node.scenario === 'kv-too-small' ? KV_TOO_SMALL_OVERHEAD_BYTES : 0;
  const memory = layOutSglang(options, findGpuType(node.gpuName), overheadBytes);
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
    // While it loads, a signal ends everything at once.
    cards.release();
    killTree();
  };
  process.on('SIGTERM', onSignal);
  const steps = sglangSteps({
    options,
    memory,
    cards,
    speed: node.speed,
    failsAtCapture: node.scenario === 'oom-at-start',
    openPort: () => {
      void live.open().then((isOpen) => {
        if (isOpen) return;
        say(
          `ERROR:    [Errno 98] error while attempting to bind on address ('${options.host}', ${options.port}): address already in use`,
        );
        onSignal();
      });
    },
    fail: () => {
      isFailed = true;
      cards.release();
      killTree();
    },
  });
  const isUp = await playSteps(steps, node.speed, () => isFailed);
  process.off('SIGTERM', onSignal);
  if (isUp) live.serve();
  // Nobody resolves this: every end of a running engine is a signal to itself.
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
