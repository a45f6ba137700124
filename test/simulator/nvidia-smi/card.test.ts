import {describe, expect, test} from 'vitest';
import {BYTES_PER_MIB} from '../../../src/shared/units.ts';
import type {EngineState, SimulatedNode} from '../../../src/simulator/node/node-directory.ts';
import {gpuLostAtMs} from '../../../src/simulator/node/scenarios.ts';
import {cardsAt} from '../../../src/simulator/nvidia-smi/card.ts';
import {cellText, findQueryField, mibText} from '../../../src/simulator/nvidia-smi/query-cells.ts';

const node: SimulatedNode = {
  gpuName: 'NVIDIA H200',
  gpuCount: 8,
  driverVersion: '580.105.08',
  cudaVersion: '13.0',
  scenario: 'steady',
  speed: 20,
  startedAtMs: 0,
  seed: 1,
};

function busyEngine(updatedAtMs: number): EngineState {
  const processes = Array.from({length: 8}, (_, gpuIndex) => ({
    pid: 100 + gpuIndex,
    startTicks: 1,
    name: `VLLM::Worker_TP${gpuIndex}`,
    gpuIndex,
    usedMib: 130_000,
  }));
  return {pid: 99, startTicks: 1, port: 8000, updatedAtMs, activityRatio: 0.95, prefillRatio: 0.2, processes};
}

describe('cardsAt', () => {
  test('shows idle cards, with the CUDA total as free', () => {
    for (const card of cardsAt(node, [], 1_000)) {
      expect([mibText(card.type.totalBytes), mibText(card.usedBytes), mibText(card.freeBytes)]).toEqual([
        '143771',
        '0',
        '143161',
      ]);
      expect(card.utilizationRatio).toBe(0);
      expect(card.powerDrawWatts).toBeLessThan(90);
    }
  });

  test('shows the use of the workers, and total as the sum of reserved, used and free', () => {
    const [card] = cardsAt(node, [busyEngine(1_000)], 1_000);
    if (card === undefined) throw new Error('no card');
    expect(card.usedBytes / BYTES_PER_MIB).toBeGreaterThan(130_000);
    expect(card.type.reservedBytes + card.usedBytes + card.freeBytes).toBe(card.type.totalBytes);
    expect(card.utilizationRatio).toBeGreaterThan(0.9);
    expect(card.powerDrawWatts).toBeGreaterThan(300);
  });

  test('keeps the memory of an engine whose server has exited, but not its load', () => {
    const [card] = cardsAt(node, [busyEngine(1_000)], 60_000);
    expect(card?.usedBytes).toBeGreaterThan(0);
    expect(card?.utilizationRatio).toBe(0);
  });

  test('is the same for the same time and changes every second', () => {
    expect(cardsAt(node, [busyEngine(1_000)], 1_500)).toEqual(cardsAt(node, [busyEngine(1_000)], 1_500));
    const draws = [1_000, 2_000, 3_000].map((nowMs) => cardsAt(node, [busyEngine(nowMs)], nowMs)[0]?.powerDrawWatts);
    expect(new Set(draws).size).toBe(3);
  });

  test('loses the card shortly after a running node changed to the scenario', () => {
    const changed = {...node, scenario: 'lost-gpu', scenarioSinceMs: 5_000_000} as const;
    expect(gpuLostAtMs(changed)).toBeGreaterThan(5_000_000);
    expect(gpuLostAtMs(changed) - 5_000_000).toBe(gpuLostAtMs({...changed, scenarioSinceMs: 0}));
  });

  test('permanently loses card 3 in its scenario', () => {
    const lossy = {...node, scenario: 'lost-gpu'} as const;
    const lost = (nowMs: number): readonly number[] =>
      cardsAt(lossy, [], nowMs).flatMap(({isLost, index}) => (isLost ? [index] : []));
    expect(lost(gpuLostAtMs(lossy) - 1)).toEqual([]);
    expect(lost(gpuLostAtMs(lossy))).toEqual([3]);
    const card = cardsAt(lossy, [], gpuLostAtMs(lossy))[3];
    const cell = (name: string): string => {
      const field = findQueryField(name);
      if (card === undefined || field === undefined) throw new Error(`no card or no field ${name}`);
      return cellText(field, {node: lossy, card, timestamp: 'now'}, true);
    };
    expect(['index', 'memory.used', 'power.draw', 'pstate', 'gpu_recovery_action'].map(cell)).toEqual([
      '3',
      '[GPU is lost]',
      '[GPU is lost]',
      'P0',
      'Reboot',
    ]);
  });

  test('shows a foreign process on card 5 in its scenario', () => {
    const cards = cardsAt({...node, scenario: 'foreign-process'}, [], 1_000);
    expect(cards.flatMap(({processes, index}) => processes.map(({name}) => [index, name]))).toEqual([
      [5, '/opt/conda/envs/eval/bin/python'],
    ]);
    expect(cards[5]?.usedBytes).toBeGreaterThan(0);
  });
});

test('the GPU of slow-gpu is slowed by heat while it works, and has half of its lanes', () => {
  const slow = {...node, scenario: 'slow-gpu'} as const;
  const read = (now: number, engines: readonly EngineState[]) => {
    const card = cardsAt(slow, engines, now)[6];
    if (card === undefined) throw new Error('no such card');
    const cell = (name: string): string => {
      const field = findQueryField(name);
      return field === undefined ? '' : cellText(field, {node: slow, card, timestamp: ''}, false);
    };
    return ['clocks.sm', 'clocks_event_reasons.hw_thermal_slowdown', 'pcie.link.width.current'].map(cell);
  };
  expect(read(1_000, [busyEngine(1_000)])).toEqual(['1228', 'Active', '8']);
  expect(read(1_000, [])).toEqual(['345', 'Not Active', '8']);
});
