import {execFile, spawn} from 'node:child_process';
import {access, constants} from 'node:fs/promises';
import {errorCode} from '../../shared/error-code.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {keptParts} from '../../sources/log/kept-parts.ts';
import type {PagedLog, PagerProblem} from '../../tui/pager.ts';
import type {PagerOptions} from './choose-pager.ts';
import {DEFAULT_PAGER, isLess, type PagerCommand, pagerCommand} from './pager-command.ts';

/** How long less may take to say which one it is. */
const VERSION_MS = 3_000;
/** How a shell says that a program is not there, or cannot be run. */
const NOT_RUN: readonly number[] = [126, 127];

/** Shows the log's own file in the pager, on the terminal of this process, until the pager ends or `signal` ends it. */
export async function openPager(
  {environment, isReadOnly, write}: PagerOptions,
  log: PagedLog,
  signal: AbortSignal,
): Promise<Result<string, PagerProblem>> {
  const place = await placeOf(log);
  if (!place.ok) return place;
  if (isReadOnly && !(await isSecureLess(environment))) {
    return err({
      message: `this console is read-only, and this ${DEFAULT_PAGER} has no secure mode.`,
      remedy: 'Install GNU less, or open the console without --read-only.',
    });
  }
  write(`gantry: ${place.value.file} is shown as the engine wrote it: secrets in it are not masked.\n`);
  const command = pagerCommand(environment['PAGER']);
  const argv = commandLine(isReadOnly ? plainLess(command) : command, place.value);
  return shown(argv, isReadOnly ? secured(environment) : environment, signal, place.value.file);
}

/** The less on PATH, with the arguments that the operator gives it. */
function plainLess(command: PagerCommand): PagerCommand {
  return command.needsShell ? command : {...command, program: DEFAULT_PAGER};
}

/** BusyBox has a less that knows no secure mode. */
function isSecureLess(env: NodeJS.ProcessEnv): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(DEFAULT_PAGER, ['--version'], {timeout: VERSION_MS, env}, (error, stdout) =>
      // Where there is none, the attempt to run it says so.
      resolve(errorCode(error) === 'ENOENT' || (error === null && /^less \d/.test(stdout))),
    );
  });
}

/** The variables with which less runs no program and writes no file. */
function secured(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const entries = Object.entries(environment).filter(([name]) => !/^(?:LESS|VISUAL$|EDITOR$)/.test(name));
  return {...Object.fromEntries(entries), LESSSECURE: '1'};
}

type FilePlace = {
  readonly file: string;
  /** Bytes of the file before the line that is to be shown; null for its end. */
  readonly atBytes: number | null;
};

/** The file that has the place, of a log that may have been rotated. */
async function placeOf({path: logPath, atBytes}: PagedLog): Promise<Result<FilePlace, PagerProblem>> {
  try {
    const parts = atBytes === null ? [] : await keptParts(logPath);
    const part = parts.findLast(({fromBytes}) => atBytes !== null && fromBytes <= atBytes);
    const file = part?.path ?? logPath;
    await access(file, constants.R_OK);
    return ok({file, atBytes: part === undefined || atBytes === null ? null : atBytes - part.fromBytes});
  } catch (error) {
    return err({
      message: `${logPath} cannot be read (${errorCode(error) ?? String(error)}).`,
      remedy: 'The Logs screen still has the lines that arrived.',
    });
  }
}

function commandLine(command: PagerCommand, {file, atBytes}: FilePlace): readonly [string, ...string[]] {
  if (command.needsShell) return ['/bin/sh', '-c', `${command.text} "$@"`, 'sh', file];
  // less goes to the line at a byte of the file; other pagers have no common way.
  const at = isLess(command) ? [atBytes === null ? '+G' : `+${atBytes}P`] : [];
  return [command.program, ...command.arguments, ...at, file];
}

function shown(
  [program, ...argv]: readonly [string, ...string[]],
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
  file: string,
): Promise<Result<string, PagerProblem>> {
  return new Promise((resolve) => {
    const child = spawn(program, argv, {stdio: 'inherit', env: environment});
    const onAbort = (): void => void child.kill('SIGTERM');
    signal.addEventListener('abort', onAbort, {once: true});
    if (signal.aborted) onAbort();
    child.once('error', (error) => resolve(err(notStarted(program, errorCode(error) ?? error.message))));
    child.once('exit', (code, killedBy) => {
      signal.removeEventListener('abort', onAbort);
      if (code !== null && NOT_RUN.includes(code)) resolve(err(notStarted(program, `exit status ${code}`)));
      else resolve(ok(`${file}, as the engine wrote it: secrets in it are not masked.${endText(code, killedBy)}`));
    });
  });
}

function endText(code: number | null, killedBy: NodeJS.Signals | null): string {
  if (killedBy !== null) return ` The pager was ended by ${killedBy}.`;
  return code === 0 ? '' : ` The pager ended with exit status ${code}.`;
}

function notStarted(program: string, reason: string): PagerProblem {
  return {
    message: `the pager ${program} cannot be run (${reason}).`,
    remedy: `Set PAGER to a program that exists, or unset it and install ${DEFAULT_PAGER}.`,
  };
}
