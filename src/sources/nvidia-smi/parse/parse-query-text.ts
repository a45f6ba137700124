import type {GpuProcessSample, MigInstanceSample} from '../../../samples/gpu.ts';
import {isAbsent, isPresent} from '../../../samples/reading.ts';
import type {ParsedCard} from './build-gpu.ts';
import {countCell, mibCell, textCell} from './cells.ts';
import {maskOfReasons} from './clock-event-reasons.ts';
import type {ParsedReport} from './parsed-report.ts';

/** Paths of the text report, innermost last, by the value's `--query-gpu` name. The first one with a value wins. */
const paths: Readonly<Record<string, readonly string[]>> = {
  uuid: ['GPU UUID'],
  name: ['Product Name'],
  'memory.total': ['FB Memory Usage/Total'],
  'memory.used': ['FB Memory Usage/Used'],
  'memory.free': ['FB Memory Usage/Free'],
  'memory.reserved': ['FB Memory Usage/Reserved'],
  'utilization.gpu': ['Utilization/Gpu', 'Utilization/GPU'],
  'utilization.memory': ['Utilization/Memory'],
  'temperature.gpu': ['Temperature/GPU Current Temp'],
  'temperature.memory': ['Temperature/Memory Current Temp'],
  'power.draw': [
    'GPU Power Readings/Power Draw',
    'GPU Power Readings/Average Power Draw',
    'GPU Power Readings/Instantaneous Power Draw',
    'Power Readings/Power Draw',
  ],
  'enforced.power.limit': ['GPU Power Readings/Current Power Limit', 'Power Readings/Enforced Power Limit'],
  'clocks.sm': ['Clocks/SM'],
  pstate: ['Performance State'],
  persistence_mode: ['Persistence Mode'],
  'mig.mode.current': ['MIG Mode/Current'],
  'fabric.state': ['Fabric/State'],
  'fabric.status': ['Fabric/Status'],
  'fabric.health.summary': ['Fabric/Health/Summary'],
  gpu_recovery_action: ['GPU Recovery Action'],
  'remapped_rows.pending': ['Remapped Rows/Pending'],
  'remapped_rows.failure': ['Remapped Rows/Remapping Failure Occurred'],
  'retired_pages.pending': ['Retired Pages/Pending Page Blacklist', 'Retired Pages/Pending Page Retirement'],
};

const uncorrectedParts = [
  'ECC Errors/Volatile/SRAM Uncorrectable',
  'ECC Errors/Volatile/SRAM Uncorrectable Parity',
  'ECC Errors/Volatile/SRAM Uncorrectable SEC-DED',
  'ECC Errors/Volatile/DRAM Uncorrectable',
];

const cardHeading = /^GPU ([0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-9A-Fa-f])\s*$/;
/** Sections that repeat under one GPU, one per entry. */
const MIG_SECTION = 'MIG Device';

type Values = Map<string, string>;
type Card = {
  readonly busId: string;
  readonly values: Values;
  readonly mig: Values[];
  readonly processes: Values[];
  /** Its list of processes was reached, also if there are none. */
  hasProcesses: boolean;
};
type Report = {readonly header: Values; readonly cards: Card[]};

/** The GPUs of the newest `nvidia-smi -q` report in a text; null when there is none. */
export function parseQueryText(text: string): ParsedReport | null {
  const isOpen = !text.endsWith('\n');
  const reports = readReports(text.slice(0, text.lastIndexOf('\n') + 1));
  const report = newestWhole(reports);
  if (report === null) return null;
  const cards = wholeCards(report, isOpen);
  const isCut = cards.length < report.cards.length;
  return {
    driverVersion: textCell(report.header.get('Driver Version') ?? report.header.get('KMD Version')),
    cudaVersion: textCell(report.header.get('CUDA Version') ?? report.header.get('CUDA UMD Version')),
    attachedCount: countCell(report.header.get('Attached GPUs')),
    cards: cards.map(cardOf),
    processes: cards.flatMap(processesOf),
    isCut,
  };
}

/** The last report of a loop may be cut: it counts only if it has as many GPUs and values as the one before. */
function newestWhole(reports: readonly Report[]): Report | null {
  const withCards = reports.filter((report) => report.cards.length > 0);
  const last = withCards.at(-1);
  const before = withCards.at(-2);
  if (last === undefined) return null;
  return before !== undefined && valueCount(last) < valueCount(before) ? before : last;
}

/**
 * Without a last card that is cut. A full report (with the product's name) ends each card with its processes; one of
 * chosen sections has the same values for every card.
 */
function wholeCards({cards}: Report, isOpen: boolean): readonly Card[] {
  const last = cards.at(-1);
  const before = cards.at(-2);
  if (last === undefined) return cards;
  const isFull = last.values.has('Product Name') || before?.values.has('Product Name') === true;
  const isWhole = isFull
    ? last.hasProcesses
    : before === undefined
      ? !isOpen
      : [...before.values.keys()].every((key) => last.values.has(key));
  return isWhole ? cards : cards.slice(0, -1);
}

function valueCount(report: Report): number {
  return report.cards.reduce((sum, card) => sum + card.values.size + 1, 0);
}

function readReports(text: string): readonly Report[] {
  let report: Report = {header: new Map(), cards: []};
  const reports = [report];
  let path: {indent: number; name: string}[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (/^=+NVSMI LOG=/.test(line)) {
      report = {header: new Map(), cards: []};
      reports.push(report);
      path = [];
      continue;
    }
    const busId = cardHeading.exec(line)?.[1];
    if (busId !== undefined) {
      report.cards.push({busId, values: new Map(), mig: [], processes: [], hasProcesses: false});
      path = [];
      continue;
    }
    const content = line.trimStart();
    if (content === '') continue;
    const indent = line.length - content.length;
    const colon = content.indexOf(':');
    const name = (colon === -1 ? content : content.slice(0, colon)).trimEnd();
    const value = colon === -1 ? undefined : content.slice(colon + 1).trim();
    path = [...path.filter((step) => step.indent < indent), {indent, name}];
    const card = report.cards.at(-1);
    if (card !== undefined) store(card, {names: path.map((step) => step.name), name}, value);
    else if (value !== undefined) setOnce(report.header, name, value);
  }
  return reports;
}

/** @param names - from the outermost section to the line's own `name` */
function store(
  card: Card,
  {names, name}: {readonly names: readonly string[]; readonly name: string},
  value: string | undefined,
): void {
  const mig = names.indexOf(MIG_SECTION);
  if (mig !== -1) {
    if (value === undefined && name === MIG_SECTION) card.mig.push(new Map());
    else if (value !== undefined) setOnce(card.mig.at(-1), names.slice(mig + 1).join('/'), value);
    return;
  }
  if (names[0] === 'Processes') card.hasProcesses = true;
  if (value === undefined) return;
  if (names[0] === 'Processes') {
    const current = card.processes.at(-1);
    // A repeated name begins the next process.
    if (current === undefined || current.has(name)) card.processes.push(new Map([[name, value]]));
    else current.set(name, value);
    return;
  }
  setOnce(card.values, names.join('/'), value);
}

function setOnce(values: Values | undefined, key: string, value: string): void {
  if (values !== undefined && !values.has(key)) values.set(key, value);
}

function cardOf(card: Card): ParsedCard {
  const cells: Record<string, string> = {'pci.bus_id': card.busId};
  const set = (field: string, value: string | undefined): void => {
    if (value !== undefined) cells[field] = value;
  };
  for (const [field, candidates] of Object.entries(paths)) {
    const found = candidates.map((candidate) => valueAt(card.values, candidate)).filter((value) => value !== undefined);
    set(field, found.find((value) => isPresent(textCell(value))) ?? found[0]);
  }
  set('ecc.errors.uncorrected.volatile.total', uncorrectedOf(card.values));
  const section = card.values.has('Clocks Throttle Reasons/Idle') ? 'Clocks Throttle Reasons' : 'Clocks Event Reasons';
  set(
    'clocks_event_reasons.active',
    maskOfReasons('words', (name) => valueAt(card.values, `${section}/${name}`)),
  );
  return {cells, migInstances: card.mig.map(migOf)};
}

/** The value at a path; a block that failed as a whole is one line with the driver's text. */
function valueAt(values: Values, path: string): string | undefined {
  return values.get(path) ?? values.get(path.replace(/\/.*/, ''));
}

function uncorrectedOf(values: Values): string | undefined {
  const total = values.get('ECC Errors/Volatile/Double Bit/Total');
  if (total !== undefined) return total;
  const parts = uncorrectedParts.map((path) => valueAt(values, path)).filter((part) => part !== undefined);
  const counts = parts.map((part) => countCell(part)).filter(isPresent);
  return counts.length === 0 ? parts[0] : String(counts.reduce((sum, count) => sum + count, 0));
}

function migOf(values: Values): MigInstanceSample {
  const memory = (name: string) =>
    mibCell(values.get(`Shared FB Memory Usage/${name}`) ?? values.get(`FB Memory Usage/${name}`));
  return {
    gpuInstanceId: countCell(values.get('GPU Instance ID')),
    computeInstanceId: countCell(values.get('Compute Instance ID')),
    memoryTotalBytes: memory('Total'),
    memoryUsedBytes: memory('Used'),
    memoryFreeBytes: memory('Free'),
  };
}

function processesOf(card: Card): GpuProcessSample[] {
  const gpuUuid = textCell(card.values.get('GPU UUID'));
  return card.processes.flatMap((process) => {
    const pid = countCell(process.get('Process ID'));
    if (isAbsent(pid)) return [];
    return [{pid, name: textCell(process.get('Name')), usedBytes: mibCell(process.get('Used GPU Memory')), gpuUuid}];
  });
}
