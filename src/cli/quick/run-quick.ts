import {CONFIGURATION_HEADER} from '../../api/headers.ts';
import type {LogLines} from '../../api/log-lines.ts';
import {apiPaths} from '../../api/paths.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {Place} from '../../client/request/ask-once.ts';
import {askVouched, type VouchedAnswer} from '../../client/request/ask-vouched.ts';
import {configurationPath} from '../../config/configuration-path.ts';
import {fileStamp} from '../../config/file-stamp.ts';
import {homeDirectory} from '../../supervisor/operating-user.ts';
import {
  type Directories,
  directoryVariables,
  resolveDirectories,
  stateSocketPath,
} from '../../supervisor/state-dir/directories.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {CLIENT_NAME, terminalName} from '../terminal-name.ts';
import {printLog, printSnapshot} from './print-answers.ts';
import type {QuickCommand} from './quick-command.ts';

/** A supervisor answers within milliseconds; why one does not is found out by the complete command. */
const PATIENCE_MS = 1_000;

/**
 * Runs a command with what a running supervisor of this very build says, and without loading what describes and checks
 * documents of others. Null, with nothing printed, where that is not enough; the complete command then runs instead.
 */
export async function runQuick(command: QuickCommand, environment: NodeJS.ProcessEnv): Promise<ExitCode | null> {
  const directories = resolveDirectories(environment, homeDirectory());
  if (!directories.ok) return null;
  const {socketPath} = directories.value;
  const second = stateSocketPath(directories.value);
  const place: Place = {
    reach: {paths: second === null ? [socketPath] : [socketPath, second], judge: undefined},
    timeoutMs: PATIENCE_MS,
    clientName: CLIENT_NAME,
    terminal: terminalName(),
  };
  const output = {isJson: command.isJson, stdout: process.stdout, stderr: process.stderr};
  if (command.name === 'logs') {
    const log = await askVouched<LogLines>(place, `${apiPaths.log}?tail=${command.lines}`);
    if (log === null) return null;
    printLog(output, log.value);
    return exitCodes.done;
  }
  const isDrawn = command.name === 'console';
  if (isConfigured(environment) || (isDrawn && !(process.stdin.isTTY && process.stdout.isTTY))) return null;
  const asking = askVouched<Snapshot>(place, apiPaths.snapshot);
  const opening = isDrawn ? loadWhileAsking() : null;
  const snapshot = await asking;
  if (snapshot === null || !isOfSameConfiguration(snapshot, directories.value)) return null;
  if (isDrawn && opening !== null) {
    const {openQuickConsole} = await opening;
    const {isReadOnly} = command;
    return openQuickConsole({directories: directories.value, output, snapshot: snapshot.value, isReadOnly});
  }
  await printSnapshot(output, snapshot.value, []);
  return exitCodes.done;
}

/** The console, loaded once the question is on its way: the supervisor answers meanwhile. */
async function loadWhileAsking(): Promise<typeof import('./quick-console.ts')> {
  await new Promise((resolve) => setImmediate(resolve));
  return import('./quick-console.ts');
}

/** True if a variable may set a value of the configuration. */
function isConfigured(environment: NodeJS.ProcessEnv): boolean {
  const others: ReadonlySet<string> = new Set(directoryVariables);
  return Object.entries(environment).some(
    ([name, value]) => name.startsWith('GANTRY_') && !others.has(name) && value !== '',
  );
}

/**
 * True if the configuration of this command is the one that the supervisor uses: the same file, not written to since it was
 * read, and valid by itself, without variables of the supervisor that come before what it says.
 */
function isOfSameConfiguration(
  {value: {configuration}, headers}: VouchedAnswer<Snapshot>,
  {configDir}: Directories,
): boolean {
  const file = configurationPath({configDir});
  const stamp = headers[CONFIGURATION_HEADER];
  if (!configuration.isInForce || configuration.file !== file || stamp === undefined) return false;
  const hasVariables = configuration.values.some(({origin, configured}) =>
    [origin, configured?.origin].some((known) => known?.from === 'environment'),
  );
  return !hasVariables && stamp === fileStamp(file);
}
