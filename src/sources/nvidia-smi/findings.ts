import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {GpuSample} from '../../samples/gpu.ts';
import {isPresent} from '../../samples/reading.ts';

type Words = Pick<Finding, 'message' | 'remedy'> & {readonly severity?: Finding['severity']};

/** A finding of this source. */
export function gpuFinding(code: string, words: Words, evidence: string | null = null): Finding {
  return {
    code: `source.nvidia-smi.${code}`,
    severity: words.severity ?? 'critical',
    message: words.message,
    evidence,
    remedy: words.remedy,
    settingsChange: null,
  };
}

/** A start-up message of the tool, in any branch, and what it means. They come on stdout. */
const messages: readonly {
  readonly code: string;
  readonly pattern: RegExp;
  readonly words: (match: RegExpExecArray) => Words;
}[] = [
  {
    code: 'driver-not-loaded',
    pattern: /NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver/,
    words: () => ({
      message: 'The NVIDIA driver is not loaded.',
      remedy: 'Load it (modprobe nvidia) or install it; after a kernel upgrade it has to be built again (dkms status).',
    }),
  },
  {
    code: 'library-missing',
    pattern: /couldn't find libnvidia-ml\.so library/,
    words: () => ({
      message: 'nvidia-smi does not find its library libnvidia-ml.so.',
      remedy:
        'Install the driver package that belongs to this nvidia-smi; in a container start it with the NVIDIA runtime.',
    }),
  },
  {
    code: 'version-mismatch',
    pattern: /Failed to initialize NVML: Driver\/library version mismatch(?:\s+NVML library version: (\S+))?/,
    words: (match) => ({
      message: `The loaded driver and its library${match[1] === undefined ? '' : ` (${match[1]})`} are of different versions: the driver was upgraded underneath.`,
      remedy:
        'Reboot, or unload and load the driver with nothing using the cards. A running engine keeps working until then.',
    }),
  },
  {
    code: 'no-permission',
    pattern: /Failed to initialize NVML: Insufficient Permissions/,
    words: () => ({
      message: 'This user may not talk to the driver.',
      remedy: 'Run as a user who may read /dev/nvidia*, or give the container access to the devices.',
    }),
  },
  {
    code: 'unknown-error',
    pattern: /Failed to initialize NVML: (?!Driver\/library|Insufficient)(.+)/,
    words: (match) => ({
      message: `The driver library did not start: ${match[1]}.`,
      remedy:
        'In a container this is lost device access: restart the container. Else read the kernel log (dmesg | grep NVRM).',
    }),
  },
  {
    code: 'no-devices-permission',
    pattern: /No devices were found\. Please make sure \/dev\/nvidia\*/,
    words: () => ({
      message: 'No card was found that this user may open.',
      remedy: 'Run as a user who may read /dev/nvidia*, or give the container the devices.',
    }),
  },
  {
    code: 'no-devices',
    pattern: /No devices were found/,
    words: () => ({
      message: 'The driver finds no card.',
      remedy: 'Check lspci | grep -i nvidia and the kernel log; a card that fell off the bus needs a reboot.',
    }),
  },
  {
    code: 'invalid-field',
    pattern: /Field "([^"]+)" is not a valid field to query/,
    words: (match) => ({
      message: `This driver does not know the field ${match[1]}.`,
      remedy: 'Nothing needs doing when Gantry asked; a script of your own should ask for fields of --help-query-gpu.',
    }),
  },
  {
    code: 'invalid-arguments',
    pattern: /Only one --query-\* switch can be used at a time/,
    words: () => ({
      message: 'nvidia-smi was called with two queries at once.',
      remedy: 'Check the script that stands in for nvidia-smi: it must hand on the arguments as they are.',
    }),
  },
];

const lostHandle = /Unable to determine the device handle for (?:gpu|GPU)\s?(\S+?): (?:\S+: )?(.+?)\.(?:\s|$)/;

/** The finding a text names, or null: start-up errors, and cards that the driver cannot open. */
export function findingOfText(text: string): Finding | null {
  const lost = lostHandle.exec(text);
  if (lost !== null) return lostFinding(lost[1] ?? '?', lost[2] ?? 'unknown', lost[0].trim());
  for (const {code, pattern, words} of messages) {
    const match = pattern.exec(text);
    if (match !== null) return gpuFinding(code, words(match), firstLine(match[0]));
  }
  return null;
}

function lostFinding(card: string, reason: string, evidence: string): Finding {
  return gpuFinding(
    'gpu-lost',
    {
      message: `GPU ${card} cannot be opened: ${reason}.`,
      remedy: 'Read the kernel log for its Xid (dmesg | grep NVRM); a lost card comes back with a reboot of the host.',
    },
    evidence,
  );
}

function firstLine(text: string): string {
  return text.split('\n')[0]?.trim() ?? '';
}

/** What is wrong with the cards themselves. */
export function findingsOfGpus(gpus: readonly GpuSample[]): readonly Finding[] {
  return [...gpus.flatMap(findingsOfGpu), ...gapFindings(gpus)];
}

function findingsOfGpu(gpu: GpuSample): Finding[] {
  const card = `GPU ${gpu.index}`;
  const findings: Finding[] = [];
  if (gpu.fault !== null) findings.push(faultFinding(card, gpu.fault));
  if (isPresent(gpu.recoveryAction) && gpu.recoveryAction !== 'None' && gpu.fault === null) {
    findings.push(
      gpuFinding('recovery-action', {
        message: `${card}: the driver asks for "${gpu.recoveryAction}".`,
        remedy: 'Drain and stop the engine at a good moment, then do what the driver asks.',
        severity: 'warning',
      }),
    );
  }
  if (isPresent(gpu.remappedRowsFailure) && gpu.remappedRowsFailure) {
    findings.push(
      gpuFinding('row-remap-failure', {
        message: `${card}: a broken memory row could not be replaced.`,
        remedy: 'The card is at its end: have it replaced.',
        severity: 'warning',
      }),
    );
  }
  if (isPresent(gpu.eccUncorrectedVolatileCount) && gpu.eccUncorrectedVolatileCount > 0) {
    findings.push(
      gpuFinding('ecc-uncorrected', {
        message: `${card}: ${gpu.eccUncorrectedVolatileCount} memory errors since the driver was loaded could not be corrected.`,
        remedy: 'Restart the engine at a good moment; if the count grows, have the card replaced.',
        severity: 'warning',
      }),
    );
  }
  return findings;
}

function faultFinding(card: string, fault: string): Finding {
  if (fault === 'GPU requires reset') {
    return gpuFinding(
      'gpu-requires-reset',
      {
        message: `${card} requires a reset.`,
        remedy: 'Stop everything on the card, then nvidia-smi --gpu-reset -i <index>, or reboot.',
      },
      fault,
    );
  }
  return gpuFinding(
    'gpu-lost',
    {
      message: `${card}: ${fault === 'ERR!' ? 'the driver cannot read it' : fault}.`,
      remedy: 'Read the kernel log for its Xid (dmesg | grep NVRM); a lost card comes back with a reboot of the host.',
    },
    fault,
  );
}

/** Indexes that are skipped: a card that is there and is not shown (lost, or hidden from this process). */
function gapFindings(gpus: readonly GpuSample[]): Finding[] {
  const present = new Set(gpus.map((gpu) => gpu.index));
  const highest = Math.max(-1, ...present);
  return Array.from({length: highest + 1}, (_, index) => index)
    .filter((index) => !present.has(index))
    .map(missingFinding);
}

/** A card that the driver counts and does not report. */
export function missingFinding(index: number): Finding {
  return gpuFinding('gpu-missing', {
    message: `GPU ${index} is not reported: it is lost, or hidden from this user or container.`,
    remedy: 'Read the kernel log for its Xid (dmesg | grep NVRM), and check which devices this container was given.',
  });
}
