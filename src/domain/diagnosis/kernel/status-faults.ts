import type {Finding} from '../finding.ts';

type Status = {readonly pattern: RegExp; readonly code: string; readonly message: string; readonly remedy: string};

const RESET =
  'End every program on the GPU and reset it (nvidia-smi -r; with NVSwitch all GPUs together), or reboot the node. Which GPU it is, and why, says the first Xid further up (journalctl -k -b).';

/**
 * Results of the driver's own calls that tell that a card is not usable (`nvstatuscodes.h` of the open modules): in assertions
 * by name, in calls of the firmware by number. Most others are harmless, and asserted on nodes that work.
 */
const statuses: readonly Status[] = [
  {
    pattern: /\[NV_ERR_RESET_REQUIRED\]|\bstatus ?= ?0x0{0,6}62\b/,
    code: 'host.gpu-needs-reset',
    message: 'A GPU has to be reset: until then its driver refuses every program on it.',
    remedy: RESET,
  },
  {
    pattern: /\[NV_ERR_ECC_ERROR\]/,
    code: 'host.gpu-needs-reset',
    message: 'A GPU had a memory error that could not be corrected (ECC), and its driver refuses calls since.',
    remedy: `${RESET} Then look at nvidia-smi -q -d ECC,ROW_REMAPPER; replace the GPU if the error returns.`,
  },
  {
    pattern: /\[NV_ERR_(?:NVLINK_FABRIC_FAILURE|FABRIC_MANAGER_NOT_PRESENT|FABRIC_STATE_OUT_OF_SYNC)\]/,
    code: 'host.fabric-not-ready',
    message: 'The NVLink fabric is not set up: CUDA programs cannot start on these GPUs.',
    remedy:
      'Start the fabric manager (systemctl status nvidia-fabricmanager; its version must be that of the driver), and read its log. If it fails, look for SXid in the kernel log.',
  },
];

/** The first of these results in messages of the kernel. */
export function statusFindings(texts: readonly string[]): readonly Finding[] {
  for (const {pattern, code, message, remedy} of statuses) {
    const text = texts.find((line) => line.includes('NVRM: ') && pattern.test(line));
    if (text !== undefined) {
      return [{code, severity: 'critical', message, evidence: text, remedy, settingsChange: null}];
    }
  }
  return [];
}
