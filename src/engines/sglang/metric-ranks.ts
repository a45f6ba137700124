import type {MetricFamily, MetricPoint} from '../../samples/exposition.ts';

type Labels = MetricPoint['labels'];

/**
 * The families without duplicate points: with `--enable-metrics-for-all-schedulers` every rank reports the same
 * requests, and with priorities there is one series per priority plus the sum of all (an empty `priority`).
 * The first rank of each data-parallel group counts.
 */
export function countedOnce(families: readonly MetricFamily[]): readonly MetricFamily[] {
  const leaders = leadersOf(families);
  return families.map((family) => {
    const ownPoints = family.points.filter(({labels}) => isLeading(labels, leaders));
    const hasSum = ownPoints.some(({labels}) => labels['priority'] === '');
    const points = hasSum ? ownPoints.filter(({labels}) => (labels['priority'] ?? '') === '') : ownPoints;
    return points.length === family.points.length ? family : {...family, points};
  });
}

/** The lowest rank that reports, by data-parallel group. */
function leadersOf(families: readonly MetricFamily[]): ReadonlyMap<string, number> {
  const leaders = new Map<string, number>();
  for (const {points} of families) {
    for (const {labels} of points) {
      const rank = rankOf(labels);
      if (rank === null) continue;
      const group = labels['dp_rank'] ?? '';
      leaders.set(group, Math.min(rank, leaders.get(group) ?? rank));
    }
  }
  return leaders;
}

function isLeading(labels: Labels, leaders: ReadonlyMap<string, number>): boolean {
  const rank = rankOf(labels);
  return rank === null || rank === leaders.get(labels['dp_rank'] ?? '');
}

/** A rank as one number, ordered by stage, tensor and expert rank; null for a series without a rank. */
function rankOf(labels: Labels): number | null {
  const tensorRank = labels['tp_rank'];
  if (tensorRank === undefined) return null;
  const [stage, tensor, expert] = [labels['pp_rank'] ?? '0', tensorRank, labels['moe_ep_rank'] ?? '0'].map(Number);
  const rank = ((stage ?? 0) * 100_000 + (tensor ?? 0)) * 100_000 + (expert ?? 0);
  return Number.isFinite(rank) ? rank : null;
}
