import type {Finding} from '../../domain/diagnosis/finding.ts';
import {type OtherTextDiagnosis, otherText} from '../../domain/diagnosis/text-diagnosis.ts';
import {gpuFinding} from '../nvidia-smi/problems/gpu-finding.ts';

/** What `nvidia-smi --gpu-reset` prints of a GPU that it reset, and of one that it did not reset. */
const done = /^GPU ([0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.\d) was successfully reset\.$/;
const refusals = /^The following GPUs could not be reset:$/;
const refused = /^GPU ([0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.\d): (\S.{0,120})$/;
const refusedAlone =
  /^(?:GPU Reset couldn't run because GPU (\S{4,20}) (is the primary GPU)|Unable to reset this GPU because it's (being used by some other process)|Resetting GPU (\S{4,20}) (is not supported))/i;

/** Longest text that is read as one: a command prints few lines. */
const MAX_LINES = 400;

/** What a reset of GPUs printed; null for another text. */
export function readReset(lines: readonly string[], lineCount: number): OtherTextDiagnosis | null {
  if (lines.length > MAX_LINES) return null;
  const texts = lines.map((line) => line.trim());
  const isList = texts.some((text) => refusals.test(text));
  const resets = texts.flatMap((text) => done.exec(text)?.[1] ?? []);
  const findings = texts.flatMap((text) => refusalOf(text, isList));
  if (resets.length + findings.length === 0) return null;
  return otherText({
    kind: 'gpu-report',
    engine: null,
    displayName: 'Output of nvidia-smi',
    summary: resets.map((device) => `GPU ${device} was reset.`),
    findings,
    lineCount,
  });
}

function refusalOf(text: string, isList: boolean): readonly Finding[] {
  const [, device, reason = ''] = (isList ? refused.exec(text) : null) ?? [];
  if (device !== undefined) return [findingOf(device, reason, text)];
  const [, primary, isPrimary, inUse, other, notSupported] = refusedAlone.exec(text) ?? [];
  const said = isPrimary ?? inUse ?? notSupported;
  return said === undefined ? [] : [findingOf(primary ?? other ?? null, said, text)];
}

function findingOf(device: string | null, reason: string, evidence: string): Finding {
  const message = `${device === null ? 'The GPU' : `GPU ${device}`} was not reset: ${reasonText(reason)}.`;
  return gpuFinding('not-reset', {message, remedy: remedyFor(reason), severity: 'critical'}, evidence);
}

function reasonText(reason: string): string {
  if (/^is /.test(reason)) return `it ${reason}`;
  return reason.startsWith('being used') ? 'another process uses it' : reason.replace(/\.$/, '');
}

function remedyFor(reason: string): string {
  if (/in use|being used|client/i.test(reason)) {
    return 'End everything that has the GPU open: engines and their workers (gantry gpus, fuser -v /dev/nvidia*), monitors (dcgm-exporter, nvidia-persistenced, nvidia-smi), with NVSwitch the fabric manager; persistence mode counts too (nvidia-smi -pm 0 -i GPU). With NVSwitch, GPUs are reset all together. If it stays in use, reboot the node.';
  }
  if (/primary/i.test(reason)) {
    return 'It drives a display: end the display manager (systemctl isolate multi-user.target), or reboot the host instead.';
  }
  if (/support/i.test(reason)) return 'This GPU, or this virtual machine, cannot be reset alone: reboot the host.';
  if (/permission/i.test(reason)) return 'Run it as root, on the host and not in a container.';
  return 'Reboot the host, or power it off and on; look for the Xid of the GPU in the kernel log (dmesg | grep NVRM), and replace the GPU if it does not return.';
}
