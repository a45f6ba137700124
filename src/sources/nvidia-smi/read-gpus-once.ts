import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {GpuInventory} from '../../samples/gpu.ts';
import {findingOfText, findingsOfGpus, gpuFinding} from './findings.ts';
import {parseOutput} from './parse-output.ts';
import {type RunResult, runOnce} from './run-once.ts';

export type GpuReading = {
  /** Null when no card could be read. */
  readonly inventory: GpuInventory | null;
  /** What is wrong, worst first. */
  readonly findings: readonly Finding[];
};

/** Reads the cards once, with everything `-q -x` says of them. */
export async function readGpusOnce(options: {
  readonly executable: string;
  readonly timeoutMs: number;
  readonly clock: {readonly nowMs: () => number; readonly monotonicMs: () => number};
}): Promise<GpuReading> {
  const {executable, timeoutMs, clock} = options;
  const result = await runOnce(executable, ['-q', '-x'], timeoutMs);
  const trouble = troubleOf(result, executable, timeoutMs);
  if (result.kind === 'not-started') return {inventory: null, findings: trouble};
  // Some programs put in its place print everything on stderr.
  const text = result.stdout.trim() === '' ? result.stderr : result.stdout;
  const output = parseOutput(text);
  const onStderr = result.stdout.trim() === '' ? null : findingOfText(result.stderr);
  const findings = [
    ...trouble,
    ...(text.trim() === '' && trouble.length > 0 ? [] : output.findings),
    ...(onStderr === null ? [] : [onStderr]),
    ...findingsOfGpus(output.gpus),
  ];
  if (output.gpus.length === 0) return {inventory: null, findings: sorted(findings)};
  const stamp = {sampledAtMs: clock.nowMs(), monotonicMs: clock.monotonicMs()};
  const {driverVersion, cudaVersion, gpus, processes} = output;
  return {inventory: {stamp, driverVersion, cudaVersion, gpus, processes}, findings: sorted(findings)};
}

/** What is wrong with the run itself, apart from what it printed. */
export function troubleOf(result: RunResult, executable: string, timeoutMs: number): readonly Finding[] {
  switch (result.kind) {
    case 'not-started':
      return [notStarted(executable, result.code)];
    case 'timed-out':
      return [
        result.isStuck
          ? gpuFinding('driver-not-answering', {
              message: 'nvidia-smi hangs in the driver and does not even react to SIGKILL.',
              remedy:
                'Read the kernel log for an Xid 119 or 120 (dmesg | grep NVRM); a reboot cures it. The engine may still serve.',
            })
          : gpuFinding('timeout', {
              message: `nvidia-smi did not answer within ${timeoutMs / 1000} s.`,
              remedy: 'Switch persistence mode on (nvidia-smi -pm 1): without it every call starts the driver anew.',
            }),
      ];
    case 'ended': {
      if (result.exitCode === 0 || result.exitCode === null) return [];
      const said = result.stdout.trim() !== '' || result.stderr.trim() !== '';
      return said ? [] : [exitFinding(result.exitCode)];
    }
  }
}

function notStarted(executable: string, code: string): Finding {
  if (code === 'ENOENT') {
    return gpuFinding('not-found', {
      message: `There is no ${executable}.`,
      remedy:
        'Install the NVIDIA driver, or name the program in nvidiaSmi.path (GANTRY_NVIDIA_SMI). Without a GPU try gantry demo.',
    });
  }
  return gpuFinding('not-executable', {
    message: `${executable} cannot be run (${code}).`,
    remedy:
      'Make it executable, with a first line that names its interpreter, or name another program in nvidiaSmi.path.',
  });
}

/** Exit codes as nvidia-smi's manual has them. */
const exitMeanings: Readonly<Record<number, string>> = {
  2: 'a bad argument',
  3: 'the operation is not available on this card',
  4: 'no permission',
  6: 'nothing was found',
  8: 'a power cable is missing',
  9: 'the driver is not loaded',
  10: 'interrupt trouble',
  12: 'the NVML library is missing',
  13: 'a function is missing from the NVML library',
  14: 'a corrupt infoROM',
  15: 'a card is lost',
  17: 'the operating system blocks the card',
  18: 'driver and library are of different versions',
};

function exitFinding(exitCode: number): Finding {
  const meaning = exitMeanings[exitCode];
  return gpuFinding('failed', {
    message: `nvidia-smi ended with ${exitCode}${meaning === undefined ? '' : ` (${meaning})`} and printed nothing.`,
    remedy: 'Run it by hand, and read the kernel log (dmesg | grep NVRM).',
  });
}

const order = {critical: 0, warning: 1, info: 2} as const;

function sorted(findings: readonly Finding[]): readonly Finding[] {
  const unique = new Map(findings.map((finding) => [`${finding.code} ${finding.message}`, finding]));
  return [...unique.values()].sort((a, b) => order[a.severity] - order[b.severity]);
}
