import type {VersionOrigin} from '../../domain/memory/plan/memory-plan.ts';
import {type PlanOutcome, UNKNOWN_VERSION} from '../../domain/memory/plan/plan-outcome.ts';

/** The versions of one engine that are known besides those of earlier starts; null where there is none. */
export type KnownVersions = {
  /** As named by who asks; null for the one that would be started. */
  readonly engineVersion: string | null;
  /** Of the engine on this host, as far as it can be known without waiting for a program. */
  readonly installedVersion: string | null;
  /** Of the run that serves or starts, or of the newest run while there is none: as its log says. */
  readonly runningVersion: string | null;
};

/** The version to plan for. */
export type PlannedVersion = {
  /** Null: none is known, the newest release is assumed. */
  readonly engineVersion: string | null;
  readonly versionOrigin: VersionOrigin;
  /** The version by which earlier starts are found; null if there was none. */
  readonly learnedVersion: string | null;
};

/**
 * The one rule for the version of a plan: the one that is named, else the installed one, which a start would use, else
 * the one of the run, else that of the newest start of this engine, whatever its settings were: a node has one
 * installation. Outcomes are the newest first.
 */
export function plannedVersion(
  engineName: string,
  {engineVersion, installedVersion, runningVersion}: KnownVersions,
  outcomes: readonly PlanOutcome[],
): PlannedVersion {
  const newest = outcomes.find((outcome) => outcome.engineName === engineName)?.engineVersion ?? null;
  const known: readonly (readonly [version: string | null, origin: VersionOrigin])[] = [
    [engineVersion, 'named'],
    [installedVersion, 'installed'],
    [runningVersion, 'log'],
    [newest === UNKNOWN_VERSION ? null : newest, 'last-start'],
  ];
  for (const [version, versionOrigin] of known) {
    if (version !== null) return {engineVersion: version, versionOrigin, learnedVersion: version};
  }
  return {engineVersion: null, versionOrigin: 'assumed', learnedVersion: newest};
}
