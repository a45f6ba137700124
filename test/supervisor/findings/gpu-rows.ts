import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import type {GpuProcessSample, GpuSample} from '../../../src/samples/gpu.ts';
import {BYTES_PER_GIB, BYTES_PER_MIB} from '../../../src/shared/units.ts';
import {parseOutput} from '../../../src/sources/nvidia-smi/parse/parse-output.ts';
import {
  findingsOfCells,
  findingsOfGpus,
  missingFinding,
} from '../../../src/sources/nvidia-smi/problems/card-findings.ts';
import {CurrentFindings, type Place} from '../../../src/sources/nvidia-smi/problems/current-findings.ts';
import {messageFindings} from '../../../src/sources/nvidia-smi/problems/error-texts.ts';
import {
  fewerNvlinks,
  nvlinksUnreadFinding,
  slowPcieFinding,
} from '../../../src/sources/nvidia-smi/problems/link-findings.ts';
import {
  exitFinding,
  notAnsweringFinding,
  notStartedFinding,
  timeoutFinding,
} from '../../../src/sources/nvidia-smi/problems/run-findings.ts';
import {unexpectedOutput} from '../../../src/sources/nvidia-smi/problems/unexpected-output.ts';
import {oneByOneFinding} from '../../../src/sources/nvidia-smi/read-gpus-once.ts';
import {streamEndFindings} from '../../../src/sources/nvidia-smi/stream/stream-findings.ts';
import {skippedGpusFinding} from '../../../src/supervisor/follow-gpus.ts';
import {settingsOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {gpuSample} from '../snapshot/observed.ts';
import type {FindingBench} from './finding-bench.ts';
import type {FindingRow} from './finding-row.ts';

const ended = (text: string, exitCode: number | null) => ({
  isStuck: false,
  startError: null,
  exitCode,
  text,
  gone: Promise.resolve(),
});

/** The table for people. */
const table = `| NVIDIA-SMI 580.105.08   Driver Version: 580.105.08   CUDA Version: 13.0 |
|   0  NVIDIA H100          On  |   00000000:01:00.0 Off |  0 |
| x | 1MiB / 2MiB | y |`;

const halfOfLanes = {generation: 5, maxGeneration: 5, lanes: 8, maxLanes: 16};

function linked(activeCount: number): GpuSample {
  return gpuSample(activeCount, {nvlinks: {count: 18, activeCount}});
}

/** What nvidia-smi shows or prints, and where the source finds it. */
const troubles: Readonly<Record<string, readonly [Place, readonly Finding[]]>> = {
  'driver-event': ['stream', messageFindings('GPU 00000000:02:00.0: Detected Critical Xid Error')],
  'driver-not-answering': ['stuck', [notAnsweringFinding(1)]],
  'driver-not-loaded': ['probe', messageFindings('Failed to initialize NVML: Driver Not Loaded')],
  'ecc-uncorrected': ['frame', findingsOfGpus([gpuSample(1, {eccUncorrectedVolatileCount: 3})])],
  'fabric-not-ready': ['frame', findingsOfGpus([gpuSample(1, {fabricState: 'In Progress'})])],
  'fabric-unhealthy': ['inventory', findingsOfCells({'fabric.health.summary': 'Unhealthy'}, gpuSample(1))],
  failed: ['processes', [exitFinding(255)]],
  'gpu-lost': ['frame', findingsOfGpus([gpuSample(1, {fault: 'GPU is lost'})])],
  'gpu-missing': ['frame', [missingFinding(1)]],
  'gpu-requires-reset': ['frame', findingsOfGpus([gpuSample(1, {fault: 'GPU requires reset'})])],
  'invalid-arguments': ['inventory', messageFindings('Option "--x" is not recognized. Please run nvidia-smi -h.')],
  'invalid-field': ['probe', messageFindings('Field "x.y" is not a valid field to query.')],
  'library-missing': ['probe', messageFindings("NVIDIA-SMI couldn't find libnvidia-ml.so library in your system.")],
  'listing-only': ['inventory', parseOutput('GPU 0: NVIDIA H100 (UUID: GPU-0)', '').findings],
  'no-devices': ['inventory', messageFindings('No devices were found')],
  'no-devices-permission': ['inventory', messageFindings('No devices were found. Please make sure /dev/nvidia* are')],
  'no-permission': ['inventory', findingsOfCells({'memory.total': '[Insufficient Permissions]'}, gpuSample(1))],
  'not-executable': ['probe', [notStartedFinding('/opt/smi', 'EACCES')]],
  'not-found': ['probe', [notStartedFinding('/opt/smi', 'ENOENT')]],
  'nvlinks-inactive': ['links', fewerNvlinks([linked(18), linked(12)])],
  'nvlinks-unread': ['links', [nvlinksUnreadFinding('does not answer')]],
  'one-by-one': ['stream', [oneByOneFinding(7)]],
  'output-cut': ['inventory', parseOutput('<?xml version="1.0" ?>\n<nvidia_smi_log>\n<gpu id="0">', '').findings],
  'page-retirement-pending': ['inventory', findingsOfCells({'retired_pages.pending': 'Yes'}, gpuSample(1))],
  'pcie-slow': ['inventory', [slowPcieFinding({...gpuSample(1), pcieLink: halfOfLanes})].filter((one) => one !== null)],
  'persistence-mode-off': ['frame', findingsOfGpus([gpuSample(1, {persistenceMode: 'Disabled'})])],
  'recovery-action': ['frame', findingsOfGpus([gpuSample(1, {recoveryAction: 'Reset'})])],
  'row-remap-failure': ['frame', findingsOfGpus([gpuSample(1, {remappedRowsFailure: true})])],
  'row-remap-pending': ['frame', findingsOfGpus([gpuSample(1, {remappedRowsPending: true})])],
  skipped: ['probe', [skippedGpusFinding(0)]],
  'stream-ended': ['stream', streamEndFindings(ended('', 1), 'nvidia-smi')],
  'table-only': ['inventory', parseOutput(table, '').findings],
  timeout: ['inventory', [timeoutFinding('nvidia-smi did not answer')]],
  'unexpected-output': ['inventory', [unexpectedOutput('hello')]],
  'unknown-columns': ['inventory', parseOutput('NVIDIA H200, GPU-00000001, 143771, 5 %\n', '').findings],
  'unknown-error': ['frame', findingsOfGpus([gpuSample(1, {fault: 'Unknown Error'})])],
  'version-mismatch': ['probe', messageFindings('Failed to initialize NVML: Driver/library version mismatch')],
};

const sources = new WeakMap<FindingBench, CurrentFindings>();

/** A query of the source has its answer. */
function report(bench: FindingBench, place: Place, findings: readonly Finding[]): void {
  const current = sources.get(bench) ?? new CurrentFindings();
  sources.set(bench, current);
  current.set(place, findings);
  const change = current.takeChange();
  if (change !== null) bench.observe({type: 'gpus', event: {type: 'findings', findings: change}});
}

function troubleOf(code: string): readonly [Place, readonly Finding[]] {
  const trouble = troubles[code.replace('source.nvidia-smi.', '')];
  if (trouble === undefined) throw new Error(`no input raises ${code}`);
  return trouble;
}

const settings = settingsOf();
const otherGpu = findingsOfGpus([gpuSample(5, {fault: 'GPU is lost'})]);

const holder = (usedBytes: number, pid = 77): GpuProcessSample => ({
  gpuUuid: gpuSample(0).uuid,
  pid,
  name: 'python',
  usedBytes,
});

/** What the driver lists, every second from now on. */
function list(bench: FindingBench, processes: (second: number) => readonly GpuProcessSample[]): void {
  bench.deliver = (second) =>
    bench.observe(
      {
        type: 'gpus',
        event: {type: 'frame', frame: {stamp: bench.now, gpus: [gpuSample(0)], expectedCount: 1, missingIndexes: []}},
      },
      {type: 'gpus', event: {type: 'processes', stamp: bench.now, processes: processes(second)}},
    );
  bench.pass(1);
}

export const gpuRows: readonly FindingRow[] = [
  {
    shown: ['source.nvidia-smi.*'],
    codes: Object.keys(troubles).map((code) => `source.nvidia-smi.${code}`),
    raisedBy: 'nvidia-smi',
    endedBy: 'nvidia-smi: the query that reported it no longer does',
    raise: (bench, code) => report(bench, ...troubleOf(code)),
    keeps: {
      'the recovery of another GPU': (bench, code) => {
        const [place, own] = troubleOf(code);
        report(bench, place, [...own, ...otherGpu]);
        report(bench, place, own);
      },
      'another query without a problem': (bench, code) => {
        const [place] = troubleOf(code);
        report(bench, place === 'frame' ? 'processes' : 'frame', []);
      },
      serving: (bench) => bench.serve(),
      'readings that are late': (bench) => bench.observe({type: 'gpus', event: {type: 'stale', sinceMs: 0}}),
      'a start with checks that report it too': (bench, code) => {
        bench.post({type: 'start-requested', settings: bench.lifecycle.settings ?? settings, force: false});
        bench.observe({type: 'preflight', findings: troubleOf(code)[1]});
      },
    },
    ends: {
      'the next answer of the same query': (bench, code) => report(bench, troubleOf(code)[0], []),
      'the same, while a start is checked that reported it too': (bench, code) => {
        const [place, findings] = troubleOf(code);
        bench.post({type: 'start-requested', settings, force: false});
        bench.observe({type: 'preflight', findings});
        report(bench, place, []);
      },
    },
  },
  {
    shown: ['gpu.foreign-process'],
    codes: ['gpu.foreign-process'],
    raisedBy: 'a process that is not part of the engine and uses 256 MiB of GPU memory or more',
    endedBy: 'its exit; less than 80 % of that',
    raise: (bench) => list(bench, () => [holder(4 * BYTES_PER_GIB)]),
    keeps: {
      'the exit of another one': (bench) => {
        list(bench, () => [holder(4 * BYTES_PER_GIB), holder(9 * BYTES_PER_GIB, 78)]);
        list(bench, () => [holder(4 * BYTES_PER_GIB)]);
      },
      serving: (bench) => bench.serve(),
      'a little less': (bench) => list(bench, () => [holder(210 * BYTES_PER_MIB)]),
    },
    ends: {
      'its exit': (bench) => list(bench, () => []),
      'being recognized as part of the engine': (bench) => {
        bench.ownPids = new Set([77]);
      },
      'little use': (bench) => list(bench, () => [holder(200 * BYTES_PER_MIB)]),
    },
    near: (bench) => list(bench, (second) => [holder((second % 2 === 0 ? 260 : 250) * BYTES_PER_MIB)]),
  },
];
