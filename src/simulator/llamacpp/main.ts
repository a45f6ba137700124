import {findGpuType} from '../node/gpu-catalog.ts';
import {memoryFault} from '../node/memory-faults.ts';
import {readSimulatedNode, simulatedNodeDirectory} from '../node/node-directory.ts';
import {CardUse, heldByOthers, isPortClaimed} from '../process/card-use.ts';
import {playSteps} from '../process/play-steps.ts';
import {StartClock} from '../process/start-clock.ts';
import {writeAll} from '../process/write-all.ts';
import {LiveLlama} from './live.ts';
import {type LlamaMemory, layOutLlama} from './memory-layout.ts';
import {type LlamaOptions, parseLlamaOptions} from './options.ts';
import {createLlamaLog, LLAMA_BUILD, LLAMA_COMMIT, type LlamaLog} from './print-log.ts';
import {type LlamaStart, llamaSteps} from './start.ts';

process.exit(await run(process.argv.slice(2)));

async function run(argv: readonly string[]): Promise<number> {
  if (argv[0] === '--version') {
    process.stderr.write(`version: ${LLAMA_BUILD} (${LLAMA_COMMIT})\nbuilt with GNU 12.2.0 for Linux x86_64\n`);
    return 0;
  }
  const options = parseLlamaOptions(argv, process.env);
  if (typeof options === 'string') {
    writeAll(2, options);
    return 1;
  }
  return serve(options);
}

async function serve(options: LlamaOptions): Promise<number> {
  const directory = simulatedNodeDirectory(process.env);
  const node = readSimulatedNode(directory);
  const log = createLlamaLog(options.verbosity);
  if (isPortClaimed(directory, node, options.port)) return portInUse(options, log);
  const memory = layOutLlama(options, findGpuType(node.gpuName), memoryFault(node.scenario, 'llamacpp'));
  const cards = new CardUse({directory, port: options.port, totalBytes: memory.totalBytes});
  cards.attach(
    Array.from({length: options.cardCount}, (_, gpuIndex) => ({pid: process.pid, name: 'llama-server', gpuIndex})),
  );
  try {
    const live = new LiveLlama({node, options, memory, cards, log});
    if (!(await live.open())) return portInUse(options, log);
    let isFailed = false;
    const fail = (): void => {
      isFailed = true;
    };
    const held = heldByOthers(directory, node);
    const failure = failureOf(options, memory, held);
    const steps = llamaSteps({options, memory, cards, log, heldByOthersBytes: held, failure, fail});
    // While it loads, a signal ends it like any program.
    const isUp = await playSteps(steps, new StartClock({directory, speed: node.speed}), () => isFailed);
    return isUp ? await live.serve() : 1;
  } finally {
    cards.release();
  }
}

/** What does not fit on some GPU, in order of allocation. */
function failureOf(options: LlamaOptions, memory: LlamaMemory, held: readonly number[]): LlamaStart['failure'] {
  if (!/gguf/i.test(options.model)) return 'missing';
  const rooms = memory.weightsBytes.map(
    (weights, card) => memory.totalBytes - (held[card] ?? 0) - memory.contextBytes - weights,
  );
  const lacks = (needs: (card: number) => number): boolean => rooms.some((room, card) => room < needs(card));
  if (lacks(() => 0)) return 'weights';
  if (lacks((card) => memory.cacheBytes[card] ?? 0)) return 'cache';
  return lacks((card) => (memory.cacheBytes[card] ?? 0) + memory.computeBytes) ? 'compute' : null;
}

function portInUse({host, port}: LlamaOptions, log: LlamaLog): number {
  log.line(0, 'E', `srv         start: couldn't bind HTTP server socket, hostname: ${host}, port: ${port}`);
  log.line(3, 'I', 'srv    operator(): operator(): cleaning up before exit...');
  log.line(0, 'E', 'srv  llama_server: exiting due to HTTP server error');
  return 1;
}
