import {XMLParser} from 'fast-xml-parser';
import type {GpuProcessSample, MigInstanceSample} from '../../../samples/gpu.ts';
import {isAbsent, isPresent} from '../../../samples/reading.ts';
import type {GpuCells, ParsedCard} from './build-gpu.ts';
import {countCell, mibCell, textCell} from './cells.ts';
import {maskOfReasons} from './clock-event-reasons.ts';
import {emptyReport, type ParsedReport} from './parsed-report.ts';

const START_TAG = '<nvidia_smi_log';
const END_TAG = '</nvidia_smi_log>';
const CARD_END_TAG = '</gpu>';

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  isArray: (name) => name === 'gpu' || name === 'mig_device' || name === 'process_info',
});

type Node = Readonly<Record<string, unknown>>;

/**
 * The newest complete document of an `nvidia-smi -q -x` output; for a single cut one, its complete GPUs. Null for other
 * output. A document that is not valid XML gives no GPU and counts as cut.
 */
export function parseXml(text: string): ParsedReport | null {
  const document = newestDocument(text);
  if (document === null) return null;
  const root = parsed(document.text);
  if (root === null) return {...emptyReport, isCut: true};
  const log = asNode(root['nvidia_smi_log']);
  const gpus = asNodes(log['gpu']);
  return {
    driverVersion: textCell(asText(log['driver_version']) ?? asText(log['kmd_version'])),
    cudaVersion: textCell(asText(log['cuda_version']) ?? asText(log['cuda_umd_version'])),
    attachedCount: countCell(asText(log['attached_gpus'])),
    cards: gpus.map(cardOf),
    processes: gpus.flatMap(processesOf),
    isCut: document.isCut,
  };
}

/** A loop prints one document after the other; only the last one may be cut. */
function newestDocument(text: string): {readonly text: string; readonly isCut: boolean} | null {
  const end = text.lastIndexOf(END_TAG);
  const start = end === -1 ? text.indexOf(START_TAG) : text.lastIndexOf(START_TAG, end);
  if (start === -1) return null;
  if (end !== -1) return {text: text.slice(start, end + END_TAG.length), isCut: false};
  const lastWhole = text.lastIndexOf(CARD_END_TAG);
  const whole = lastWhole < start ? `${START_TAG}>` : text.slice(start, lastWhole + CARD_END_TAG.length);
  return {text: whole + END_TAG, isCut: true};
}

function parsed(document: string): Node | null {
  try {
    return asNode(parser.parse(document));
  } catch {
    // Reported by isCut: it was not a document.
    return null;
  }
}

const noNode: Node = {};

/** Asked for hundreds of places in each answer: it copies nothing. */
function asNode(value: unknown): Node {
  return isNode(value) ? value : noNode;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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

/** The first name with a value, otherwise the first that exists. */
function firstOf(...texts: readonly (string | undefined)[]): string | undefined {
  return (
    texts.find((text) => text !== undefined && isPresent(textCell(text))) ?? texts.find((text) => text !== undefined)
  );
}

function cardOf(gpu: Node): ParsedCard {
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
    'clocks.mem': at(gpu, 'clocks', 'mem_clock'),
    'clocks.max.sm': at(gpu, 'max_clocks', 'sm_clock'),
    'clocks.max.mem': at(gpu, 'max_clocks', 'mem_clock'),
    ...pcieCells(gpu),
    pstate: firstOf(at(gpu, 'performance_state'), at(gpu, 'power_readings', 'power_state')),
    persistence_mode: at(gpu, 'persistence_mode'),
    'mig.mode.current': at(gpu, 'mig_mode', 'current_mig'),
    'ecc.errors.uncorrected.volatile.total': uncorrectedOf(gpu),
    'clocks_event_reasons.active': reasonsOf(gpu),
    'fabric.state': at(gpu, 'fabric', 'state'),
    'fabric.status': at(gpu, 'fabric', 'status'),
    'fabric.health.summary': at(gpu, 'fabric', 'health', 'summary'),
    gpu_recovery_action: at(gpu, 'gpu_recovery_action'),
    'remapped_rows.pending': at(gpu, 'remapped_rows', 'remapped_row_pending'),
    'remapped_rows.failure': at(gpu, 'remapped_rows', 'remapped_row_failure'),
    'retired_pages.pending': firstOf(
      at(gpu, 'retired_pages', 'pending_blacklist'),
      at(gpu, 'retired_pages', 'pending_retirement'),
    ),
  };
  return {cells: present(cells), migInstances: asNodes(asNode(gpu['mig_devices'])['mig_device']).map(migOf)};
}

/** The link as far as the GPU: the one of the slot may be wider. */
function pcieCells(gpu: Node): Record<string, string | undefined> {
  const link = (...path: readonly string[]): string | undefined => at(gpu, 'pci', 'pci_gpu_link_info', ...path);
  return {
    'pcie.link.gen.current': firstOf(link('pcie_gen', 'device_current_link_gen'), link('pcie_gen', 'current_link_gen')),
    'pcie.link.gen.max': link('pcie_gen', 'max_link_gen'),
    'pcie.link.width.current': link('link_widths', 'current_link_width'),
    'pcie.link.width.max': link('link_widths', 'max_link_width'),
  };
}

function present(cells: Record<string, string | undefined>): GpuCells {
  return Object.fromEntries(
    Object.entries(cells).flatMap(([name, cell]) => (cell === undefined ? [] : [[name, cell.trim()]])),
  );
}

/** Uncorrected volatile errors: one total before Turing, SRAM and DRAM apart after, SRAM split again from 570 on. */
function uncorrectedOf(gpu: Node): string | undefined {
  const total = at(gpu, 'ecc_errors', 'volatile', 'double_bit', 'total');
  if (total !== undefined) return total;
  const parts = ['sram_uncorrectable', 'sram_uncorrectable_parity', 'sram_uncorrectable_secded', 'dram_uncorrectable']
    .map((name) => at(gpu, 'ecc_errors', 'volatile', name))
    .filter((text) => text !== undefined);
  const counts = parts.map((part) => countCell(part)).filter(isPresent);
  return counts.length === 0 ? parts[0] : String(counts.reduce((sum, count) => sum + count, 0));
}

function reasonsOf(gpu: Node): string | undefined {
  const word = gpu['clocks_event_reasons'] === undefined ? 'throttle' : 'event';
  return maskOfReasons('element', (name) => at(gpu, `clocks_${word}_reasons`, `clocks_${word}_reason_${name}`)?.trim());
}

function migOf(device: Node): MigInstanceSample {
  return {
    gpuInstanceId: countCell(at(device, 'gpu_instance_id')),
    computeInstanceId: countCell(at(device, 'compute_instance_id')),
    memoryTotalBytes: mibCell(at(device, 'fb_memory_usage', 'total')),
    memoryUsedBytes: mibCell(at(device, 'fb_memory_usage', 'used')),
    memoryFreeBytes: mibCell(at(device, 'fb_memory_usage', 'free')),
  };
}

function processesOf(gpu: Node): GpuProcessSample[] {
  const gpuUuid = textCell(at(gpu, 'uuid'));
  return asNodes(asNode(gpu['processes'])['process_info']).flatMap((process) => {
    const pid = countCell(at(process, 'pid'));
    if (isAbsent(pid)) return [];
    return [
      {pid, name: textCell(at(process, 'process_name')), usedBytes: mibCell(at(process, 'used_memory')), gpuUuid},
    ];
  });
}
