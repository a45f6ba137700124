import {afterAwake} from '../host/awake-time.ts';
import {type Child, startChild} from './stream/start-child.ts';

type Texts = {readonly stdout: string; readonly stderr: string};

/** The result of one short run of the tool. */
export type RunResult =
  | ({readonly kind: 'ended'; readonly exitCode: number | null} & Texts)
  /** It did not exit in time; its output so far. */
  | ({readonly kind: 'timed-out'} & Texts)
  /** It did not react to SIGKILL: it hangs in the driver. `gone` resolves if it exits later. */
  | {readonly kind: 'stuck'; readonly gone: Promise<void>}
  | {readonly kind: 'not-started'; readonly code: string}
  /** The caller cancelled it. */
  | {readonly kind: 'aborted'};

/** `timeoutMs` counts only time in which this process ran. */
export type RunOptions = {readonly timeoutMs: number; readonly signal?: AbortSignal | undefined};

/** More than any node prints (357 kB for 8 cards); a script that prints endlessly is stopped there. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** Runs nvidia-smi once with a time limit: SIGTERM at the limit, SIGKILL two seconds later. Never rejects. */
export async function runOnce(executable: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const {timeoutMs, signal} = options;
  if (isAborted(signal)) return {kind: 'aborted'};
  const output = {stdout: [] as Buffer[], stderr: [] as Buffer[]};
  let bytes = 0;
  let child: Child | null = null;
  const collect = (stream: 'stdout' | 'stderr') => (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MAX_OUTPUT_BYTES) output[stream].push(chunk);
    else child?.stop();
  };
  child = startChild(executable, args, {onStdout: collect('stdout'), onStderr: collect('stderr')});
  let isLate = false;
  const cancel = afterAwake(timeoutMs, () => {
    isLate = true;
    child.stop();
  });
  signal?.addEventListener('abort', child.stop, {once: true});
  const end = await child.ended;
  cancel();
  signal?.removeEventListener('abort', child.stop);
  if (end.startError !== null) return {kind: 'not-started', code: end.startError};
  if (end.isStuck) return {kind: 'stuck', gone: child.gone};
  if (isAborted(signal)) return {kind: 'aborted'};
  const texts = {stdout: textOf(output.stdout), stderr: textOf(output.stderr)};
  return isLate ? {kind: 'timed-out', ...texts} : {kind: 'ended', exitCode: end.exitCode, ...texts};
}

/** A host that is short of memory, processes or files refuses to start a program that is in order. */
const transientCodes: ReadonlySet<string> = new Set(['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE', 'ETXTBSY']);

/**
 * True for a run that says nothing about the GPUs: too late, killed, or not started for lack of resources. On a busy host
 * one such run is normal.
 */
export function isNoAnswer(result: RunResult): boolean {
  if (result.kind === 'not-started') return isTransient(result.code);
  return result.kind === 'timed-out' || (result.kind === 'ended' && result.exitCode === null);
}

/** True for the system code of a start that may succeed a moment later. */
export function isTransient(code: string): boolean {
  return transientCodes.has(code);
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8');
}
