import type {Instance} from 'ink';
import {errorStack} from '../shared/error-code.ts';
import {cleanLines} from '../views/drawing/compose.ts';
import {type ConsolePen, connectConsole} from './connect-console.ts';
import type {ConsoleProps} from './console.tsx';
import type {ConsoleOptions, ConsoleOutcome} from './console-options.ts';
import {createFrames, type Frames} from './state/frames.ts';
import {selectTerminal} from './theme/select-terminal.ts';

/** On a terminal nearby the first frame is whole by then; over a slow line, keys are read before it is. */
const FIRST_FRAME_MS = 100;
const SIGNALS: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGTERM', 'SIGINT'];

/** Shows the console until the operator exits, the terminal closes, or it fails; then restores the terminal. */
export async function runConsole(options: ConsoleOptions): Promise<ConsoleOutcome> {
  const capabilities = selectTerminal(options.environment, options.stdout.isTTY === true, options.theme);
  if (!capabilities.canDraw) {
    options.stderr.write('gantry: this terminal cannot display the console. Use "gantry status".\n');
    return {reason: 'cannot-draw'};
  }
  const {theme, glyphs, isLight} = capabilities;
  const pen = {theme, glyphs, isLight};
  const frames = createFrames(options.session, options.nowMs);
  const outcome = await show(options, pen, frames);
  frames.close();
  printExitNote(options, outcome);
  return outcome;
}

async function show(options: ConsoleOptions, pen: ConsolePen, frames: Frames): Promise<ConsoleOutcome> {
  const {stdout, stderr} = options;
  let outcome: ConsoleOutcome = {reason: 'quit'};
  let instance: Instance | null = null;
  let hasLeft = false;
  const leave = (next: ConsoleOutcome): void => {
    if (hasLeft) {
      // A fault is reported whenever it happens, and does not shorten the wait.
      if (next.reason === 'crash') outcome = outcome.reason === 'crash' ? outcome : next;
      // A signal more, or a terminal that is gone: what the console waits for while it leaves is waited for no longer.
      else terminal.hurry();
      return;
    }
    outcome = next;
    hasLeft = true;
    instance?.unmount();
  };
  const {picture, controller, terminal, input, stop} = connectConsole(options, pen, frames, leave);
  const acted = (act: () => void): void => {
    act();
    picture.drawFirst();
    options.onInput?.(picture.settled());
  };
  const reader: ConsoleProps = {
    spoken: picture.spoken,
    onKey: (key) => acted(() => controller.onKey(key)),
    onPaste: (text) => acted(() => controller.onPaste(text)),
  };
  const stopListening = listenForEnds(options, terminal.isLent, leave);
  const onContinue = (): void => void terminal.continued();
  process.on('SIGCONT', onContinue);
  stdout.on('resize', picture.redraw);
  try {
    // Before Ink does: a terminal that still echoes would show its own answers.
    terminal.take();
    // Ink takes longer to load than the first frame to draw, in which the terminal has to be heard; keys wait in it.
    await Promise.race([picture.settled(), new Promise((resolve) => setTimeout(resolve, FIRST_FRAME_MS).unref())]);
    const {readInput} = await import('./console.tsx');
    if (!hasLeft) {
      instance = readInput(reader, {stdin: input.typed, stdout: picture.inkOutput, stderr});
      await instance.waitUntilExit();
    }
  } catch (error) {
    hasLeft = true;
    outcome = {reason: 'crash', message: errorStack(error)};
    instance?.unmount();
  } finally {
    stdout.off('resize', picture.redraw);
    process.off('SIGCONT', onContinue);
    stop();
    if (outcome.reason === 'input-ended') terminal.hurry();
    await terminal.leave();
    stopListening();
  }
  return outcome;
}

/** Hang-up, termination, end of input and an error that nothing caught end only the console. Returns an unsubscribe function. */
function listenForEnds(
  {stdin, stdout}: ConsoleOptions,
  isAway: () => boolean,
  leave: (outcome: ConsoleOutcome) => void,
): () => void {
  const onSignal = (signal: NodeJS.Signals): void => {
    // Ctrl+C in the pager is for the pager; the terminal sends it to every program.
    if (signal === 'SIGINT' && isAway()) return;
    leave(signal === 'SIGINT' ? {reason: 'ctrl-c'} : {reason: 'signal', signal});
  };
  const onEnd = (): void => leave({reason: 'input-ended'});
  const onError = (error: unknown): void => leave({reason: 'crash', message: errorStack(error)});
  for (const signal of SIGNALS) process.on(signal, onSignal);
  stdin.on('end', onEnd);
  stdin.on('close', onEnd);
  stdin.on('error', onEnd);
  // With a closed terminal every write fails; the console exits silently.
  stdout.on('error', onEnd);
  // Otherwise Node prints it on a screen that is gone with the process.
  process.on('uncaughtException', onError);
  return () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    stdin.off('end', onEnd);
    stdin.off('close', onEnd);
    stdin.off('error', onEnd);
    stdout.off('error', onEnd);
    process.off('uncaughtException', onError);
  };
}

function printExitNote({session, exitNote, stdout, stderr}: ConsoleOptions, outcome: ConsoleOutcome): void {
  if (outcome.reason === 'crash') {
    stderr.write(`gantry: the console failed; the server keeps running.\n${cleanLines(outcome.message)}\n`);
    return;
  }
  if (outcome.reason !== 'quit' && outcome.reason !== 'ctrl-c') return;
  const {snapshot} = session.getData();
  const note = snapshot === null || exitNote === undefined ? 'gantry: detached.' : exitNote(snapshot);
  stdout.write(`${note}\n`);
}
