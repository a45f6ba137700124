import type {VersionOrigin} from '../../domain/memory/plan/memory-plan.ts';
import {type PlanOutcome, UNKNOWN_VERSION} from '../../domain/memory/plan/plan-outcome.ts';

/** The versions of one engine that are known besides those of earlier starts; null where there is none. */
export type KnownVersions = {
  /** As named by who asks; null for the one that would be started. */
  readonly engineVersion: string | null;
  /** Of the engine on this host, as far as it can be known without waiting for a program. */
  readonly installedVersion: string | null;
  /** Of the run that serves or starts, as its log says; null without a run. */
  readonly runningVersion: string | null;
  /** True for the plan of that run itself: it does not change with what is installed later. False for a next start. */
  readonly isOfRun?: boolean;
};

/** The version to plan for. */
export type PlannedVersion = {
  /** Null: none is known, the newest release is assumed. */
  readonly engineVersion: string | null;
  readonly versionOrigin: VersionOrigin;
  /** The version by which earlier starts are found; null if there was none. */
  readonly learnedVersion: string | null;
};

type Candidate = readonly [version: string | null, origin: VersionOrigin];

/**
 * The one rule for the version of a plan: the one that is named, else the installed one, which a start would use, else
 * the one of the run, else that of the newest start of this engine, whatever its settings were: a node has one
 * installation. For the plan of a run its own version comes before the installed one. Outcomes are the newest first.
 */
export function plannedVersion(
  engineName: string,
  {engineVersion, installedVersion, runningVersion, isOfRun = false}: KnownVersions,
  outcomes: readonly PlanOutcome[],
): PlannedVersion {
  const newest = outcomes.find((outcome) => outcome.engineName === engineName)?.engineVersion ?? null;
  const installed: Candidate = [installedVersion, 'installed'];
  const logged: Candidate = [runningVersion, 'log'];
  const known: readonly Candidate[] = [
    [engineVersion, 'named'],
    ...(isOfRun ? [logged, installed] : [installed, logged]),
    [newest === UNKNOWN_VERSION ? null : newest, 'last-start'],
  ];
  for (const [version, versionOrigin] of known) {
    if (version !== null) return {engineVersion: version, versionOrigin, learnedVersion: version};
  }
  return {engineVersion: null, versionOrigin: 'assumed', learnedVersion: newest};
}
