import type {PreviewRequestInput} from '../../api/preview.ts';
import {isHang} from '../../domain/lifecycle/lifecycle-findings.ts';
import type {EngineState} from '../../domain/lifecycle/phases.ts';
import {secondsText} from '../../shared/quantities/durations.ts';
import {refusalOfAnswer} from '../../views/restart/judgement-rows.ts';
import {unlessState, withoutSupervisor} from '../keys/engine-availability.ts';
import {type Answer, type Marked, type Unavailable, unavailable} from './answers.ts';
import type {ScreenContext} from './screen.ts';

/** How long a drain waits for running requests before the engine is stopped anyway. */
export const DRAIN_MS = 60_000;

const servingStates: readonly EngineState[] = ['ready', 'degraded'];

type RestartCommand = Extract<PreviewRequestInput['command'], {type: 'restart'}>;

/** The restart that a dialog asks about. */
export type AskedRestart<State> = {
  /** The command without a drain; null while there is none to send. */
  readonly command: (state: State) => RestartCommand | null;
  /** What is missing where there is none. */
  readonly missing: string;
  /** Completes "Sent:". */
  readonly pending: (state: State) => string;
};

/** The answers to a restart: change nothing, drain first, now. */
export function restartAnswers<State extends Marked>(asked: AskedRestart<State>): readonly Answer<State>[] {
  const send = (state: State, drainMs: number) => {
    const command = asked.command(state);
    if (command === null) return unavailable(asked.missing, asked.missing);
    const sent = drainMs === 0 ? command : {...command, drainMs};
    return {kind: 'send', command: sent, pending: asked.pending(state)} as const;
  };
  return [
    {
      id: 'dialog.no',
      label: 'Change nothing',
      react: () => ({kind: 'close', note: 'the engine was not restarted'}),
    },
    {
      id: 'dialog.drain',
      label: `Let requests finish (up to ${secondsText(DRAIN_MS)}), then restart`,
      unavailable: (state, context) => drainUnavailable(context, servingStates) ?? notNow(asked, state, context),
      react: (state) => send(state, DRAIN_MS),
    },
    {
      id: 'dialog.yes',
      label: 'Restart now',
      unavailable: (state, context) => notNow(asked, state, context),
      react: (state) => send(state, 0),
    },
  ];
}

/**
 * Why the restart cannot be sent: nothing to send, not judged yet, or refused. One that could not be judged can be sent: the
 * supervisor judges it before it stops the engine.
 */
function notNow<State>(
  {command, missing}: AskedRestart<State>,
  state: State,
  {data, answerTo}: ScreenContext,
): Unavailable | null {
  const lost = withoutSupervisor(data);
  if (lost !== null) return unavailable(lost, `cannot restart: ${lost}`);
  const asked = command(state);
  if (asked === null) return unavailable(missing, missing);
  const answer = answerTo({command: asked});
  if (answer.kind === 'checking') return unavailable('checking', 'this restart had not been checked yet');
  const refusal = refusalOfAnswer(answer);
  return refusal === null ? null : unavailable('refused', refusal.message, refusal.remedy);
}

/** Why requests cannot finish before a stop: none can be running, or the engine is stuck; null if they can. */
export function drainUnavailable({data, keymap}: ScreenContext, states: readonly EngineState[]): Unavailable | null {
  const reason = unlessState(data, states);
  if (reason !== null) return unavailable(reason, `no requests are running: ${reason}`);
  const isStuck = data.snapshot?.findings.some(({code}) => isHang(code)) ?? false;
  if (!isStuck) return null;
  const now = keymap.shown('dialog.yes');
  return unavailable('it is stuck', `a stuck engine finishes no requests: ${now} does not wait for them`);
}
