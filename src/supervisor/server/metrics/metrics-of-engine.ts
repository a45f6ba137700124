import type {Snapshot} from '../../../api/snapshot.ts';
import {severitySchema} from '../../../domain/diagnosis/finding.ts';
import {engineStateSchema} from '../../../domain/lifecycle/phases.ts';
import {MS_PER_SECOND} from '../../../shared/units.ts';
import {gauge, type Metric, type Point, single} from './metric.ts';

/** Supervisor, engine, findings and sources. */
export const engineMetrics: readonly Metric<Snapshot>[] = [
  gauge(
    'gantry_supervisor_info',
    'Always 1; labels name the supervisor.',
    ['version', 'hostname'],
    ({supervisor, node}) => [{labels: {version: supervisor.version, hostname: node.hostname}, value: 1}],
  ),
  single(
    'gantry_supervisor_start_time_seconds',
    'When the supervisor started, Unix time.',
    ({supervisor}) => supervisor.startedAtMs / MS_PER_SECOND,
  ),
  single('gantry_simulated', '1 when the node is simulated.', ({simulated}) => (simulated ? 1 : 0)),
  single(
    'gantry_snapshot_time_seconds',
    'When this snapshot was taken, Unix time.',
    ({takenAtMs}) => takenAtMs / MS_PER_SECOND,
  ),
  gauge('gantry_engine_state', '1 for the current engine state, 0 for others.', ['state'], ({engine}) =>
    engineStateSchema.options.map((state) => ({labels: {state}, value: engine.state === state ? 1 : 0})),
  ),
  single(
    'gantry_engine_start_progress_ratio',
    'Completed fraction of the start, 0 to 1.',
    ({engine}) => engine.progressRatio,
  ),
  single('gantry_engine_start_time_seconds', 'When the engine was launched, Unix time.', ({engine}) =>
    engine.startedAtMs === null ? null : engine.startedAtMs / MS_PER_SECOND,
  ),
  gauge('gantry_findings', 'Present findings by severity, 0 for none.', ['severity'], ({findings}) =>
    severitySchema.options.map((severity) => ({
      labels: {severity},
      value: findings.filter((finding) => finding.severity === severity).length,
    })),
  ),
  gauge('gantry_finding', 'Present findings by code; none for a code without.', ['code', 'severity'], findingsByCode),
  gauge('gantry_source_up', '1 while the source has fresh samples; omitted while it is off.', ['source'], ({sources}) =>
    Object.entries(sources).map(([source, status]) => ({
      labels: {source},
      value: status.state === 'off' ? null : status.state === 'ok' ? 1 : 0,
    })),
  ),
];

/** Several findings may have one code, such as those of single GPUs. */
function findingsByCode({findings}: Snapshot): readonly Point[] {
  const groups = Map.groupBy(findings, ({code, severity}) => `${code} ${severity}`);
  return [...groups.values()].flatMap((group) =>
    group.slice(0, 1).map(({code, severity}) => ({labels: {code, severity}, value: group.length})),
  );
}
