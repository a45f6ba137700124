import type {Finding} from '../../domain/diagnosis/finding.ts';
import {isVersionAtLeast, releaseOf} from './engine-version.ts';
import {isKimiK2Name} from './kimi-k2.ts';

type Release = `${number}.${number}.${number}`;

/** The first releases of an engine that serve Kimi K2 with its parsers, by what changed in the model. */
export type KimiReleases = {
  /** K2 and K2 Thinking: text alone, the architecture of DeepSeek V3. */
  readonly k2: Release;
  /** K2.5 and K2.6: `KimiK25ForConditionalGeneration`. */
  readonly k25: Release;
  /** K2.7 has the same architecture; its card names this one. */
  readonly k27: Release;
};

/** The first release that serves this Kimi K2; null for another model. */
export function leastForKimi(model: string, {k2, k25, k27}: KimiReleases): Release | null {
  if (!isKimiK2Name(model)) return null;
  if (/k2[-_.]?7/i.test(model)) return k27;
  return /k2[-_.]?[56]/i.test(model) ? k25 : k2;
}

/** A release of the engine that is older than the model; null for any other, and for a version that names no release. */
export function kimiVersionProblem(
  {
    code,
    displayName,
    releases,
  }: {
    readonly code: string;
    readonly displayName: string;
    readonly releases: KimiReleases;
  },
  version: string,
  model: string,
): Finding | null {
  const least = leastForKimi(model, releases);
  if (least === null || releaseOf(version) === null) return null;
  const [major = 0, minor = 0, patch = 0] = least.split('.').map(Number);
  if (isVersionAtLeast(version, [major, minor, patch])) return null;
  return {
    code,
    severity: 'critical',
    message: `${displayName} ${version} is older than ${least}, the first that serves this model.`,
    evidence: null,
    remedy: `Install ${displayName} ${least} or newer: uv pip install -U ${displayName.toLowerCase()}.`,
    settingsChange: null,
  };
}
