import type {Snapshot} from '../../../src/api/snapshot.ts';
import type {ScenarioName} from '../../../src/simulator/node/scenarios.ts';

export const engineNames = ['vllm', 'sglang', 'llamacpp'] as const;
export type EngineName = (typeof engineNames)[number];

/** What an operator is told of a scenario, and what ends it. */
export type ScenarioRow = {
  readonly scenario: ScenarioName;
  /** The code of the cause, by engine; an engine that is not named has no such scenario. */
  readonly causes: Readonly<Partial<Record<EngineName, string>>>;
  /** From the change of the scenario until the cause is on the screen, on a machine with nothing else to do. */
  readonly withinSeconds: number;
  /** The engine is in this state when the screens are read. */
  readonly state: Snapshot['engine']['state'];
  /** The clock of the supervisor moves this far at a time while the finding is waited for: hangs take minutes. */
  readonly stepMs?: number;
  /** What ends the finding: the cause alone, or a start by force (`gantry restart`) or a restart (R) after it. */
  readonly endedBy: 'cause' | 'start' | 'restart';
};

const inAll = (code: string): ScenarioRow['causes'] => ({vllm: code, sglang: code, llamacpp: code});

/** In the order in which one running node goes through them; the first is the one that it is created with. */
export const scenarioRows: readonly ScenarioRow[] = [
  {
    scenario: 'oom-at-start',
    causes: {
      vllm: 'vllm.out-of-memory-loading',
      sglang: 'sglang.out-of-memory-loading',
      llamacpp: 'llamacpp.out-of-memory-loading',
    },
    withinSeconds: 15,
    state: 'failed',
    endedBy: 'start',
  },
  {
    scenario: 'foreign-process',
    causes: inAll('gpu.foreign-process'),
    withinSeconds: 10,
    state: 'ready',
    endedBy: 'cause',
  },
  {
    scenario: 'lost-gpu',
    causes: inAll('source.nvidia-smi.gpu-lost'),
    withinSeconds: 15,
    state: 'failed',
    endedBy: 'start',
  },
];
