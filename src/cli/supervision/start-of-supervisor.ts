import {existsSync} from 'node:fs';
import type {Snapshot} from '../../api/snapshot.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {Wiring} from '../wiring.ts';

type Running = Pick<Snapshot, 'configuration' | 'findings'>;

/**
 * True if the file of this command has disappeared, and the supervisor follows the same file: its last valid version
 * stays in force there, and the defaults that this command has read are nobody's configuration.
 */
export function hasLostFile({configurationFile}: Pick<Wiring, 'configurationFile'>, {configuration}: Running): boolean {
  if (configuration.file !== configurationFile || existsSync(configurationFile)) return false;
  // The supervisor waits a moment before it believes that a file is gone.
  return !configuration.isInForce || configuration.values.some(({origin}) => origin.from === 'file');
}

/** Why the supervisor has another configuration than its file: it has disappeared, or is invalid. */
export function notInForceFindings({findings}: Running): readonly Finding[] {
  return findings.filter(({code}) => code === 'configuration.not-in-force');
}
