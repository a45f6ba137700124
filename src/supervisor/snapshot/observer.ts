import type {Finding} from '../../domain/diagnosis/finding.ts';
import {addSample, emptyWindow} from '../../domain/traffic/traffic-window.ts';
import type {EngineMetricsSample} from '../../samples/engine-metrics.ts';
import type {LoggedTraffic} from '../../samples/logged-traffic.ts';
import {absent} from '../../samples/reading.ts';
import type {GpuSourceEvent} from '../../sources/nvidia-smi/gpu-source.ts';
import {type Clock, stampOf} from '../loop/clock.ts';
import type {Observations} from './observations.ts';

/** Keeps the newest of everything the sources yield. */
export type Observer = {
  readonly get: () => Observations;
  readonly onGpuEvent: (event: GpuSourceEvent) => void;
  readonly onMetrics: (sample: EngineMetricsSample) => void;
  readonly onMetricsFailed: (finding: Finding) => void;
  readonly onHealth: (words: string) => void;
  readonly onLog: () => void;
  /** A log that cannot be read; null once it can. */
  readonly onLoggedTraffic: (traffic: LoggedTraffic) => void;
  readonly onLogNotice: (finding: Finding) => void;
  readonly onLogTrouble: (finding: Finding | null) => void;
  /** Adds a finding about the supervisor itself; one of the same code is replaced. */
  readonly onOwnFinding: (finding: Finding) => void;
  /** Takes back a finding about the supervisor itself. */
  readonly onOwnFindingOver: (code: string) => void;
  /** What was found before the start under way. */
  readonly onPreflight: (findings: readonly Finding[]) => void;
  /** A new run: what was measured of the one before says nothing about it. */
  readonly onRunChanged: () => void;
};

const nothingSeen: Observations = {
  gpuFrame: null,
  gpuInventory: null,
  gpuProcesses: null,
  gpuFindings: [],
  gpuTrouble: null,
  metrics: null,
  metricsFinding: null,
  metricsTrouble: null,
  traffic: emptyWindow,
  health: absent('not asked yet'),
  logStamp: null,
  loggedTraffic: null,
  logNotices: {},
  ownFindings: {},
  preflightFindings: [],
  logFinding: null,
};

/** An observer that has seen nothing. */
export function createObserver(clock: Clock): Observer {
  let seen = nothingSeen;
  const update = (change: Partial<Observations>): void => {
    seen = {...seen, ...change};
  };
  const trouble = (detail: string) => ({sinceMonotonicMs: clock.monotonicMs(), detail});
  return {
    get: () => seen,
    onGpuEvent(event) {
      switch (event.type) {
        case 'frame':
          update({gpuFrame: event.frame, gpuTrouble: null});
          break;
        case 'inventory':
          update({gpuInventory: event.inventory});
          break;
        case 'processes':
          update({gpuProcesses: {stamp: event.stamp, processes: event.processes}});
          break;
        case 'findings':
          update({gpuFindings: event.findings});
          break;
        case 'stale':
          update({gpuTrouble: seen.gpuTrouble ?? trouble(event.detail)});
          break;
      }
    },
    onMetrics: (sample) =>
      update({metrics: sample, traffic: addSample(seen.traffic, sample), metricsFinding: null, metricsTrouble: null}),
    onMetricsFailed: (finding) =>
      update({metricsFinding: finding, metricsTrouble: seen.metricsTrouble ?? trouble(finding.message)}),
    onHealth: (words) => update({health: words}),
    onLogTrouble: (finding) => update({logFinding: finding}),
    onLoggedTraffic: (traffic) => update({loggedTraffic: {stamp: stampOf(clock), traffic}}),
    onLogNotice: (finding) =>
      update({logNotices: {...seen.logNotices, [finding.code]: {stamp: stampOf(clock), finding}}}),
    onOwnFinding: (finding) => update({ownFindings: {...seen.ownFindings, [finding.code]: finding}}),
    onOwnFindingOver(code) {
      if (seen.ownFindings[code] === undefined) return;
      const {[code]: _, ...ownFindings} = seen.ownFindings;
      update({ownFindings});
    },
    onPreflight: (findings) => update({preflightFindings: findings}),
    onLog: () => update({logStamp: stampOf(clock)}),
    onRunChanged: () =>
      update({
        metrics: null,
        metricsFinding: null,
        metricsTrouble: null,
        traffic: emptyWindow,
        health: nothingSeen.health,
        logStamp: null,
        loggedTraffic: null,
        logNotices: {},
      }),
  };
}
