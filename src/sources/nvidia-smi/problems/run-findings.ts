import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {secondsText} from '../../../shared/quantities/durations.ts';
import type {RunResult} from '../run-once.ts';
import {gpuFinding} from './gpu-finding.ts';

/** Problems of a run itself, apart from its output; `printed` is false when there was none. */
export function runFindings(result: RunResult, executable: string, timeoutMs: number): readonly Finding[] {
  switch (result.kind) {
    case 'aborted':
      return [];
    case 'not-started':
      return [notStartedFinding(executable, result.code)];
    case 'stuck':
      return [notAnsweringFinding(1)];
    case 'timed-out':
      return [timeoutFinding(`${executable} did not answer within ${secondsText(timeoutMs)}`)];
    case 'ended': {
      const isSilent = result.stdout.trim() === '' && result.stderr.trim() === '';
      return isSilent && result.exitCode !== 0 ? [exitFinding(result.exitCode)] : [];
    }
  }
}

/** The program could not be started; `code` is the system error code. */
export function notStartedFinding(executable: string, code: string): Finding {
  if (code === 'ENOENT') {
    return gpuFinding(
      'not-found',
      {
        message: `${executable} was not found.`,
        remedy: 'Install the NVIDIA driver, or set nvidiaSmi.path (GANTRY_NVIDIA_SMI). Without a GPU, try gantry demo.',
      },
      code,
    );
  }
  return gpuFinding(
    'not-executable',
    {
      message: `${executable} cannot be run (${code}).`,
      remedy: 'Make it executable (chmod +x) with a valid interpreter line, or set nvidiaSmi.path to another program.',
    },
    code,
  );
}

/** Child processes of Gantry hang in the kernel. */
export function notAnsweringFinding(stuckCount: number): Finding {
  return gpuFinding('driver-not-answering', {
    message: `The NVIDIA driver does not answer: ${stuckCount === 1 ? 'an nvidia-smi hangs' : `${stuckCount} nvidia-smi hang`} in the kernel and cannot be killed. At most one more is started as a retry.`,
    remedy:
      'Look for an Xid 119 or 120 in the kernel log (dmesg | grep NVRM). A reboot fixes it; the engine may keep serving until then.',
  });
}

/** It runs but prints nothing. */
export function timeoutFinding(what: string): Finding {
  return gpuFinding('timeout', {
    message: `${what}.`,
    remedy:
      'Run nvidia-smi yourself. If it hangs too, read the kernel log (dmesg | grep NVRM). If it is only slow, enable persistence mode (nvidia-smi -pm 1).',
  });
}

/** Exit codes from nvidia-smi's manual. */
const exitMeanings: Readonly<Partial<Record<number, string>>> = {
  2: 'a bad argument',
  3: 'the operation is not available on this GPU',
  4: 'no permission',
  6: 'nothing was found',
  8: 'a power cable is missing',
  9: 'the driver is not loaded',
  10: 'an interrupt problem',
  12: 'the NVML library is missing',
  13: 'a function is missing from the NVML library',
  14: 'a corrupt infoROM',
  15: 'a GPU is lost',
  17: 'the operating system blocks the GPU',
  18: 'driver and library versions differ',
};

/** Codes with their own finding, also if the text is missing. */
const exitCodes: Readonly<Partial<Record<number, string>>> = {
  4: 'no-permission',
  6: 'no-devices',
  9: 'driver-not-loaded',
  12: 'library-missing',
  15: 'gpu-lost',
  18: 'version-mismatch',
};

/** It failed without a message. */
export function exitFinding(exitCode: number | null): Finding {
  const meaning = exitCode === null ? undefined : exitMeanings[exitCode];
  const how = exitCode === null ? 'was killed by a signal' : `exited with code ${exitCode}`;
  return gpuFinding((exitCode === null ? undefined : exitCodes[exitCode]) ?? 'failed', {
    message: `nvidia-smi ${how}${meaning === undefined ? '' : ` (${meaning})`} and printed no reason.`,
    remedy: 'Run it yourself, and read the kernel log (dmesg | grep NVRM).',
  });
}
