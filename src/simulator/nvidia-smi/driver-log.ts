import {gpuSerial, gpuUuid, pciBusId} from '../node/gpu-catalog.ts';
import type {SimulatedNode} from '../node/node-directory.ts';
import {gpuLostAtMs, LOST_GPU_INDEX} from '../node/scenarios.ts';
import {isGpuLost} from './card.ts';

/** What `dmesg` prints of the driver: seconds since boot, then the line. Pure: the same time gives the same lines. */
export function kernelLog(node: SimulatedNode, nowMs: number, uptimeSeconds: number): string {
  const loaded = `NVRM: loading NVIDIA UNIX x86_64 Kernel Module  ${node.driverVersion}`;
  const lines = [lineAt(Math.min(20, uptimeSeconds), loaded)];
  if (isGpuLost(node, LOST_GPU_INDEX, nowMs)) {
    const seconds = Math.max(0, uptimeSeconds - (nowMs - gpuLostAtMs(node)) / 1000);
    lines.push(...lostLines(LOST_GPU_INDEX).map((text) => lineAt(seconds, text)));
  }
  return lines.join('');
}

function lostLines(index: number): readonly string[] {
  const address = pciBusId(index).slice(4, -2).toLowerCase();
  return [
    `NVRM: GPU at PCI:${address}: ${gpuUuid(index)}`,
    `NVRM: GPU Board Serial Number: ${gpuSerial(index)}`,
    `NVRM: Xid (PCI:${address}): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.`,
    `NVRM: GPU ${address}.0: GPU has fallen off the bus.`,
  ];
}

function lineAt(seconds: number, text: string): string {
  return `[${seconds.toFixed(6).padStart(12)}] ${text}\n`;
}
