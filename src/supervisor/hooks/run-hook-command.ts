import {spawn} from 'node:child_process';
import {errorCode} from '../../shared/error-code.ts';
import {secondsText} from '../../shared/quantities/durations.ts';
import {afterAwake} from '../../sources/host/awake-time.ts';
import {withOperatorMask} from '../../sources/host/own-files.ts';
import type {HookOutcome} from './hook.ts';

/** Between SIGTERM and SIGKILL for a command that timed out. */
const KILL_GRACE_MS = 1_000;

/**
 * Runs a program with a text on standard input; its output is discarded. It has its own process group, so that its
 * children are killed with it at a timeout. The result is null, or why it failed.
 */
export function runHookCommand(
  [program, ...argv]: readonly string[],
  input: string,
  options: {readonly timeoutMs: number; readonly environment: NodeJS.ProcessEnv; readonly signal: AbortSignal},
): Promise<HookOutcome> {
  const {timeoutMs, environment, signal} = options;
  if (program === undefined) return Promise.resolve('no program given');
  const ended = Promise.withResolvers<HookOutcome>();
  const child = withOperatorMask(() =>
    spawn(program, argv, {cwd: '/', detached: true, stdio: ['pipe', 'ignore', 'ignore'], env: environment}),
  );
  let cutOff: string | null = null;
  let killTimer: NodeJS.Timeout | null = null;
  const end = (reason: string): void => {
    if (cutOff !== null) return;
    cutOff = reason;
    signalGroup(child.pid, 'SIGTERM');
    killTimer = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), KILL_GRACE_MS);
  };
  const clearLimit = afterAwake(timeoutMs, () => end(`not finished after ${secondsText(timeoutMs)}`));
  const onAbort = (): void => end('the supervisor exited');
  signal.addEventListener('abort', onAbort, {once: true});
  const settle = (outcome: HookOutcome): void => {
    clearLimit();
    signal.removeEventListener('abort', onAbort);
    if (killTimer !== null) {
      clearTimeout(killTimer);
      // Its children may still run.
      signalGroup(child.pid, 'SIGKILL');
    }
    ended.resolve(outcome);
  };
  child.on('error', (error) => settle(`it cannot be run: ${error.message}`));
  child.on('exit', (status, signalName) => {
    if (cutOff !== null) settle(cutOff);
    else if (status === 0) settle(null);
    else settle(status === null ? `killed by ${signalName}` : `exited with code ${status}`);
  });
  // A program may ignore its input.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  if (signal.aborted) onAbort();
  return ended.promise;
}

function signalGroup(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}
