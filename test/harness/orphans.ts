import {spawn} from 'node:child_process';
import {fileURLToPath} from 'node:url';

/** A process group by its leader's pid, or a directory with all processes that have its path in their environment. */
type Resource = `group ${number}` | `directory ${string}`;

const script = fileURLToPath(new URL('end-orphans.sh', import.meta.url));
let tell: ((line: string) => void) | null = null;

/**
 * Ends this resource if the test process is killed before it can clean up. Returns a function to call after the normal
 * cleanup.
 */
export function endIfOrphaned(resource: Resource): () => void {
  tell ??= startReaper();
  tell(resource);
  return () => tell?.(`done ${resource}`);
}

/** One per test process. It reads a pipe that only this process writes to, and acts when the pipe closes. */
function startReaper(): (line: string) => void {
  const reaper = spawn('/bin/sh', [script], {stdio: ['pipe', 'ignore', 'inherit'], detached: true});
  reaper.unref();
  const {stdin} = reaper;
  // The test process must not wait for it.
  if ('unref' in stdin && typeof stdin.unref === 'function') stdin.unref();
  return (line) => {
    stdin.write(`${line}\n`);
  };
}
