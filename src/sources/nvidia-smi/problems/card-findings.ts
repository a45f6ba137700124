import type {Finding} from '../../../domain/diagnosis/finding.ts';
import type {GpuSample} from '../../../samples/gpu.ts';
import {isPresent} from '../../../samples/reading.ts';
import {countedText} from '../../../shared/quantities/counts.ts';
import {type GpuCells, unnamedCell} from '../parse/build-gpu.ts';
import {faultOf, isForbidden} from '../parse/cells.ts';
import {type CardName, cardNameOf} from './card-name.ts';
import {faultFinding} from './fault-finding.ts';
import {cardByIndex, cardFinding, gpuFinding} from './gpu-finding.ts';

const none: ReadonlySet<number> = new Set();

/** Problems of the GPUs themselves, from their samples. `unplaced`: indexes that only number the GPUs of an output. */
export function findingsOfGpus(gpus: readonly GpuSample[], unplaced: ReadonlySet<number> = none): readonly Finding[] {
  return [...gpus.flatMap((gpu) => findingsOfGpu(gpu, unplaced.has(gpu.index))), ...persistenceFindings(gpus)];
}

function findingsOfGpu(gpu: GpuSample, isUnplaced: boolean): Finding[] {
  const name = cardNameOf(gpu, isUnplaced);
  if (gpu.fault !== null) return [faultFinding(name, gpu.fault)];
  return [...recoveryFindings(gpu, name), ...memoryFindings(gpu, name), ...fabricFindings(gpu, name)];
}

function recoveryFindings(gpu: GpuSample, {title, selector, card}: CardName): Finding[] {
  const {recoveryAction} = gpu;
  if (!isPresent(recoveryAction) || recoveryAction === 'None') return [];
  const isUrgent = recoveryAction === 'Reset' || recoveryAction === 'Reboot';
  const remedy =
    recoveryAction === 'Reboot'
      ? 'Stop the engine and reboot the host.'
      : `Drain and stop the engine, then run nvidia-smi --gpu-reset -i ${selector}; reboot if that is refused.`;
  return [
    cardFinding(
      card,
      'recovery-action',
      {
        message: `${title}: the driver requests the recovery action "${recoveryAction}".`,
        remedy,
        severity: isUrgent ? 'critical' : 'warning',
      },
      recoveryAction,
    ),
  ];
}

function memoryFindings(gpu: GpuSample, {title, selector, card}: CardName): Finding[] {
  const findings: Finding[] = [];
  if (isPresent(gpu.remappedRowsFailure) && gpu.remappedRowsFailure) {
    findings.push(
      cardFinding(card, 'row-remap-failure', {
        message: `${title}: a faulty memory row could not be remapped.`,
        remedy: 'Replace the GPU: it has no spare memory rows left there.',
      }),
    );
  }
  if (isPresent(gpu.remappedRowsPending) && gpu.remappedRowsPending) {
    findings.push(
      cardFinding(card, 'row-remap-pending', {
        message: `${title}: a faulty memory row is waiting to be remapped.`,
        remedy: `When convenient, stop the engine, then run nvidia-smi --gpu-reset -i ${selector}, or reboot.`,
        severity: 'warning',
      }),
    );
  }
  if (isPresent(gpu.eccUncorrectedVolatileCount) && gpu.eccUncorrectedVolatileCount > 0) {
    findings.push(
      cardFinding(card, 'ecc-uncorrected', {
        message: `${title}: ${countedText(gpu.eccUncorrectedVolatileCount, 'uncorrectable memory error')} since the driver was loaded.`,
        remedy: 'Restart the engine when convenient; if the count increases, replace the GPU.',
        severity: 'warning',
      }),
    );
  }
  return findings;
}

function fabricFindings(gpu: GpuSample, {title, card}: CardName): Finding[] {
  const {fabricState} = gpu;
  if (!isPresent(fabricState) || !['Not Started', 'In Progress'].includes(fabricState)) return [];
  return [
    cardFinding(card, 'fabric-not-ready', {
      message: `${title}: its NVLink fabric is "${fabricState}"; CUDA programs cannot start on it.`,
      remedy: 'Check the fabric manager (systemctl status nvidia-fabricmanager); its version must match the driver.',
      severity: 'warning',
    }),
  ];
}

function persistenceFindings(gpus: readonly GpuSample[]): Finding[] {
  const off = gpus.filter((gpu) => isPresent(gpu.persistenceMode) && gpu.persistenceMode === 'Disabled');
  if (off.length === 0) return [];
  return [
    gpuFinding('persistence-mode-off', {
      message: `Persistence mode is off on ${countedText(off.length, 'GPU')}: without a client the driver is initialized again for every query.`,
      remedy: 'Enable it with nvidia-smi -pm 1, or enable nvidia-persistenced.',
      severity: 'warning',
    }),
  ];
}

/** Problems of a GPU that are not in its sample. */
export function findingsOfCells(
  cells: GpuCells,
  gpu: GpuSample,
  unplaced: ReadonlySet<number> = none,
): readonly Finding[] {
  const {short, selector, card} = cardNameOf(gpu, unplaced.has(gpu.index));
  const findings: Finding[] = [];
  const health = cells['fabric.health.summary'];
  if (health !== undefined && /^(Unhealthy|Degraded|Limited Capacity)/i.test(health)) {
    findings.push(
      cardFinding(card, 'fabric-unhealthy', {
        message: `${short}: the health of its NVLink fabric is "${health}".`,
        remedy:
          'Read the fabric manager log (journalctl -u nvidia-fabricmanager), and look for SXid in the kernel log.',
        severity: 'warning',
      }),
    );
  }
  if (cells['retired_pages.pending'] === 'Yes') {
    findings.push(
      cardFinding(card, 'page-retirement-pending', {
        message: `${short}: a faulty memory page is waiting to be retired.`,
        remedy: `When convenient, stop the engine, then run nvidia-smi --gpu-reset -i ${selector}, or reboot.`,
        severity: 'warning',
      }),
    );
  }
  const unnamed = Object.entries(cells).filter(([name]) => unnamedCell.test(name));
  const failed = unnamed.filter(([, cell]) => faultOf(cell ?? '') !== null);
  // Where there is no other, the GPU itself cannot be read.
  if (failed.length === 1 && unnamed.length > 1) {
    findings.push(
      gpuFinding(
        'value-unreadable',
        {
          message: `${short}: the driver could not read one of its values.`,
          remedy: `Look at nvidia-smi -q -i ${selector}, and for an Xid of this GPU in the kernel log (dmesg | grep NVRM). Without one, it may be a sensor alone.`,
          severity: 'warning',
        },
        failed[0]?.[1] ?? null,
      ),
    );
  }
  const memory = cells['memory.total'];
  if (memory !== undefined && isForbidden(memory)) {
    findings.push(
      cardFinding(card, 'no-permission', {
        message: `${short}: this user has no permission to read its memory.`,
        remedy:
          'Run as a user with access, or give the container the GPU. MIG slices of others stay hidden without privileges.',
        severity: 'warning',
      }),
    );
  }
  return findings;
}

/** Missing indexes below the highest one or below the driver's count. */
export function missingIndexes(present: readonly number[], expectedCount: number): readonly number[] {
  const seen = new Set(present);
  const count = Math.max(expectedCount, Math.max(-1, ...present) + 1);
  return Array.from({length: count}, (_, index) => index).filter((index) => !seen.has(index));
}

/** A GPU that the driver counts but does not report. */
export function missingFinding(index: number): Finding {
  return cardFinding(cardByIndex(index), 'gpu-missing', {
    message: `GPU ${index} is not reported: it is lost, or hidden from this user or container.`,
    remedy: 'Look for its Xid in the kernel log (dmesg | grep NVRM), and check which devices this container has.',
  });
}
