import {withDetails} from '../../../domain/diagnosis/details/details.ts';
import type {LifecycleState} from '../../../domain/lifecycle/lifecycle.ts';
import type {ProbeFailure} from '../../../domain/lifecycle/probe-events.ts';
import type {RunIdentity} from '../../../domain/lifecycle/run-identity.ts';
import type {LaunchSettings} from '../../../domain/settings/launch-settings.ts';
import {findOtherListener, type PortHolder} from '../../../sources/host/port-holder.ts';
import {listSession} from '../../process/session.ts';

/**
 * Whether it is another program that answers on the port of an engine which has not opened it yet: the answer as a
 * failure of the probe; null if it may be the engine. Only where the log says that the engine still loads: behind a port
 * forwarder, which listens in place of a container, it has said that it serves, or nothing after `launch`.
 */
export async function answerOfAnother(
  run: RunIdentity,
  {host, port}: LaunchSettings,
  {readyAtMs, phase}: Pick<LifecycleState, 'readyAtMs' | 'phase'>,
): Promise<ProbeFailure | null> {
  if (readyAtMs !== null || phase === null || phase === 'launch' || phase === 'serve') return null;
  try {
    const pids = (await listSession(run)).map(({pid}) => pid);
    const other = await findOtherListener(port, pids);
    return other === null ? null : otherProgramAnswers({host, port}, other.holder);
  } catch {
    // /proc cannot be read: whose answer it is remains unknown.
    return null;
  }
}

/** The failure of a probe that another program answered; `holder` is null where this user may not see it. */
export function otherProgramAnswers(
  {host, port}: Pick<LaunchSettings, 'host' | 'port'>,
  holder: PortHolder | null,
): ProbeFailure {
  const owner = holder === null ? 'a process not visible to this user' : `pid ${holder.pid} (${holder.command})`;
  const message = `Port ${port} is in use by ${owner}, which answers in place of the engine: it cannot open the port when it has loaded.`;
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
