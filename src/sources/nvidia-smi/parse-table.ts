import type {GpuSample} from '../../samples/gpu.ts';
import type {Reading} from '../../samples/reading.ts';
import {buildGpu} from './build-gpu.ts';
import {textCell} from './cells.ts';

/** What the plain table shows. Names may be cut; it is read only where nothing better came. */
export type ParsedTable = {
  readonly driverVersion: Reading<string>;
  readonly cudaVersion: Reading<string>;
  readonly gpus: readonly GpuSample[];
};

const identityLine =
  /^\|\s+(\d+)\s+(.+?)\s+(On|Off|N\/A|Enabled|Disabled|ERR!)\s*\|\s*([0-9A-Fa-f]{8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-9])/;
const memoryPair = /\|\s*(\d+|ERR!|N\/A)\s*(?:MiB)?\s*\/\s*(\d+)\s*MiB\s*\|\s*(\S+)/;
const sensors = /^\|\s*\S+\s+(\S+)\s+(P\d+|N\/A|ERR!)\s+(\S+)\s*\/\s*(\S+)\s*\|/;

/** Cards of the plain `nvidia-smi` table; null when the text is none. */
export function parseTable(text: string): ParsedTable | null {
  if (!/\| NVIDIA-SMI \d/.test(text)) return null;
  const driver = /(?:Driver|KMD) Version:\s*(\S+)/.exec(text)?.[1];
  const cuda = /CUDA (?:UMD )?Version:\s*(\S+)/.exec(text)?.[1];
  const lines = text.split(/\r?\n/);
  const gpus: GpuSample[] = [];
  for (const [position, line] of lines.entries()) {
    const identity = identityLine.exec(line);
    if (identity === null) continue;
    const next = lines[position + 1] ?? '';
    const memory = memoryPair.exec(next);
    const readings = sensors.exec(next);
    gpus.push(
      buildGpu(
        {
          index: identity[1] ?? '',
          name: identity[2] ?? '',
          persistence_mode: identity[3] === 'On' ? 'Enabled' : 'Disabled',
          'pci.bus_id': identity[4] ?? '',
          ...(memory === null
            ? {'memory.used': /ERR!|GPU is lost/.exec(next)?.[0] ?? 'N/A'}
            : {'memory.used': memory[1] ?? '', 'memory.total': memory[2] ?? '', 'utilization.gpu': memory[3] ?? ''}),
          ...(readings === null
            ? {}
            : {
                'temperature.gpu': (readings[1] ?? '').replace(/C$/, ''),
                pstate: readings[2] ?? '',
                'power.draw': (readings[3] ?? '').replace(/W$/, ''),
                'enforced.power.limit': (readings[4] ?? '').replace(/W$/, ''),
              }),
        },
        gpus.length,
      ),
    );
  }
  return {driverVersion: textCell(driver), cudaVersion: textCell(cuda), gpus};
}
