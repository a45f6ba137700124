import {BYTES_PER_GIB, BYTES_PER_MIB} from '../../../shared/units.ts';
import {findGpuType} from '../../node/gpu-catalog.ts';
import {
  type EngineProcess,
  readEngineStates,
  removeDeadEngines,
  removeEngineState,
  type SimulatedNode,
  writeEngineState,
} from '../../node/node-directory.ts';
import {isSameProcess, readStartTicks} from '../../node/process-identity.ts';
import {foreignProcess} from '../../node/scenarios.ts';
import type {ServeOptions} from '../flags.ts';
import {layOutMemory, type MemoryLayout, workerBytes} from '../memory.ts';
import type {CoreHandle} from './core-handle.ts';

/** What this engine holds of the cards, and how busy it keeps them: written for the simulated nvidia-smi to read. */
export class CardUse {
  readonly #directory: string;
  readonly #port: number;
  readonly #layout: MemoryLayout;
  readonly #startTicks = readStartTicks(process.pid) ?? 0;
  #core: CoreHandle | null = null;
  #processes: readonly Omit<EngineProcess, 'usedMib'>[] = [];
  #bytes = 0;
  #activity = {activityRatio: 0, prefillRatio: 0};

  constructor(parts: {directory: string; port: number; layout: MemoryLayout}) {
    this.#directory = parts.directory;
    this.#port = parts.port;
    this.#layout = parts.layout;
    removeDeadEngines(parts.directory);
    this.#write();
  }

  /** The workers are up: what is held from now on is theirs. */
  attach(core: CoreHandle): void {
    this.#core = core;
    this.#processes = core.workerPids.map((pid, gpuIndex) => ({
      pid,
      startTicks: readStartTicks(pid) ?? 0,
      name: `VLLM::Worker_TP${gpuIndex}`,
      gpuIndex,
    }));
  }

  /** Holds what this stage of the start needs. */
  hold(stage: 'context' | 'weights' | 'serving', ratio: number): void {
    this.#bytes = workerBytes(this.#layout, stage, ratio);
    // Loading keeps the copy engines busy, not the multiprocessors; capturing graphs does run kernels.
    this.#activity = {activityRatio: stage === 'serving' ? 0.35 : stage === 'weights' ? 0.03 : 0, prefillRatio: 0};
    this.#write();
  }

  /** Takes more than planned: a leak. Returns the bytes that remain free on the card. */
  grow(bytes: number): number {
    this.#bytes = Math.min(this.#layout.totalBytes, this.#bytes + bytes);
    this.#write();
    return this.#layout.totalBytes - this.#bytes;
  }

  /** How busy the cards are, 0..1, and how much of it is prefill. */
  work(activityRatio: number, prefillRatio: number): void {
    this.#activity = {activityRatio, prefillRatio};
    this.#write();
  }

  /** The engine has ended; its processes are gone. */
  release(): void {
    removeEngineState(this.#directory, process.pid);
  }

  #write(): void {
    writeEngineState(this.#directory, {
      pid: process.pid,
      startTicks: this.#startTicks,
      port: this.#port,
      updatedAtMs: Date.now(),
      ...this.#activity,
      processes:
        this.#core === null || this.#bytes === 0
          ? []
          : this.#processes.map((holder) => ({...holder, usedMib: this.#bytes / BYTES_PER_MIB})),
    });
  }
}

/** Bytes that others hold on each card now: engines that are still there, and a stranger in its scenario. */
export function heldByOthers(directory: string, node: SimulatedNode): readonly number[] {
  const held = Array.from({length: node.gpuCount}, () => 0);
  const add = (index: number, mib: number): void => {
    held[index] = (held[index] ?? 0) + mib * BYTES_PER_MIB;
  };
  for (const engine of readEngineStates(directory)) {
    if (engine.pid === process.pid) continue;
    for (const holder of engine.processes) add(holder.gpuIndex, holder.usedMib);
  }
  if (node.scenario === 'foreign-process') add(foreignProcess.gpuIndex, foreignProcess.usedMib);
  return held;
}

/** Another simulated engine that means to serve on this port and still starts: its port is bound but not listening. */
export function isPortClaimed(directory: string, port: number): boolean {
  return readEngineStates(directory).some(
    (engine) => engine.port === port && engine.pid !== process.pid && isSameProcess(engine.pid, engine.startTicks),
  );
}

/** What is left of a card for a scenario in which one request of full length no longer fits. */
const KV_TOO_SMALL_OVERHEAD_BYTES = 44 * BYTES_PER_GIB;

/** The memory of this engine on this node. */
export function layoutFor(options: ServeOptions, node: SimulatedNode): MemoryLayout {
  return layOutMemory({
    gpu: findGpuType(node.gpuName),
    tensorParallelSize: options.tensorParallelSize,
    decodeContextParallelSize: options.decodeContextParallelSize,
    gpuMemoryUtilization: options.gpuMemoryUtilization,
    kvCacheDtype: options.kvCacheDtype,
    blockSize: options.blockSize,
    vision: options.vision,
    maxModelLen: options.maxModelLen,
    extraOverheadBytes: node.scenario === 'kv-too-small' ? KV_TOO_SMALL_OVERHEAD_BYTES : 0,
  });
}
