import type {Snapshot} from '../../src/api/snapshot.ts';
import {BYTES_PER_GIB} from '../../src/shared/units.ts';

/** How the engine of the loaded node was started: its command, its phases, and its processes. */
export function startedEngine(
  startedAtMs: number,
  model: string,
): Pick<Snapshot['engine'], 'command' | 'startPhases' | 'processes'> {
  return {command: commandOf(model), startPhases: startPhases(startedAtMs), processes: processes(startedAtMs)};
}

/** The command of the loaded node, with a key in its environment. */
const commandOf = (model: string): Snapshot['engine']['command'] => [
  [
    'VLLM_NO_USAGE_STATS=1',
    'HF_HUB_OFFLINE=1',
    `VLLM_API_KEY="\${VLLM_API_KEY:?}"`,
    '/opt/vllm/bin/vllm',
    'serve',
    model,
  ],
  ['--served-model-name', 'kimi-k2.7-code'],
  ['--host', '127.0.0.1'],
  ['--port', '8000'],
  ['--tensor-parallel-size', '8'],
  ['--max-model-len', '262144'],
  ['--gpu-memory-utilization', '0.92'],
  ['--max-num-seqs', '64'],
  ['--mm-encoder-tp-mode', 'data'],
  ['--hf-overrides', '\'{"rope_theta": 50000}\''],
];

function startPhases(engineStartedAtMs: number): Snapshot['engine']['startPhases'] {
  const durations = [
    ['launch', 14, 13, 13],
    ['resolve', 21, 19, 20],
    ['load-weights', 362, 371, 368],
    ['compile', 74, 71, 70],
    ['profile', 22, 22, 23],
    ['kv-cache', 6, 6, 6],
    ['capture-graphs', 29, 28, 28],
    ['serve', 12, 12, 12],
  ] as const;
  let startedAtMs = engineStartedAtMs;
  return durations.map(([phase, seconds, last, usual]) => {
    const began = startedAtMs;
    startedAtMs += seconds * 1000;
    return {phase, startedAtMs: began, durationMs: seconds * 1000, lastMs: last * 1000, usualMs: usual * 1000};
  });
}

/** The shim, the server, its core, and a worker for each card. */
function processes(engineStartedAtMs: number): Extract<Snapshot['engine']['processes'], readonly unknown[]> {
  const process = (pid: number, parentPid: number, name: string, gib: number, afterSeconds: number) => ({
    ...{pid, parentPid, name, state: 'S', residentBytes: Math.round(gib * BYTES_PER_GIB)},
    ...{startedAtMs: engineStartedAtMs + afterSeconds * 1000, isShim: pid === 4241},
  });
  return [
    process(4241, 4100, 'sh', 0.01, 0),
    process(4242, 4241, 'python3 vllm', 3.1, 0),
    process(4290, 4242, 'VLLM::EngineCore', 6.4, 9),
    ...Array.from({length: 8}, (_, index) => process(4300 + index, 4290, `VLLM::Worker_TP${index}`, 14.2, 16)),
    process(4310, 4242, 'python3 -m multiprocessing.resource_tracker', 0.02, 17),
  ];
}
