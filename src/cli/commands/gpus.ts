import path from 'node:path';
import type {GpuProcessSample, GpuSample} from '../../samples/gpu.ts';
import {absent} from '../../samples/reading.ts';
import {isInPidNamespace} from '../../sources/host/pid-namespace.ts';
import {ProcessOwners, procDirectories} from '../../sources/host/process-owners.ts';
import {readGpusOnce} from '../../sources/nvidia-smi/read-gpus-once.ts';
import {readStartTimeTicks} from '../../supervisor/process/proc-stat.ts';
import {gpusText} from '../../views/text/gpus-text.ts';
import {knownNvidiaSmi} from '../choose-nvidia-smi.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {printError, printJson, printText} from '../output.ts';
import {type GlobalOptions, outputOf, wire} from '../wiring.ts';

const READ_TIMEOUT_MS = 20_000;
const OWNERS_HIDDEN = 'not visible in a container with its own process ids';

/**
 * `gantry gpus`: the GPUs as nvidia-smi reports them, and their problems. Exit code 1 when a finding is critical. Uses the
 * nvidia-smi of a running supervisor or simulated engine, so that a simulated node shows its simulated GPUs.
 */
export async function runGpus(global: GlobalOptions): Promise<ExitCode> {
  const wiring = await wire(global, process.env, 'supervisor');
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {output} = wiring.value;
  const chosen = await knownNvidiaSmi(wiring.value);
  if (!chosen.ok) return printError(output, chosen.error);
  const {executable, simulated} = chosen.value;
  const {inventory, findings} = await readGpusOnce({
    executable,
    timeoutMs: READ_TIMEOUT_MS,
    clock: {nowMs: () => Date.now(), monotonicMs: () => performance.now()},
  });
  const processes = await withOwners(inventory?.processes ?? [], simulated ? path.dirname(executable) : null);
  const named = inventory === null ? null : {...inventory, processes};
  const gpus = (inventory?.gpus ?? []).map((gpu) => withProcesses(gpu, processes));
  if (output.isJson) {
    printJson(output, {
      schemaVersion: 1,
      simulated,
      sampledAtMs: inventory?.stamp.sampledAtMs ?? Date.now(),
      driverVersion: inventory?.driverVersion ?? {absent: 'not reported by nvidia-smi'},
      cudaVersion: inventory?.cudaVersion ?? {absent: 'not reported by nvidia-smi'},
      gpus,
      findings,
    });
  } else {
    printText(output, gpusText({simulated, inventory: named, findings, columns: process.stdout.columns ?? 80}));
  }
  return findings.some((finding) => finding.severity === 'critical') ? exitCodes.refused : exitCodes.done;
}

/** With who runs each; the ids that the driver lists are the host's, and may be other processes' in a container. */
async function withOwners(
  processes: readonly GpuProcessSample[],
  simulatedNode: string | null,
): Promise<readonly GpuProcessSample[]> {
  if (simulatedNode === null && isInPidNamespace())
    return processes.map((each) => ({...each, owner: absent(OWNERS_HIDDEN)}));
  const owners = new ProcessOwners({procDirectories: procDirectories(simulatedNode), startOf: readStartTimeTicks});
  return owners.named(processes);
}

function withProcesses(gpu: GpuSample, processes: readonly GpuProcessSample[]) {
  return {...gpu, processes: processes.filter((process) => process.gpuUuid === gpu.uuid)};
}
