import {z} from 'zod';
import {withDetails} from '../details/details.ts';
import type {Finding} from '../finding.ts';

/** Who can use the running engine: what listens, not what was asked for. */
export const engineAccessSchema = z.object({
  /** Addresses on which the engine listens, as the system lists them: `0.0.0.0`, `::`, `127.0.0.1`; at least one. */
  addresses: z.array(z.string()).min(1),
  port: z.number(),
  /** True if one of them is reached from other hosts. */
  isWide: z.boolean(),
  /**
   * What a request without a key was answered: `key`: refused; `partly`: refused, but other paths of this engine need
   * none; `open`: answered; `unknown`: not asked yet, or no clear answer.
   */
  guard: z.enum(['key', 'partly', 'open', 'unknown']),
});
export type EngineAccess = Readonly<z.infer<typeof engineAccessSchema>>;

/** `0.0.0.0:8000`, `[::]:8000 and 127.0.0.1:8000`. */
export function listeningText({addresses, port}: Pick<EngineAccess, 'addresses' | 'port'>): string {
  return addresses.map((address) => `${address.includes(':') ? `[${address}]` : address}:${port}`).join(' and ');
}

/** Whether a key is needed, in a few words. */
export function guardText(guard: EngineAccess['guard']): string {
  switch (guard) {
    case 'key':
      return 'with key';
    case 'partly':
      return 'key for some paths';
    case 'open':
      return 'no key';
    case 'unknown':
      return 'key unknown';
  }
}

/**
 * An engine that other hosts reach without a key: critical if nothing needs one, a warning if only a part does. Null
 * otherwise, also while it is unknown.
 *
 * @param partialGuard - what answers without the key, as a part of a sentence; null if nothing does
 */
export function accessFinding(access: EngineAccess, partialGuard: string | null): Finding | null {
  const {addresses, port, isWide, guard} = access;
  if (!isWide) return null;
  const common = {evidence: null, settingsChange: null};
  if (guard === 'open') {
    return {
      ...withDetails('engine.open-to-network', {addresses: [...addresses], port}),
      ...common,
      severity: 'critical',
      message: `The engine listens on ${listeningText(access)} without an API key: everyone who reaches this host can use it.`,
      remedy:
        'Run gantry config rotate-key and then gantry restart, or set engine.host to 127.0.0.1 and restart. Without a key the next start by command is refused; automatic restarts are not.',
    };
  }
  if (guard !== 'partly') return null;
  return {
    ...withDetails('engine.key-guards-partly', {addresses: [...addresses], port}),
    ...common,
    severity: 'warning',
    message: `The engine listens on ${listeningText(access)}, and its API key does not guard everything${partialGuard === null ? '' : `: ${partialGuard}`}.`,
    remedy: 'Let only a reverse proxy with the paths that clients need reach the port, or block it with a firewall.',
  };
}
