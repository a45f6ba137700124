import {withDetails} from '../../../domain/diagnosis/details/details.ts';
import type {LifecycleState} from '../../../domain/lifecycle/lifecycle.ts';
import type {ProbeFailure} from '../../../domain/lifecycle/probe-events.ts';
import type {RunIdentity} from '../../../domain/lifecycle/run-identity.ts';
import type {LaunchSettings} from '../../../domain/settings/launch-settings.ts';
import {findOtherListener, type PortHolder} from '../../../sources/host/port-holder.ts';
import {listSession} from '../../process/session.ts';

/**
 * Whether it is another program that answers on the port of an engine which has not opened it yet: the answer as a
 * failure of the probe; null if it may be the engine. Only asked while the log says that the engine still loads: behind a
 * port forwarder, which listens in place of a container, it has said that it serves.
 */
export async function answerOfAnother(
  run: RunIdentity,
  {host, port}: LaunchSettings,
  {readyAtMs, phase}: Pick<LifecycleState, 'readyAtMs' | 'phase'>,
): Promise<ProbeFailure | null> {
  if (readyAtMs !== null || phase === null || phase === 'serve') return null;
  const session = await listSession(run);
  const other = await findOtherListener(
    port,
    session.map(({pid}) => pid),
  );
  return other === null ? null : otherProgramAnswers({host, port}, other.holder);
}

/** The failure of a probe that another program answered; `holder` is null where this user may not see it. */
export function otherProgramAnswers(
  {host, port}: Pick<LaunchSettings, 'host' | 'port'>,
  holder: PortHolder | null,
): ProbeFailure {
  const owner = holder === null ? 'a process not visible to this user' : `pid ${holder.pid} (${holder.command})`;
  const message = `Port ${port} is in use by ${owner}, not by the engine: it will exit when it has loaded and cannot open the port.`;
  return {
    answer: message,
    isOfAnotherProgram: true,
    finding: {
      ...withDetails('engine.port-in-use', {host, port, pid: holder?.pid ?? null, command: holder?.command ?? null}),
      severity: 'critical',
      message,
      evidence: null,
      remedy: 'Stop that program before the engine has loaded, or restart the engine on another port (--port).',
      settingsChange: null,
    },
  };
}
