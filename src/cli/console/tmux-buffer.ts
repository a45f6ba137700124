import {execFile} from 'node:child_process';

/** How long tmux may take. */
const TMUX_MS = 2_000;

/**
 * Puts a text into the newest paste buffer of the tmux that this process runs in (`TMUX`), and, with tmux 3.2 or newer, into the
 * clipboard of the terminals that show it, as far as they allow it: by default tmux takes no clipboard from a program's output.
 * Resolves with whether tmux has it; false also where there is no tmux.
 */
export async function fillTmuxBuffer(text: string, environment: NodeJS.ProcessEnv): Promise<boolean> {
  if ((environment['TMUX'] ?? '') === '') return false;
  return (await isLoaded(text, ['-w'], environment)) || (await isLoaded(text, [], environment));
}

function isLoaded(text: string, flags: readonly string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  return new Promise((resolve) => {
    const child = execFile('tmux', ['load-buffer', ...flags, '-'], {timeout: TMUX_MS, env}, (error) =>
      resolve(error === null),
    );
    // One that ends before it has read everything fails, and says so by its exit status.
    child.stdin?.on('error', () => {});
    child.stdin?.end(text);
  });
}
