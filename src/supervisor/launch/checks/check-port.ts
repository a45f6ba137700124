import {withDetails} from '../../../domain/diagnosis/details/details.ts';
import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {type Check, required} from '../../../domain/preflight/check.ts';
import type {LaunchSettings} from '../../../domain/settings/launch-settings.ts';
import type {Held} from '../judgement.ts';
import type {JudgementWorld, PortProblem} from '../world/judgement-world.ts';

/** Whether the engine can listen on its port: now, or after the engine that listens there has stopped. */
export async function portCheck(
  {host, port}: LaunchSettings,
  held: Held | null,
  {findPortProblem}: Pick<JudgementWorld, 'findPortProblem'>,
): Promise<Check> {
  const place = `${host}:${port}`;
  const freed = required('port', `${place} is used by the running engine`);
  if (held !== null && held.endpoint.port === port && held.endpoint.host === host) return freed;
  const problem = await findPortProblem(host, port);
  // On another address: an engine that listens on all of them holds it too.
  if (problem?.code === 'EADDRINUSE' && problem.holder !== null && held?.pids.has(problem.holder.pid)) return freed;
  if (problem === null) return required('port', `${place} is free`);
  return required('port', `${place} cannot be used (${problem.code})`, portFinding(host, port, problem));
}

function portFinding(host: string, port: number, {code, holder}: PortProblem): Finding {
  if (code !== 'EADDRINUSE') {
    return {
      ...withDetails('preflight.port-unusable', {host, port, systemCode: code}),
      severity: 'critical',
      message: `Port ${port} on ${host} cannot be used (${code}).`,
      evidence: null,
      remedy:
        code === 'EACCES'
          ? 'Set engine.port to 1024 or higher: lower ports need a permission that this user lacks.'
          : 'Set engine.host to an address of this host.',
      settingsChange: null,
    };
  }
  const owner = holder === null ? 'a process not visible to this user' : `pid ${holder.pid} (${holder.command})`;
  const hasNext = port < 65_535;
  const details = {host, port, pid: holder?.pid ?? null, command: holder?.command ?? null};
  return {
    ...withDetails('preflight.port-in-use', details),
    severity: 'critical',
    message: `Port ${port} on ${host} is in use by ${owner}.`,
    evidence: null,
    remedy: hasNext
      ? `Stop that program, or start on another port: --port ${port + 1}.`
      : 'Stop that program, or start on another port.',
    settingsChange: hasNext ? {port: port + 1} : null,
  };
}
