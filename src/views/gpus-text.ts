import type {Finding} from '../domain/diagnosis/finding.ts';
import type {GpuInventory, GpuSample} from '../samples/gpu.ts';
import {isAbsent} from '../samples/reading.ts';
import {padText} from './compose.ts';
import {gibNumber, shown} from './format/numbers.ts';
import {asciiGlyphs} from './glyphs.ts';

/** The cards as text: a line each, MIG slices and processes below, then what is wrong. */
export function gpusText(input: {
  readonly simulated: boolean;
  readonly inventory: GpuInventory | null;
  readonly findings: readonly Finding[];
  readonly columns: number;
}): string {
  const {inventory, findings, simulated} = input;
  const head = inventory === null ? [] : [headline(inventory)];
  return [
    ...(simulated ? ['SIMULATED'] : []),
    ...head,
    ...(inventory === null ? [] : inventory.gpus.flatMap((gpu) => cardLines(gpu, inventory))),
    ...findings.flatMap(({severity, message, evidence, remedy}) => [
      `${severity}: ${message}`,
      ...(evidence === null ? [] : [`  seen: ${evidence}`]),
      `  -> ${remedy}`,
    ]),
  ].join('\n');
}

function headline({gpus, driverVersion, cudaVersion}: GpuInventory): string {
  const count = `${gpus.length} ${gpus.length === 1 ? 'card' : 'cards'}`;
  return `${count}, driver ${shown(driverVersion, asciiGlyphs, String)}, CUDA ${shown(cudaVersion, asciiGlyphs, String)}`;
}

function cardLines(gpu: GpuSample, {processes}: GpuInventory): string[] {
  const glyphs = asciiGlyphs;
  const name = padText(shown(gpu.name, glyphs, String), 24);
  const memory = `${padText(shown(gpu.memoryUsedBytes, glyphs, gibNumber), 6, 'left')} / ${padText(shown(gpu.memoryTotalBytes, glyphs, gibNumber), 6, 'left')} GiB`;
  const free = `free ${padText(shown(gpu.memoryFreeBytes, glyphs, gibNumber), 6, 'left')}`;
  const sensors = [
    shown(gpu.utilizationRatio, glyphs, (ratio) => `${Math.round(ratio * 100)} %`),
    shown(gpu.temperatureCelsius, glyphs, (celsius) => `${Math.round(celsius)} C`),
    shown(gpu.powerDrawWatts, glyphs, (watts) => `${Math.round(watts)} W`),
  ].map((text) => padText(text, 6, 'left'));
  const line = `${padText(String(gpu.index), 2, 'left')}  ${name} ${memory}  ${free} ${sensors.join(' ')}`;
  const slices = gpu.migInstances.map(
    (slice) =>
      `      MIG ${shown(slice.gpuInstanceId, glyphs, String)}/${shown(slice.computeInstanceId, glyphs, String)}  ` +
      `${shown(slice.memoryUsedBytes, glyphs, gibNumber)} / ${shown(slice.memoryTotalBytes, glyphs, gibNumber)} GiB`,
  );
  const held = isAbsent(gpu.uuid)
    ? []
    : processes
        .filter((process) => process.gpuUuid === gpu.uuid)
        .map(
          (process) =>
            `      pid ${process.pid}  ${shown(process.usedBytes, glyphs, gibNumber)} GiB  ${shown(process.name, glyphs, String)}`,
        );
  return [gpu.fault === null ? line : `${line}  ${gpu.fault}`, ...slices, ...held];
}
