import type {Finding} from '../../../domain/diagnosis/finding.ts';
import type {RunResult} from '../run-once.ts';
import {gpuFinding} from './gpu-finding.ts';

/** What is wrong with a run itself, apart from what it printed; `printed` is false when that was nothing. */
export function runFindings(result: RunResult, executable: string, timeoutMs: number): readonly Finding[] {
  switch (result.kind) {
    case 'aborted':
      return [];
    case 'not-started':
      return [notStartedFinding(executable, result.code)];
    case 'stuck':
      return [notAnsweringFinding(1)];
    case 'timed-out':
      return [timeoutFinding(`${executable} did not answer within ${timeoutMs / 1_000} s`)];
    case 'ended': {
      const isSilent = result.stdout.trim() === '' && result.stderr.trim() === '';
      return isSilent && result.exitCode !== 0 ? [exitFinding(result.exitCode)] : [];
    }
  }
}

/** The program could not be started; `code` is the system's. */
export function notStartedFinding(executable: string, code: string): Finding {
  if (code === 'ENOENT') {
    return gpuFinding(
      'not-found',
      {
        message: `There is no ${executable}.`,
        remedy:
          'Install the NVIDIA driver, or name the program in nvidiaSmi.path (GANTRY_NVIDIA_SMI). Without a GPU try gantry demo.',
      },
      code,
    );
  }
  return gpuFinding(
    'not-executable',
    {
      message: `${executable} cannot be run (${code}).`,
      remedy:
        'Make it executable (chmod +x), with a first line that names its interpreter, or set nvidiaSmi.path to another program.',
    },
    code,
  );
}

/** Children of Gantry hang in the kernel. */
export function notAnsweringFinding(stuckCount: number): Finding {
  return gpuFinding('driver-not-answering', {
    message: `The NVIDIA driver does not answer: ${stuckCount === 1 ? 'an nvidia-smi hangs' : `${stuckCount} nvidia-smi hang`} in the kernel and cannot be ended; no further one is started than one to try again.`,
    remedy:
      'Read the kernel log for an Xid 119 or 120 (dmesg | grep NVRM); a reboot cures it. The engine may still serve until then.',
  });
}

/** It runs and says nothing. */
export function timeoutFinding(what: string): Finding {
  return gpuFinding('timeout', {
    message: `${what}.`,
    remedy:
      'Run nvidia-smi by hand: if it hangs too, read the kernel log (dmesg | grep NVRM); if it is only slow, switch persistence mode on (nvidia-smi -pm 1).',
  });
}

/** Exit codes as nvidia-smi's manual has them. */
const exitMeanings: Readonly<Partial<Record<number, string>>> = {
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

/** Codes that have a finding of their own, also where the text did not come through. */
const exitCodes: Readonly<Partial<Record<number, string>>> = {
  4: 'no-permission',
  6: 'no-devices',
  9: 'driver-not-loaded',
  12: 'library-missing',
  15: 'gpu-lost',
  18: 'version-mismatch',
};

/** It ended with an error and without a word of its own. */
export function exitFinding(exitCode: number | null): Finding {
  const meaning = exitCode === null ? undefined : exitMeanings[exitCode];
  const how = exitCode === null ? 'was ended by a signal' : `ended with exit code ${exitCode}`;
  return gpuFinding((exitCode === null ? undefined : exitCodes[exitCode]) ?? 'failed', {
    message: `nvidia-smi ${how}${meaning === undefined ? '' : ` (${meaning})`} and printed nothing that names the reason.`,
    remedy: 'Run it by hand, and read the kernel log (dmesg | grep NVRM).',
  });
}
