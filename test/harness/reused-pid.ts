import {type ChildProcess, spawn} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {onTestFinished} from 'vitest';
import {errorCode} from '../../src/shared/error-code.ts';

/** Others may take the pid first; then it is tried again when they have it no longer. */
const ATTEMPTS = 500;

/**
 * A `sleep` that gets this pid, which must be free; killed when the test ends. Null where this user may not choose the
 * kernel's next pid, or others keep taking it. `environment` is added to its own.
 */
export function startWithPid(pid: number, environment: NodeJS.ProcessEnv = {}): ChildProcess | null {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    try {
      writeFileSync('/proc/sys/kernel/ns_last_pid', String(pid - 1));
    } catch (error) {
      console.warn(`NOT TESTED: a reused pid, since it cannot be chosen here (${errorCode(error) ?? String(error)})`);
      return null;
    }
    const child = spawn('sleep', ['600'], {
      stdio: 'ignore',
      detached: true,
      env: {...process.env, ...environment},
    });
    if (child.pid === pid) {
      onTestFinished(() => void child.kill('SIGKILL'));
      return child;
    }
    child.kill('SIGKILL');
  }
  console.warn(`NOT TESTED: a reused pid, since others have taken ${pid}`);
  return null;
}
