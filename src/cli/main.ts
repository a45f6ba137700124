import {errorStack} from '../shared/error-code.ts';
import {keepFilesPrivate} from '../sources/host/own-files.ts';
import {type ExitCode, exitCodes} from './exit-codes.ts';
import {printProblems} from './output.ts';
import {quickCommand} from './quick/quick-command.ts';
import {runQuick} from './quick/run-quick.ts';

/** Runs one command and returns its exit code. What a plain question needs is loaded first, the rest only if it is needed. */
async function main(argv: readonly string[]): Promise<ExitCode> {
  const quick = quickCommand(argv);
  const answered = quick === null ? null : await runQuick(quick, process.env);
  return answered ?? (await (await import('./program.ts')).runProgram(argv));
}

/**
 * In a working directory that was removed, Node throws for every relative path, also where none was given: it is called by the
 * name that the shell knows, in which nothing is found.
 */
function standInForRemovedDirectory(): void {
  try {
    process.cwd();
  } catch {
    const named = process.env['PWD'];
    const place = named?.startsWith('/') === true ? named : '/';
    process.cwd = () => place;
  }
}

process.stdout.on('error', (error) => {
  // A reader that closes the pipe (`| head`) is not a failure.
  if ('code' in error && error.code === 'EPIPE') process.exit(exitCodes.done);
  // The console has its own listener for a closed terminal.
  if (process.stdout.listenerCount('error') > 1) return;
  printProblems(`gantry: the output cannot be written: ${error.message}.\n`);
  process.exit(exitCodes.refused);
});
// What cannot be said there can be said nowhere: the exit code remains.
process.stderr.on('error', () => undefined);

keepFilesPrivate();
standInForRemovedDirectory();
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  printProblems(`gantry: bug in Gantry: ${errorStack(error)}\n`);
  process.exitCode = exitCodes.bug;
}
