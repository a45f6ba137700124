import type {Finding} from '../../../domain/diagnosis/finding.ts';
import type {GpuSample} from '../../../samples/gpu.ts';
import {isPresent} from '../../../samples/reading.ts';
import type {GpuCells} from '../parse/build-gpu.ts';
import {isForbidden} from '../parse/cells.ts';
import {cardByIndex, cardFinding, cardOf, gpuFinding} from './gpu-finding.ts';

/** What is wrong with the cards themselves, as far as their samples say. */
export function findingsOfGpus(gpus: readonly GpuSample[]): readonly Finding[] {
  return [...gpus.flatMap(findingsOfGpu), ...persistenceFindings(gpus)];
}

function findingsOfGpu(gpu: GpuSample): Finding[] {
  const card = nameOf(gpu);
  if (gpu.fault !== null) return [faultFinding(gpu, card, gpu.fault)];
  return [...recoveryFindings(gpu, card), ...memoryFindings(gpu, card), ...fabricFindings(gpu, card)];
}

/** Index and bus address: what an operator needs to find the card. */
function nameOf(gpu: GpuSample): string {
  return isPresent(gpu.pciBusId) ? `GPU ${gpu.index} (${gpu.pciBusId})` : `GPU ${gpu.index}`;
}

function faultFinding(gpu: GpuSample, card: string, fault: string): Finding {
  const lostRemedy =
    'Read the kernel log for its Xid (dmesg | grep NVRM); a lost card comes back with a reboot of the host.';
  switch (fault) {
    case 'GPU requires reset':
      return cardFinding(
        cardOf(gpu),
        'gpu-requires-reset',
        {
          message: `${card} requires a reset.`,
          remedy: `Stop everything on the card, then nvidia-smi --gpu-reset -i ${gpu.index}; if that is refused, reboot.`,
        },
        fault,
      );
    case 'Unknown Error':
    case 'ERR!':
      return cardFinding(
        cardOf(gpu),
        'unknown-error',
        {message: `${card} cannot be read: the driver says ${fault}.`, remedy: lostRemedy},
        fault,
      );
    default:
      return cardFinding(cardOf(gpu), 'gpu-lost', {message: `${card}: ${fault}.`, remedy: lostRemedy}, fault);
  }
}

function recoveryFindings(gpu: GpuSample, card: string): Finding[] {
  const {recoveryAction, index} = gpu;
  if (!isPresent(recoveryAction) || recoveryAction === 'None') return [];
  const isUrgent = recoveryAction === 'Reset' || recoveryAction === 'Reboot';
  const remedy =
    recoveryAction === 'Reboot'
      ? 'Stop the engine and reboot the host.'
      : `Drain and stop the engine, then nvidia-smi --gpu-reset -i ${index}; reboot if that is refused.`;
  return [
    cardFinding(
      cardOf(gpu),
      'recovery-action',
      {
        message: `${card}: the driver asks for "${recoveryAction}".`,
        remedy,
        severity: isUrgent ? 'critical' : 'warning',
      },
      recoveryAction,
    ),
  ];
}

function memoryFindings(gpu: GpuSample, card: string): Finding[] {
  const findings: Finding[] = [];
  if (isPresent(gpu.remappedRowsFailure) && gpu.remappedRowsFailure) {
    findings.push(
      cardFinding(cardOf(gpu), 'row-remap-failure', {
        message: `${card}: a broken memory row could not be replaced.`,
        remedy: 'Take the card out of service and have it replaced: its memory has no spare rows there.',
      }),
    );
  }
  if (isPresent(gpu.remappedRowsPending) && gpu.remappedRowsPending) {
    findings.push(
      cardFinding(cardOf(gpu), 'row-remap-pending', {
        message: `${card}: a broken memory row waits to be replaced.`,
        remedy: `At the next quiet moment stop the engine, then nvidia-smi --gpu-reset -i ${gpu.index}, or reboot.`,
        severity: 'warning',
      }),
    );
  }
  if (isPresent(gpu.eccUncorrectedVolatileCount) && gpu.eccUncorrectedVolatileCount > 0) {
    const count = gpu.eccUncorrectedVolatileCount;
    findings.push(
      cardFinding(cardOf(gpu), 'ecc-uncorrected', {
        message: `${card}: ${count} memory ${count === 1 ? 'error' : 'errors'} since the driver was loaded could not be corrected.`,
        remedy: 'Restart the engine at a good moment; if the count grows, have the card replaced.',
        severity: 'warning',
      }),
    );
  }
  return findings;
}

function fabricFindings(gpu: GpuSample, card: string): Finding[] {
  const {fabricState} = gpu;
  if (!isPresent(fabricState) || !['Not Started', 'In Progress'].includes(fabricState)) return [];
  return [
    cardFinding(cardOf(gpu), 'fabric-not-ready', {
      message: `${card}: its NVLink fabric is "${fabricState}"; CUDA programs cannot start on it.`,
      remedy:
        'Check the fabric manager (systemctl status nvidia-fabricmanager), which must be of the version of the driver.',
      severity: 'warning',
    }),
  ];
}

function persistenceFindings(gpus: readonly GpuSample[]): Finding[] {
  const off = gpus.filter((gpu) => isPresent(gpu.persistenceMode) && gpu.persistenceMode === 'Disabled');
  if (off.length === 0) return [];
  return [
    gpuFinding('persistence-mode-off', {
      message: `Persistence mode is off on ${off.length} ${off.length === 1 ? 'card' : 'cards'}: without a client the driver starts anew for every query.`,
      remedy: 'Switch it on with nvidia-smi -pm 1, or enable nvidia-persistenced.',
      severity: 'warning',
    }),
  ];
}

/** What is wrong with a card and has no place in its sample. */
export function findingsOfCells(cells: GpuCells, index: number): readonly Finding[] {
  const findings: Finding[] = [];
  const health = cells['fabric.health.summary'];
  if (health !== undefined && /^(Unhealthy|Degraded|Limited Capacity)/i.test(health)) {
    findings.push(
      cardFinding(cardByIndex(index), 'fabric-unhealthy', {
        message: `GPU ${index}: the health of its NVLink fabric is "${health}".`,
        remedy: 'Read the log of the fabric manager (journalctl -u nvidia-fabricmanager) and the kernel log for SXid.',
        severity: 'warning',
      }),
    );
  }
  if (cells['retired_pages.pending'] === 'Yes') {
    findings.push(
      cardFinding(cardByIndex(index), 'page-retirement-pending', {
        message: `GPU ${index}: a broken memory page waits to be retired.`,
        remedy: `At the next quiet moment stop the engine, then nvidia-smi --gpu-reset -i ${index}, or reboot.`,
        severity: 'warning',
      }),
    );
  }
  if (isForbidden(cells['memory.total'] ?? '')) {
    findings.push(
      cardFinding(cardByIndex(index), 'no-permission', {
        message: `GPU ${index}: this user may not read its memory.`,
        remedy:
          'Run as a user who may, or give the container the card; MIG slices of others stay hidden without privileges.',
        severity: 'warning',
      }),
    );
  }
  return findings;
}

/** Indexes below the highest one, or below the driver's count, that are not there. */
export function missingIndexes(present: readonly number[], expectedCount: number): readonly number[] {
  const seen = new Set(present);
  const count = Math.max(expectedCount, Math.max(-1, ...present) + 1);
  return Array.from({length: count}, (_, index) => index).filter((index) => !seen.has(index));
}

/** A card that the driver counts and does not report. */
export function missingFinding(index: number): Finding {
  return cardFinding(cardByIndex(index), 'gpu-missing', {
    message: `GPU ${index} is not reported: it is lost, or hidden from this user or container.`,
    remedy: 'Read the kernel log for its Xid (dmesg | grep NVRM), and check which devices this container was given.',
  });
}
