import {BYTES_PER_MIB} from '../../shared/units.ts';
import {
  claimedPort,
  type EngineProcess,
  readEngineStates,
  removeDeadEngines,
  removeEngineState,
  type SimulatedNode,
  writeEngineState,
} from '../node/node-directory.ts';
import {isSameProcess, readStartTicks} from '../node/process-start.ts';
import {foreignProcess} from '../node/scenarios.ts';

/** A process that holds memory of a card. */
export type CardHolder = Pick<EngineProcess, 'pid' | 'name' | 'gpuIndex'>;

/** What this engine holds of the cards, and how busy it keeps them: written for the simulated nvidia-smi to read. */
export class CardUse {
  readonly #directory: string;
  readonly #port: number;
  readonly #totalBytes: number;
  readonly #startTicks = readStartTicks(process.pid) ?? 0;
  #holders: readonly Omit<EngineProcess, 'usedMib'>[] = [];
  #bytes = 0;
  #activity = {activityRatio: 0, prefillRatio: 0};

  /** `totalBytes` is what CUDA sees of each card. */
  constructor(parts: {directory: string; port: number; totalBytes: number}) {
    this.#directory = parts.directory;
    this.#port = parts.port;
    this.#totalBytes = parts.totalBytes;
    removeDeadEngines(parts.directory);
    this.#write();
  }

  /** The workers are up: what is held from now on is theirs. */
  attach(holders: readonly CardHolder[]): void {
    this.#holders = holders.map((holder) => ({...holder, startTicks: readStartTicks(holder.pid) ?? 0}));
  }

  /** Each holder has this much of its card from now on, and works it this hard, 0..1. */
  hold(bytes: number, activityRatio: number): void {
    this.#bytes = bytes;
    this.#activity = {activityRatio, prefillRatio: 0};
    this.#write();
  }

  /** Takes more than planned: a leak. Returns the bytes that remain free on the card. */
  grow(bytes: number): number {
    this.#bytes = Math.min(this.#totalBytes, this.#bytes + bytes);
    this.#write();
    return this.freeBytes;
  }

  /** What is left of a card beside what this engine holds. */
  get freeBytes(): number {
    return this.#totalBytes - this.#bytes;
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

  /** A card keeps its memory though the disk that stands for it is full or read-only: what was written last still says nearly so. */
  #write(): void {
    try {
      this.#writeState();
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
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

/**
 * Another simulated engine that means to serve on this port and still starts: its port is bound but not listening. In
 * `port-taken` somebody took the first port that was asked for, a moment before.
 */
export function isPortClaimed(directory: string, node: SimulatedNode, port: number): boolean {
  if (node.scenario === 'port-taken' && claimedPort(directory, port) === port) return true;
  return readEngineStates(directory).some(
    (engine) => engine.port === port && engine.pid !== process.pid && isSameProcess(engine.pid, engine.startTicks),
  );
}
