/** Why the metrics of an engine cannot be read. */
const unreadMetrics = ['broken-off', 'http-status', 'malformed', 'not-http', 'refused', 'timeout', 'too-large'];

/** The keys of the configuration that decide when a finding is raised or ends, by its code. */
export const thresholdKeys: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['gpu.memory-growing', ['findings.memoryGrowthGibPerHour', 'findings.memoryGrowthWindowMinutes']],
  ['engine.requests-waiting', ['findings.waitingRequests', 'findings.waitingSeconds']],
  [
    'engine.first-token-slow',
    ['findings.timeToFirstTokenSeconds', 'findings.timeToFirstTokenQuantile', 'findings.timeToFirstTokenMissedSeconds'],
  ],
  ['engine.idle', ['findings.idleMinutes']],
  ['engine.no-progress', ['findings.noStepSeconds']],
  ['lifecycle.crash-loop', ['restart.stableMinutes']],
  ['lifecycle.not-answering', ['findings.metricsUnreadSeconds']],
  ...unreadMetrics.map((name): [string, readonly string[]] => [
    `source.metrics.${name}`,
    ['findings.metricsUnreadSeconds'],
  ]),
]);
