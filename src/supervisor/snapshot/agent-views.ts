import type {AgentView} from '../../api/agent-view.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import type {AgentConfiguration, AgentEndpoint} from '../../samples/agent-configuration.ts';
import {mapReading} from '../../samples/reading.ts';

type ServedAt = {
  /** Of the engine that runs, or would be started; null for none. */
  readonly settings: Pick<LaunchSettings, 'host' | 'port'> | null;
  readonly hostname: string;
};

/** Which of the agents are configured for the engine of these settings on this host. */
export function agentViews(agents: readonly AgentConfiguration[], served: ServedAt): AgentView[] {
  return agents.map(({endpoint, ...agent}) => ({
    ...agent,
    isConnected: mapReading(endpoint, (requested) => isServedAt(requested, served)),
  }));
}

function isServedAt({host, port}: AgentEndpoint, {settings, hostname}: ServedAt): boolean {
  if (settings === null || port !== settings.port) return false;
  const names = ['localhost', '::1', '::', '0.0.0.0', settings.host, hostname, hostname.split('.', 1)[0]];
  // All of 127.0.0.0/8 is this host.
  return /^127(\.\d+){3}$/.test(host) || names.some((name) => name?.toLowerCase() === host);
}
