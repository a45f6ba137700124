import type {ServeOptions} from '../flags.ts';
import {BEFORE_SNAPSHOT_BYTES, type MemoryLayout} from '../memory-layout.ts';
import type {Speaker} from './print-log.ts';

/** Something that happens during a start, `atMs` after it began at speed 1. */
export type StartStep = {readonly atMs: number; readonly action: StartAction};
export type StartAction =
  | {
      readonly type: 'log';
      readonly from: Speaker;
      readonly level: 'INFO' | 'WARNING' | 'ERROR';
      readonly place: string;
      readonly text: string;
    }
  /** Text without a log head; `end` is what closes it. */
  | {readonly type: 'print'; readonly from: Speaker; readonly stream: 'stdout' | 'stderr'; readonly text: string}
  /** A progress bar that redraws itself on one line of stderr. */
  | {
      readonly type: 'redraw';
      readonly from: Speaker;
      readonly text: string;
      readonly isFirst: boolean;
      readonly isLast: boolean;
    }
  | {readonly type: 'spawn-core'}
  | {readonly type: 'hold-memory'; readonly stage: 'context' | 'weights' | 'serving'; readonly ratio: number}
  | {readonly type: 'fail'}
  | {readonly type: 'ready'};

/** What a start depends on. Bytes that others hold are by card; what the worker itself takes comes on top. */
export type StartContext = {
  readonly options: ServeOptions;
  readonly layout: MemoryLayout;
  readonly speed: number;
  readonly heldByOthersBytes: readonly number[];
  /** /dev/shm has no room for what NCCL shares between the workers. */
  readonly isSharedMemoryFull: boolean;
  readonly routes: readonly string[];
};

/** A log line of this process. */
export function log(atMs: number, from: Speaker, place: string, text: string): StartStep {
  return {atMs, action: {type: 'log', from, level: 'INFO', place, text}};
}

/** A log line of this process that tells of a failure. */
export function logError(atMs: number, from: Speaker, place: string, text: string): StartStep {
  return {atMs, action: {type: 'log', from, level: 'ERROR', place, text}};
}

/** From now on the workers hold what this stage needs. */
export function hold(atMs: number, stage: 'context' | 'weights' | 'serving', ratio = 1): StartStep {
  return {atMs, action: {type: 'hold-memory', stage, ratio}};
}

/** Seconds as this start really takes them: what the log says agrees with its own time stamps. */
export function seconds(context: StartContext, nominalMs: number): number {
  return nominalMs / 1000 / context.speed;
}

/** Bytes of a card that neither others hold nor the engine before its weights, on the fullest card. */
export function roomOnCard({layout, options, heldByOthersBytes}: StartContext): number {
  const held = Math.max(...heldByOthersBytes.slice(0, options.tensorParallelSize), 0);
  return layout.totalBytes - held - BEFORE_SNAPSHOT_BYTES - layout.contextBytes;
}

/** Every rank of the engine. */
export function ranks({options}: StartContext): readonly number[] {
  return Array.from({length: options.tensorParallelSize}, (_, rank) => rank);
}
