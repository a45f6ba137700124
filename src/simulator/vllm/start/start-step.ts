import type {ServeOptions} from '../flags.ts';
import {BEFORE_SNAPSHOT_BYTES, type MemoryLayout} from '../memory-layout.ts';
import type {Speaker} from './print-log.ts';

/** A step of a start, `atMs` after it begins, at speed 1. */
export type StartStep = {readonly atMs: number; readonly action: StartAction};
export type StartAction =
  | {
      readonly type: 'log';
      readonly from: Speaker;
      readonly level: 'INFO' | 'WARNING' | 'ERROR';
      readonly place: string;
      readonly text: string;
    }
  /** Text without a log prefix; `end` terminates it. */
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

/** What a start depends on. Bytes that others use are by card; the worker's own use is added. */
export type StartContext = {
  readonly options: ServeOptions;
  readonly layout: MemoryLayout;
  readonly speed: number;
  readonly heldByOthersBytes: readonly number[];
  /** /dev/shm has no space for the segments that NCCL shares between the workers. */
  readonly isSharedMemoryFull: boolean;
  readonly routes: readonly string[];
};

/** A log line of this process. */
export function log(atMs: number, from: Speaker, place: string, text: string): StartStep {
  return {atMs, action: {type: 'log', from, level: 'INFO', place, text}};
}

/** A log line of a failure of this process. */
export function logError(atMs: number, from: Speaker, place: string, text: string): StartStep {
  return {atMs, action: {type: 'log', from, level: 'ERROR', place, text}};
}

/** From now on the workers use the memory of this stage. */
export function hold(atMs: number, stage: 'context' | 'weights' | 'serving', ratio = 1): StartStep {
  return {atMs, action: {type: 'hold-memory', stage, ratio}};
}

/** Real seconds of this start, so that durations in the log agree with its time stamps. */
export function seconds(context: StartContext, nominalMs: number): number {
  return nominalMs / 1000 / context.speed;
}

/** Free bytes of the fullest card, after others and after the engine's use before its weights. */
export function roomOnCard({layout, options, heldByOthersBytes}: StartContext): number {
  const held = Math.max(...heldByOthersBytes.slice(0, options.tensorParallelSize), 0);
  return layout.totalBytes - held - BEFORE_SNAPSHOT_BYTES - layout.contextBytes;
}

/** Every rank of the engine. */
export function ranks({options}: StartContext): readonly number[] {
  return Array.from({length: options.tensorParallelSize}, (_, rank) => rank);
}
