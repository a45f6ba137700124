import {lookup} from 'node:dns/promises';
import {withDetails} from '../../../domain/diagnosis/details/details.ts';
import {type Finding, findingOf} from '../../../domain/diagnosis/finding.ts';
import {type Check, required} from '../../../domain/preflight/check.ts';
import {LEAST_KEY_LENGTH} from '../../../domain/settings/key-strength.ts';
import type {LaunchSettings} from '../../../domain/settings/launch-settings.ts';
import type {Engine} from '../../../engines/engine.ts';
import {isBehindPublishedPorts, publishedAddresses} from '../../../engines/launch/container-command.ts';
import {hostsInArguments} from '../../../engines/launch/extra-options.ts';
import {isLoopbackAddress} from '../../../shared/loopback-address.ts';
import type {ApiKey} from '../../access/api-key.ts';
import type {Installation} from '../installed-engines.ts';

const ROTATE = 'gantry config rotate-key';

/** Codes of an engine that other hosts would use without a key, or with one that is guessed. */
export const openToNetwork: ReadonlySet<string> = new Set(['preflight.open-to-network', 'preflight.api-key-weak']);

/**
 * Who could use the engine: an address beyond this host needs an API key. Nothing overrides it: a key costs one command,
 * and without one everyone who reaches the port uses the GPUs.
 */
export async function accessCheck(
  engine: Engine,
  settings: LaunchSettings,
  {apiKey, installation}: {readonly apiKey: ApiKey; readonly installation: Installation | null},
): Promise<Check> {
  const wide = await wideHost(settings, installation);
  const reach = wide === null ? 'this host only' : `reached from other hosts (${wide})`;
  const detail = `${reach}, ${keyText(apiKey)}`;
  return required('access', detail, accessFinding(engine, apiKey, {wide, port: settings.port}));
}

function keyText(apiKey: ApiKey): string {
  switch (apiKey.kind) {
    case 'none':
      return 'no API key';
    case 'key':
      return `API key from ${apiKey.source}`;
    case 'unusable':
      return `API key in ${apiKey.source} not usable`;
  }
}

type Reach = {readonly wide: string | null; readonly port: number};

function accessFinding({displayName, partialGuard}: Engine, apiKey: ApiKey, {wide, port}: Reach): Finding | null {
  if (apiKey.kind === 'unusable') return unusableKeyFinding(apiKey);
  if (wide === null) return null;
  if (apiKey.kind === 'none') {
    return finding(
      withDetails('preflight.open-to-network', {host: wide, port}),
      `The engine would listen on ${wide}, port ${port}, without an API key: everyone who reaches this host could use it.`,
      `Run ${ROTATE}, or set engine.host to 127.0.0.1.`,
    );
  }
  if (apiKey.isWeak) {
    return finding(
      withDetails('preflight.api-key-weak', {source: apiKey.source, host: wide}),
      `The API key from ${apiKey.source} is too weak for an engine that listens on ${wide}: fewer than ${LEAST_KEY_LENGTH} characters, or only a few different ones.`,
      apiKey.source.startsWith('/')
        ? `Run ${ROTATE}, or set engine.host to 127.0.0.1.`
        : `Unset ${apiKey.source} and run ${ROTATE}, or set engine.host to 127.0.0.1.`,
    );
  }
  if (partialGuard === null) return null;
  return {
    ...finding(
      withDetails('preflight.key-guards-partly', {host: wide, port}),
      `${displayName} listens on ${wide}, and its API key does not guard everything: ${partialGuard}.`,
      'Let only a reverse proxy with the paths that clients need reach the port, or block it with a firewall.',
    ),
    severity: 'warning',
  };
}

/** Why a key that is there is not used. */
export function unusableKeyFinding({source, reason}: Extract<ApiKey, {kind: 'unusable'}>): Finding {
  return finding(
    withDetails('preflight.api-key-unusable', {source}),
    `The API key in ${source} cannot be used: ${reason}.`,
    `Run ${ROTATE} for a new one${source.startsWith('/') ? '' : `, and unset ${source}`}.`,
  );
}

function finding(head: Pick<Finding, 'code' | 'details'>, message: string, remedy: string): Finding {
  return findingOf({...head, message, remedy}, 'critical');
}

/** An address beyond this host on which the engine would be reached, as it was written; null if there is none. */
async function wideHost(settings: LaunchSettings, installation: Installation | null): Promise<string | null> {
  const found = installation?.ok === true ? installation.value : null;
  const ofClient = found?.kind === 'container' ? found.extraArguments : [];
  const hosts = isBehindPublishedPorts(ofClient) ? [] : [settings.host, ...hostsInArguments(settings.extraArguments)];
  for (const host of hosts) if (!(await isOnlyLoopback(host))) return host;
  const published = publishedAddresses(ofClient);
  return published.find((address) => !isLoopbackAddress(address)) ?? null;
}

/** Every address of a name counts. A name without one counts as wide: it may have one when the engine asks. */
async function isOnlyLoopback(host: string): Promise<boolean> {
  if (isLoopbackAddress(host)) return true;
  try {
    const addresses = await lookup(host, {all: true});
    return addresses.length > 0 && addresses.every(({address}) => isLoopbackAddress(address));
  } catch {
    return false;
  }
}
