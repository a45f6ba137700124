import {spawnSync} from 'node:child_process';

const LIMIT_MS = 40 * 60_000;

/** A program of the installation failed: the engine cannot be had here. Any other error is a mistake of the installer. */
export class CommandFailure extends Error {}

/** Runs a program of the installation to its end, and returns what it printed; throws `CommandFailure` with its last lines. */
export function runCommand(program: string, args: readonly string[], cwd?: string): string {
  console.log(`$ ${program} ${args.join(' ')}`);
  const options = {cwd, encoding: 'utf8', timeout: LIMIT_MS, maxBuffer: 64 * 1024 * 1024} as const;
  const {status, stdout, stderr, error} = spawnSync(program, args, options);
  if (error !== undefined) throw new CommandFailure(`${program}: ${error.message}`);
  if (status === 0) return stdout;
  const last = `${stdout}${stderr}`.trimEnd().split('\n').slice(-5).join('\n');
  throw new CommandFailure(`${program} ${args[0] ?? ''} failed (${status}): ${last}`);
}

/** Whether a program is on the path and works: the shim of a version manager fails where that version is not selected. */
export function hasProgram(program: string): boolean {
  return spawnSync(program, ['--version'], {stdio: 'ignore'}).status === 0;
}
