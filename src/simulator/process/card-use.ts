import {errorCode} from '../../shared/error-code.ts';
import {BYTES_PER_MIB} from '../../shared/units.ts';
import {
  claimedPort,
  type EngineProcess,
  readEngineStates,
  readSimulatedNode,
  removeDeadEngines,
  removeEngineState,
  type SimulatedNode,
  writeEngineState,
} from '../node/node-directory.ts';
import {isSameProcess, readStartTicks} from '../node/process-start.ts';
import {foreignProcess} from '../node/scenarios.ts';

/** A process that uses GPU memory. */
export type CardHolder = Pick<EngineProcess, 'pid' | 'name' | 'gpuIndex'>;

/** This engine's GPU memory and utilization, written for the simulated nvidia-smi. */
export class CardUse {
  readonly #directory: string;
  readonly #port: number;
  readonly #totalBytes: number;
  readonly #startTicks = readStartTicks(process.pid) ?? 0;
  #holders: readonly Omit<EngineProcess, 'usedMib'>[] = [];
  #bytes = 0;
  #activity = {activityRatio: 0, prefillRatio: 0};

  /** `totalBytes` is the CUDA total of each GPU. */
  constructor(parts: {directory: string; port: number; totalBytes: number}) {
    this.#directory = parts.directory;
    this.#port = parts.port;
    this.#totalBytes = parts.totalBytes;
    removeDeadEngines(parts.directory);
    this.#write();
  }

  /** The node as it is now: its scenario may have changed. */
  readNode(): SimulatedNode {
    return readSimulatedNode(this.#directory);
  }

  /** The workers are running: memory belongs to them from now on. */
  attach(holders: readonly CardHolder[]): void {
    this.#holders = holders.map((holder) => ({...holder, startTicks: readStartTicks(holder.pid) ?? 0}));
  }

  /** Sets each holder's memory and utilization, 0..1. */
  hold(bytes: number, activityRatio: number): void {
    this.#bytes = bytes;
    this.#activity = {activityRatio, prefillRatio: 0};
    this.#write();
  }

  /** Allocates more than planned: a leak. Returns the free bytes on the GPU. */
  grow(bytes: number): number {
    this.#bytes = Math.min(this.#totalBytes, this.#bytes + bytes);
    this.#write();
    return this.freeBytes;
  }

  /** Memory of a GPU not used by this engine. */
  get freeBytes(): number {
    return this.#totalBytes - this.#bytes;
  }

  /** GPU utilization, 0..1, and how much of it is prefill. */
  work(activityRatio: number, prefillRatio: number): void {
    this.#activity = {activityRatio, prefillRatio};
    this.#write();
  }

  /** The engine has exited; its processes are gone. */
  release(): void {
    removeEngineState(this.#directory, process.pid);
  }

  /** A full or read-only disk does not free GPU memory: the last written state is still nearly right. */
  #write(): void {
    try {
      this.#writeState();
    } catch (error) {
      const code = errorCode(error);
      if (code !== 'ENOSPC' && code !== 'EROFS') throw error;
    }
  }

  #writeState(): void {
    writeEngineState(this.#directory, {
      pid: process.pid,
      startTicks: this.#startTicks,
      port: this.#port,
      updatedAtMs: Date.now(),
      ...this.#activity,
      processes:
        this.#bytes === 0 ? [] : this.#holders.map((holder) => ({...holder, usedMib: this.#bytes / BYTES_PER_MIB})),
    });
  }
}

/** Memory used by others on each GPU: other engines, and the foreign process in its scenario. */
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

/**
 * Another simulated engine that is starting on this port: its port is bound but not listening. In `port-taken` another
 * program took the first requested port shortly before.
 */
export function isPortClaimed(directory: string, node: SimulatedNode, port: number): boolean {
  if (node.scenario === 'port-taken' && claimedPort(directory, port) === port) return true;
  return readEngineStates(directory).some(
    (engine) => engine.port === port && engine.pid !== process.pid && isSameProcess(engine.pid, engine.startTicks),
  );
}
