import {spawn} from 'node:child_process';
import {errorCode} from '../../shared/error-code.ts';
import {MS_PER_SECOND} from '../../shared/units.ts';
import {type BarCount, ToolOutput} from './tool-output.ts';

/** After Ctrl+C a tool has this time to end by itself, and after SIGTERM this. */
const INTERRUPT_MS = 10 * MS_PER_SECOND;
const TERMINATE_MS = 5 * MS_PER_SECOND;

/**
 * Runs a command as the leader of its own group next to a watcher, which ends the group when its standard input closes: also when
 * the process that started it was killed, and with everything that the command has started.
 */
const leader = [
  'exec 3<&0',
  '(trap "" INT TERM; read -r _ <&3; kill -s TERM -- -$$; sleep 5; kill -s KILL -- -$$) </dev/null >/dev/null 2>&1 &',
  'exec "$@" 3<&- </dev/null',
].join('\n');

/** How a tool ended, with the end of what it printed, without its bars; `startError` is the system's code when it could not be started. */
export type ToolEnd = {readonly exitCode: number | null; readonly startError: string | null; readonly output: string};

export type ToolRun = {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly directory: string;
  /** Ends it in order: SIGINT, SIGTERM 10 s later, SIGKILL 5 s later. */
  readonly signal: AbortSignal;
  /** What a bar of it says, whenever it draws one. */
  readonly onCount: (count: BarCount) => void;
  /** It has printed something, whatever that is. */
  readonly onOutput: () => void;
  /** Kills it. */
  readonly kill: AbortSignal;
};

/** Runs a benchmark tool until it ends; none of its processes is left. Never rejects. */
export async function runTool(run: ToolRun): Promise<ToolEnd> {
  const child = spawn('/bin/sh', ['-c', leader, 'bench', run.program, ...run.arguments], {
    cwd: run.directory,
    env: run.environment,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const outputs = [child.stdout, child.stderr].map((stream) => {
    const output = new ToolOutput(run.onCount);
    stream.setEncoding('utf8').on('data', (text: string) => {
      run.onOutput();
      output.add(text);
    });
    return output;
  });
  child.stdin.on('error', () => undefined);
  const ended = Promise.withResolvers<Omit<ToolEnd, 'output'>>();
  child.once('error', (error) => ended.resolve({exitCode: null, startError: errorCode(error) ?? error.message}));
  child.once('exit', (exitCode) => ended.resolve({exitCode, startError: null}));
  const timers: NodeJS.Timeout[] = [];
  const send = (signal: NodeJS.Signals): void => signalGroup(child.pid, signal);
  const interrupt = (): void => {
    send('SIGINT');
    timers.push(setTimeout(() => send('SIGTERM'), INTERRUPT_MS));
    timers.push(setTimeout(() => send('SIGKILL'), INTERRUPT_MS + TERMINATE_MS));
  };
  const kill = (): void => send('SIGKILL');
  if (run.signal.aborted) interrupt();
  run.signal.addEventListener('abort', interrupt, {once: true});
  run.kill.addEventListener('abort', kill, {once: true});
  const end = await ended.promise;
  for (const timer of timers) clearTimeout(timer);
  run.signal.removeEventListener('abort', interrupt);
  run.kill.removeEventListener('abort', kill);
  // Ends the watcher, and what the tool has left in its group.
  send('SIGKILL');
  return {...end, output: outputs.map(({text}) => text).join('')};
}

/** The watcher keeps the group, so that its number has no other meaning. */
function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}
