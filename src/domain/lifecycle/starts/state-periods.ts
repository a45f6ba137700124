/** What an engine was during a time. */
export const periodKinds = ['serving', 'degraded', 'starting', 'down', 'failed'] as const;
export type PeriodKind = (typeof periodKinds)[number];

/** A time in which the engine was one thing, wall clock. */
export type StatePeriod = {readonly kind: PeriodKind; readonly fromMs: number; readonly toMs: number};

/** The events that change what an engine is: clients are served until a drain ends, and not while a failed one waits to be restarted. */
const kindsByCode: Readonly<Record<string, PeriodKind>> = {
  'engine.preflight': 'starting',
  'engine.starting': 'starting',
  'engine.ready': 'serving',
  'engine.draining': 'serving',
  'engine.degraded': 'degraded',
  'engine.stopping': 'down',
  'engine.stopped': 'down',
  'engine.failed': 'failed',
  'engine.backing-off': 'failed',
};

/**
 * What the engine was from `fromMs` to `toMs`, by its events, oldest first. Nothing is known of the time before the first event, and
 * periods of one kind that follow each other are one.
 */
export function statePeriods(
  events: readonly {readonly atMs: number; readonly code: string}[],
  fromMs: number,
  toMs: number,
): readonly StatePeriod[] {
  const changes = events.flatMap(({atMs, code}) => {
    const kind = kindsByCode[code];
    return kind === undefined ? [] : [{atMs, kind}];
  });
  const periods: StatePeriod[] = [];
  for (const [place, {atMs, kind}] of changes.entries()) {
    const period = {
      kind,
      fromMs: Math.max(fromMs, atMs),
      toMs: Math.min(toMs, changes[place + 1]?.atMs ?? toMs),
    };
    if (period.toMs <= period.fromMs) continue;
    const last = periods.at(-1);
    if (last?.kind === kind && last.toMs >= period.fromMs) periods[periods.length - 1] = {...last, toMs: period.toMs};
    else periods.push(period);
  }
  return periods;
}

/** How long the periods of each kind were, ms. */
export function timeByKind(periods: readonly StatePeriod[]): Readonly<Record<PeriodKind, number>> {
  const sums = {serving: 0, degraded: 0, starting: 0, down: 0, failed: 0};
  for (const {kind, fromMs, toMs} of periods) sums[kind] += toMs - fromMs;
  return sums;
}
