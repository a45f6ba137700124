import type {Finding} from '../../../domain/diagnosis/finding.ts';
import type {GpuSample} from '../../../samples/gpu.ts';
import {isPresent} from '../../../samples/reading.ts';
import {countedText} from '../../../shared/quantities/counts.ts';
import {cardNameOf} from './card-name.ts';
import {cardFinding, gpuFinding} from './gpu-finding.ts';

/** For links that are inactive; the training of all is repeated together. */
export const NVLINK_REMEDY =
  'Look for Xid 74 or SXid in the kernel log, and at the fabric manager (systemctl status nvidia-fabricmanager). A reset of all GPUs, or a reboot, trains the links again; if they stay inactive, ask the vendor.';

/** A busy GPU whose PCI Express link is slower than GPU and host allow; null for any other. */
export function slowPcieFinding(gpu: GpuSample): Finding | null {
  if (gpu.pcieLink === undefined) return null;
  const {generation, maxGeneration, lanes, maxLanes} = gpu.pcieLink;
  if (!isPresent(generation) || !isPresent(maxGeneration) || !isPresent(lanes) || !isPresent(maxLanes)) return null;
  if (generation >= maxGeneration && lanes >= maxLanes) return null;
  const {title, selector, card} = cardNameOf(gpu, false);
  return cardFinding(card, 'pcie-slow', {
    message: `${title} uses PCIe ${generation}.0 x${lanes} under load, and ${maxGeneration}.0 x${maxLanes} is possible.`,
    remedy: `Loading weights takes longer, and so does everything that passes through the host. Look at nvidia-smi -q -i ${selector} (GPU Link Info, Replays Since Reset); reseat the GPU or its riser, and check how the BIOS divides the lanes.`,
    severity: 'warning',
  });
}

/** GPUs with fewer working NVLinks than others of their type. Where all have the same, the board has no more. */
export function fewerNvlinks(gpus: readonly GpuSample[]): readonly Finding[] {
  return gpus.flatMap((gpu) => {
    const most = Math.max(0, ...gpus.filter(({name}) => name === gpu.name).map((one) => activeCountOf(one) ?? 0));
    const active = activeCountOf(gpu);
    if (active === null || active >= most || gpu.fault !== null) return [];
    const {title, card} = cardNameOf(gpu, false);
    return [
      cardFinding(card, 'nvlinks-inactive', {
        message: `${title} has ${countedText(active, 'active NVLink')}, and other GPUs of its type have ${most}.`,
        remedy: NVLINK_REMEDY,
        severity: 'warning',
      }),
    ];
  });
}

/** The query for NVLinks has no usable answer, whatever the others have; `failure` is what it does, as a predicate. */
export function nvlinksUnreadFinding(failure: string): Finding {
  return gpuFinding('nvlinks-unread', {
    message: `nvidia-smi nvlink --status ${failure}: the state of the NVLinks is unknown.`,
    remedy:
      'Run it yourself. If it hangs or fails too, look for Xid 74, 119 or 120 in the kernel log (dmesg | grep NVRM), and at the fabric manager (systemctl status nvidia-fabricmanager). All other values of the GPUs are read independently of it.',
    severity: 'warning',
  });
}

/** Null for a GPU without NVLink. */
function activeCountOf({nvlinks}: GpuSample): number | null {
  return nvlinks !== undefined && isPresent(nvlinks) ? nvlinks.activeCount : null;
}
