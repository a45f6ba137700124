import {spawn} from 'node:child_process';

/** What one short run of the tool gave. */
export type RunResult =
  | {readonly kind: 'ended'; readonly exitCode: number | null; readonly stdout: string; readonly stderr: string}
  /** It did not end in time; what it printed until then. `isStuck`: it does not even react to SIGKILL. */
  | {readonly kind: 'timed-out'; readonly isStuck: boolean; readonly stdout: string; readonly stderr: string}
  | {readonly kind: 'not-started'; readonly code: string};

const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
const KILL_AFTER_MS = 2_000;
const GIVE_UP_AFTER_MS = 1_000;

/**
 * Runs nvidia-smi once with a time limit: SIGTERM at the limit, SIGKILL two seconds later. A process that hangs in the
 * kernel outlasts even that; it is not waited for.
 */
export function runOnce(executable: string, args: readonly string[], timeoutMs: number): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = spawn(executable, [...args], {stdio: ['ignore', 'pipe', 'pipe']});
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let bytes = 0;
    let isLate = false;
    const timers: NodeJS.Timeout[] = [];
    const texts = () => ({
      stdout: Buffer.concat(stdout).toString('utf8'),
      stderr: Buffer.concat(stderr).toString('utf8'),
    });
    const settle = (result: RunResult): void => {
      for (const timer of timers) clearTimeout(timer);
      resolve(result);
    };
    const collect = (into: Buffer[]) => (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_OUTPUT_BYTES) into.push(chunk);
      else child.kill('SIGTERM');
    };
    child.stdout.on('data', collect(stdout));
    child.stderr.on('data', collect(stderr));
    child.once('error', (error) =>
      settle({kind: 'not-started', code: 'code' in error ? String(error.code) : error.message}),
    );
    child.once('close', (exitCode) =>
      settle(isLate ? {kind: 'timed-out', isStuck: false, ...texts()} : {kind: 'ended', exitCode, ...texts()}),
    );
    const late = (): void => {
      isLate = true;
      child.kill('SIGTERM');
      timers.push(
        setTimeout(() => {
          child.kill('SIGKILL');
          timers.push(
            setTimeout(() => {
              child.unref();
              child.stdout.destroy();
              child.stderr.destroy();
              settle({kind: 'timed-out', isStuck: true, ...texts()});
            }, GIVE_UP_AFTER_MS),
          );
        }, KILL_AFTER_MS),
      );
    };
    timers.push(setTimeout(late, timeoutMs));
  });
}
