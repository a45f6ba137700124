import type {CardDetails} from '../../../domain/diagnosis/details/card-details.ts';
import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {faultFinding} from './fault-finding.ts';
import {cardByIndex, cardFinding, type FindingText, gpuFinding} from './gpu-finding.ts';

/** A start-up message of the tool, in any branch, and what it means. They come on stdout. */
const messages: readonly {
  readonly code: string;
  readonly pattern: RegExp;
  readonly words: (match: RegExpExecArray) => FindingText;
}[] = [
  {
    code: 'driver-not-loaded',
    pattern: /NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver|NVML: Driver Not Loaded/,
    words: () => ({
      message: 'The NVIDIA driver is not loaded.',
      remedy: 'Load it (modprobe nvidia) or install it. After a kernel upgrade it must be rebuilt (dkms status).',
    }),
  },
  {
    code: 'library-missing',
    pattern: /couldn't find libnvidia-ml\.so library/,
    words: () => ({
      message: 'nvidia-smi cannot find its library libnvidia-ml.so.',
      remedy: 'Install the driver package that matches this nvidia-smi. For a container, use the NVIDIA runtime.',
    }),
  },
  {
    code: 'version-mismatch',
    pattern: /Failed to initialize NVML: Driver\/library version mismatch(?:\s+NVML library version: (\S+))?/,
    words: (match) => ({
      message: `The loaded driver and its library${match[1] === undefined ? '' : ` (${match[1]})`} have different versions: the driver was upgraded while loaded.`,
      remedy: 'Reboot, or reload the driver while nothing uses the GPUs. A running engine keeps working until then.',
    }),
  },
  {
    code: 'no-permission',
    pattern: /Failed to initialize NVML: Insufficient Permissions/,
    words: () => ({
      message: 'This user has no access to the driver.',
      remedy: 'Run as a user with access to /dev/nvidia*, or give the container access to the devices.',
    }),
  },
  {
    code: 'unknown-error',
    pattern: /Failed to initialize NVML: (?!Driver\/library|Driver Not Loaded|Insufficient)(.+)/,
    words: (match) => ({
      message: `The driver library did not start: ${(match[1] ?? '').trim()}.`,
      remedy:
        'In a container, device access was lost: restart the container. Otherwise read the kernel log (dmesg | grep NVRM).',
    }),
  },
  {
    code: 'no-devices-permission',
    pattern: /No devices were found\. Please make sure \/dev\/nvidia\*/,
    words: () => ({
      message: 'No GPU was found that this user can open.',
      remedy: 'Run as a user with access to /dev/nvidia*, or give the container the devices.',
    }),
  },
  {
    code: 'no-devices',
    pattern: /No devices were found(?!\. Please make sure)/,
    words: () => ({
      message: 'The driver finds no GPU.',
      remedy: 'Check lspci | grep -i nvidia and the kernel log; a GPU that fell off the bus needs a reboot.',
    }),
  },
  {
    code: 'invalid-field',
    pattern: /Field "([^"]+)" is not a valid field to query/,
    words: (match) => ({
      message: `This driver does not support the field ${match[1]}.`,
      remedy: 'If you use a wrapper script for nvidia-smi, it must only request fields listed by --help-query-gpu.',
    }),
  },
  {
    code: 'invalid-arguments',
    pattern:
      /Only one --query-\* switch can be used at a time|Invalid combination of input arguments|Option ".{1,200}" is not recognized/,
    words: (match) => ({
      message: `nvidia-smi rejected its arguments: ${match[0]}.`,
      remedy: 'Check the wrapper script for nvidia-smi: it must pass on the arguments unchanged.',
    }),
  },
  {
    code: 'gpu-lost',
    pattern: /Failed to query device index/,
    words: () => ({
      message: 'nvidia-smi aborted because a GPU stopped responding.',
      remedy: 'Look for its Xid in the kernel log (dmesg | grep NVRM). A lost GPU returns after a host reboot.',
    }),
  },
];

/** Problems from the tool's own messages in a text, each once. GPUs it cannot open are reported by `lostHandles`. */
export function messageFindings(text: string): readonly Finding[] {
  const findings = messages.flatMap(({code, pattern, words}) => {
    const match = pattern.exec(text);
    return match === null ? [] : [gpuFinding(code, words(match), match[0].split('\n')[0]?.trim() ?? null)];
  });
  return [...findings, ...eventFindings(text)];
}

const eventLine =
  /^GPU ([0-9A-Fa-f:.]+): (Detected Critical Xid Error|A Double Bit ECC occurred|A Single Bit ECC error storm occurred|A Fatal poison error occurred|GPU Unavailable error occurred)\s*$/gm;

/** Lines that a text loop prints between its reports when the driver reports an event. The Xid number is not in them. */
function eventFindings(text: string): readonly Finding[] {
  return [...text.matchAll(eventLine)].map((match) =>
    cardFinding(
      cardNamed(match[1] ?? ''),
      'driver-event',
      {
        message: `GPU ${match[1]}: ${match[2]}.`,
        remedy: 'Look for the Xid number in the kernel log (dmesg | grep Xid): 48, 74, 79, 94, 95 and 119 are serious.',
        severity: 'warning',
      },
      match[0],
    ),
  );
}

/** A GPU that the driver counts but cannot open. */
export type LostHandle = {
  /** Index (`3`) or bus address (`0000:02:00.0`), as the branch prints it. */
  readonly card: string;
  /** Bus address of a GPU that is named by its index. */
  readonly address: string | null;
  readonly reason: string;
  readonly evidence: string;
};

const lostHandle = /Unable to determine the device handle for gpu ?(\S+):(?: (\S+):)? (.+)/gi;

/** The GPUs that the driver cannot open. Up to 555, one of them hides all others in every query. */
export function lostHandles(text: string): readonly LostHandle[] {
  return [...text.matchAll(lostHandle)].map((match) => ({
    card: match[1] ?? '?',
    address: match[2] ?? null,
    reason: firstSentence(match[3] ?? ''),
    evidence: match[0].trim(),
  }));
}

function firstSentence(text: string): string {
  const [first = ''] = text.trim().split(/\.(?:\s|$)/, 1);
  return first.trim();
}

/** The finding for a GPU that cannot be opened: that of its row in other queries, unless this user may not open it. */
export function lostHandleFinding({card, address, reason, evidence}: LostHandle): Finding {
  const named = cardNamed(card, address);
  const title = address === null ? `GPU ${card}` : `GPU ${card} (${address})`;
  if (!/Insufficient Permissions/.test(reason))
    return {...faultFinding({title, short: `GPU ${card}`, selector: card, card: named}, reason), evidence};
  return cardFinding(
    named,
    'no-permission',
    {
      message: `${title} cannot be opened: ${reason}.`,
      remedy: 'Run as a user with access to /dev/nvidia*, or give the container the device.',
    },
    evidence,
  );
}

/** A card as the tool's messages name it: by index in newer branches, by bus address in older ones. */
function cardNamed(name: string, address: string | null = null): CardDetails {
  return /^\d{1,4}$/.test(name)
    ? {...cardByIndex(Number(name)), pciBusId: address}
    : {index: null, pciBusId: name, uuid: null};
}
