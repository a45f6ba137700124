import {XMLParser} from 'fast-xml-parser';
import {z} from 'zod';
import type {GpuProcessSample, GpuSample, MigInstanceSample} from '../../samples/gpu.ts';
import {absent, isAbsent, isPresent, type Reading} from '../../samples/reading.ts';
import {buildGpu, type GpuCells} from './build-gpu.ts';
import {mibCell, numberCell, textCell} from './cells.ts';

/** What `-q -x` says, all driver branches alike. */
export type ParsedInventory = {
  readonly driverVersion: Reading<string>;
  readonly cudaVersion: Reading<string>;
  readonly gpus: readonly GpuSample[];
  readonly processes: readonly GpuProcessSample[];
  /** True when the document ends before its end tag: a child was killed while printing. */
  readonly isCut: boolean;
};

const END_TAG = '</nvidia_smi_log>';

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  isArray: (name) => name === 'gpu' || name === 'mig_device' || name === 'process_info',
});

const nodeSchema = z.record(z.string(), z.unknown());
type Node = z.infer<typeof nodeSchema>;

/** The first whole document of an `nvidia-smi -q -x` output; of a cut one, the cards that came whole. Null when it is none. */
export function parseXml(text: string): ParsedInventory | null {
  const start = text.indexOf('<nvidia_smi_log');
  if (start === -1) return null;
  const end = text.indexOf(END_TAG, start);
  const isCut = end === -1;
  const whole = isCut ? closeCut(text.slice(start)) : text.slice(start, end + END_TAG.length);
  const log = asNode(asNode(parser.parse(whole))['nvidia_smi_log']);
  const gpus = asNodes(log['gpu']);
  const samples = gpus.map((gpu, position) => gpuOf(gpu, position));
  return {
    driverVersion: textCell(asText(log['driver_version'])),
    // 610 renames the header's key.
    cudaVersion: textCell(asText(log['cuda_version']) ?? asText(log['cuda_umd_version'])),
    gpus: samples,
    processes: gpus.flatMap((gpu, position) => processesOf(gpu, samples[position]?.uuid ?? absent('no uuid'))),
    isCut,
  };
}

/** A cut document up to its last whole card, closed. */
function closeCut(text: string): string {
  const lastWhole = text.lastIndexOf('</gpu>');
  return lastWhole === -1 ? `<nvidia_smi_log>${END_TAG}` : text.slice(0, lastWhole + '</gpu>'.length) + END_TAG;
}

function asNode(value: unknown): Node {
  const node = nodeSchema.safeParse(value);
  return node.success ? node.data : {};
}

function asNodes(value: unknown): readonly Node[] {
  return Array.isArray(value) ? value.map(asNode) : [];
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The text at a path; a block that collapsed to text (`GPU is lost`) gives that text for everything below it. */
function at(node: Node, ...path: readonly string[]): string | undefined {
  let current: unknown = node;
  for (const step of path) {
    if (typeof current === 'string') return current;
    current = asNode(current)[step];
  }
  return asText(current);
}

/** The first of several spellings that is there. */
function firstOf(...texts: readonly (string | undefined)[]): string | undefined {
  return texts.find((text) => text !== undefined);
}

function gpuOf(gpu: Node, position: number): GpuSample {
  const power = (name: string): string | undefined =>
    firstOf(at(gpu, 'gpu_power_readings', name), at(gpu, 'power_readings', name));
  const cells: Record<string, string | undefined> = {
    uuid: at(gpu, 'uuid'),
    'pci.bus_id': firstOf(at(gpu, 'pci', 'pci_bus_id'), asText(gpu['@id'])),
    name: at(gpu, 'product_name'),
    'memory.total': at(gpu, 'fb_memory_usage', 'total'),
    'memory.used': at(gpu, 'fb_memory_usage', 'used'),
    'memory.free': at(gpu, 'fb_memory_usage', 'free'),
    'memory.reserved': at(gpu, 'fb_memory_usage', 'reserved'),
    'utilization.gpu': at(gpu, 'utilization', 'gpu_util'),
    'utilization.memory': at(gpu, 'utilization', 'memory_util'),
    'temperature.gpu': at(gpu, 'temperature', 'gpu_temp'),
    'temperature.memory': at(gpu, 'temperature', 'memory_temp'),
    // 570 and newer print an instant and an average; older ones one value.
    'power.draw': firstOf(power('power_draw'), power('average_power_draw'), power('instant_power_draw')),
    'enforced.power.limit': firstOf(power('enforced_power_limit'), power('current_power_limit')),
    'clocks.sm': at(gpu, 'clocks', 'sm_clock'),
    pstate: firstOf(at(gpu, 'performance_state'), at(gpu, 'power_readings', 'power_state')),
    persistence_mode: at(gpu, 'persistence_mode'),
    'mig.mode.current': at(gpu, 'mig_mode', 'current_mig'),
    'ecc.errors.uncorrected.volatile.total': uncorrectedOf(gpu),
    'fabric.state': at(gpu, 'fabric', 'state'),
    gpu_recovery_action: at(gpu, 'gpu_recovery_action'),
    'remapped_rows.pending': at(gpu, 'remapped_rows', 'remapped_row_pending'),
    'remapped_rows.failure': at(gpu, 'remapped_rows', 'remapped_row_failure'),
  };
  return buildGpu(present(cells), position, asNodes(asNode(gpu['mig_devices'])['mig_device']).map(migOf));
}

function present(cells: Record<string, string | undefined>): GpuCells {
  return Object.fromEntries(
    Object.entries(cells).flatMap(([name, cell]) => (cell === undefined ? [] : [[name, cell]])),
  );
}

/** Uncorrected volatile errors: one total before Turing, SRAM and DRAM apart after, SRAM split again from 570 on. */
function uncorrectedOf(gpu: Node): string | undefined {
  const volatile = ['ecc_errors', 'volatile'] as const;
  const total = at(gpu, ...volatile, 'double_bit', 'total');
  if (total !== undefined) return total;
  const parts = ['sram_uncorrectable', 'sram_uncorrectable_parity', 'sram_uncorrectable_secded', 'dram_uncorrectable']
    .map((name) => at(gpu, ...volatile, name))
    .filter((text) => text !== undefined);
  const counts = parts.map(numberCell).filter(isPresent);
  return counts.length === 0 ? parts[0] : String(counts.reduce((sum, count) => sum + count, 0));
}

function migOf(device: Node): MigInstanceSample {
  return {
    gpuInstanceId: numberCell(at(device, 'gpu_instance_id')),
    computeInstanceId: numberCell(at(device, 'compute_instance_id')),
    memoryTotalBytes: mibCell(at(device, 'fb_memory_usage', 'total')),
    memoryUsedBytes: mibCell(at(device, 'fb_memory_usage', 'used')),
    memoryFreeBytes: mibCell(at(device, 'fb_memory_usage', 'free')),
  };
}

function processesOf(gpu: Node, gpuUuid: Reading<string>): GpuProcessSample[] {
  return asNodes(asNode(gpu['processes'])['process_info']).flatMap((process) => {
    const pid = numberCell(at(process, 'pid'));
    if (isAbsent(pid)) return [];
    return [
      {pid, name: textCell(at(process, 'process_name')), usedBytes: mibCell(at(process, 'used_memory')), gpuUuid},
    ];
  });
}
