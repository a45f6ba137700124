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

// A reader that closes the pipe (`| head`) is not a failure.
process.stdout.on('error', (error) => {
  if ('code' in error && error.code === 'EPIPE') process.exit(exitCodes.done);
  // The console has its own listener for a closed terminal.
  if (process.stdout.listenerCount('error') === 1) throw error;
});

keepFilesPrivate();
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  printProblems(`gantry: bug in Gantry: ${errorStack(error)}\n`);
  process.exitCode = exitCodes.bug;
}
