/** The keys of the configuration that decide when one finding is raised or ends, by its code. */
export const thresholdKeys: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['gpu.memory-growing', ['findings.memoryGrowthGibPerHour', 'findings.memoryGrowthWindowMinutes']],
  ['gpu.memory-beyond-plan', ['findings.memoryBeyondPlanGib']],
  ['gpu.memory-grew', ['findings.memoryGrewGib']],
  ['engine.requests-waiting', ['findings.waitingRequests', 'findings.waitingSeconds']],
  [
    'engine.first-token-slow',
    ['findings.timeToFirstTokenSeconds', 'findings.timeToFirstTokenQuantile', 'findings.timeToFirstTokenMissedSeconds'],
  ],
  ['engine.idle', ['findings.idleMinutes']],
  ['engine.no-progress', ['findings.noStepSeconds']],
  ['lifecycle.crash-loop', ['restart.stableMinutes']],
  ['lifecycle.not-answering', ['findings.metricsUnreadSeconds']],
]);

/** The keys that decide when this finding is raised or ends; all findings about unread metrics have the same. */
export function thresholdKeysOf(code: string): readonly string[] {
  return code.startsWith('source.metrics.') ? ['findings.metricsUnreadSeconds'] : (thresholdKeys.get(code) ?? []);
}
