import {writeSync} from 'node:fs';
import {setTimeout as delay} from 'node:timers/promises';
import {errorCode} from '../../shared/error-code.ts';
import {gpuUuid, pciBusId} from '../node/gpu-catalog.ts';
import {
  readEngineStates,
  readSimulatedNode,
  type SimulatedNode,
  simulatedNodeDirectory,
} from '../node/node-directory.ts';
import {parseSmiArguments, type SmiRequest} from './arguments.ts';
import {type Card, cardsAt, isGpuLost} from './card.ts';
import {computeAppRows, findComputeAppField} from './compute-apps.ts';
import {FAULT_VARIABLE, findDriverFault} from './faults.ts';
import {helpQueryComputeApps, helpQueryGpu} from './help-text.ts';
import {cellText, findQueryField} from './query-cells.ts';
import {listReport, nvlinkStatus, tableReport} from './table-report.ts';
import {xmlReport} from './xml-report.ts';

/** Exit status of a program whose reader has exited, as a shell shows SIGPIPE. */
const BROKEN_PIPE_STATUS = 141;

type Session = {
  readonly directory: string;
  /** As it was when the program started. */
  readonly node: SimulatedNode;
  readonly request: SmiRequest;
  /** Cards that could be opened when the program started; a card lost before has no row. */
  readonly openIndexes: ReadonlySet<number>;
};

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(0));
process.exitCode = await run(process.argv.slice(2));

async function run(argv: readonly string[]): Promise<number> {
  const fault = findDriverFault(process.env[FAULT_VARIABLE]);
  if (fault !== null) return end(fault.text, fault.exitCode);
  const request = parseSmiArguments(argv);
  if (!request.ok) return end(`${request.error}\n`, 2);
  const directory = simulatedNodeDirectory(process.env);
  const node = readSimulatedNode(directory);
  const indexes = Array.from({length: node.gpuCount}, (_, index) => index);
  const openIndexes = new Set(indexes.filter((index) => !isGpuLost(node, index, Date.now())));
  const session = {directory, node, request: request.value, openIndexes};
  for (const index of indexes) {
    if (openIndexes.has(index)) continue;
    const address = pciBusId(index).slice(4);
    process.stderr.write(
      `Unable to determine the device handle for GPU${index}: ${address}: GPU is lost.  Reboot the system to recover this GPU\n\n\n`,
    );
  }
  return report(session);
}

function end(text: string, exitCode: number): number {
  write(text);
  return exitCode;
}

async function report(session: Session): Promise<number> {
  const {node, request} = session;
  switch (request.report.type) {
    case 'help':
      return end('NVIDIA System Management Interface (simulated by Gantry)\n', 0);
    case 'version':
      return end(
        `NVIDIA-SMI version  : ${node.driverVersion}\nNVML version        : 580.105\nDRIVER version      : ${node.driverVersion}\nCUDA Version        : ${node.cudaVersion}\n`,
        0,
      );
    case 'help-query-gpu':
      return end(helpQueryGpu(), 0);
    case 'help-query-compute-apps':
      return end(helpQueryComputeApps(), 0);
    case 'query-gpu':
    case 'query-remapped-rows':
      return reportGpuRows(session, request.report);
    case 'query-compute-apps':
      return reportComputeApps(session, request.report);
    case 'xml':
      return repeat(session, (cards, now) => write(xmlReport(node, cards, now)));
    case 'list':
      return repeat(session, (cards) => write(listReport(cards)));
    case 'nvlink-status':
      return repeat(session, (cards) => write(nvlinkStatus(cards)));
    case 'table':
      return repeat(session, (cards, now) => write(tableReport(node, cards, now)));
  }
}

type Query = Extract<SmiRequest['report'], {readonly fields: readonly string[]}>;

async function reportGpuRows(session: Session, {fields, format}: Query): Promise<number> {
  const found = fields.map((name) => ({name, field: findQueryField(name)}));
  const unknown = found.find(({field}) => field === undefined);
  if (unknown !== undefined) return rejectField(unknown.name);
  const queried = found.flatMap(({field}) => (field === undefined ? [] : [field]));
  if (format.withHeader) {
    writeRow(queried.map(({name, unit}) => (unit === '' || !format.withUnits ? name : `${name} [${unit}]`)));
  }
  return repeat(session, (cards, now) => {
    const timestamp = smiTimestamp(now);
    for (const card of cards) {
      writeRow(queried.map((field) => cellText(field, {node: session.node, card, timestamp}, format.withUnits)));
    }
  });
}

async function reportComputeApps(session: Session, {fields, format}: Query): Promise<number> {
  const found = fields.map((name) => ({name, field: findComputeAppField(name)}));
  const unknown = found.find(({field}) => field === undefined);
  if (unknown !== undefined) return rejectField(unknown.name);
  const queried = found.flatMap(({field}) => (field === undefined ? [] : [field]));
  if (format.withHeader) {
    writeRow(queried.map(({name, unit}) => (unit === '' || !format.withUnits ? name : `${name} [${unit}]`)));
  }
  return repeat(session, (cards, now) => {
    for (const row of computeAppRows(queried, {cards, timestamp: smiTimestamp(now)}, format.withUnits)) writeRow(row);
  });
}

function rejectField(name: string): number {
  return end(`Field "${name}" is not a valid field to query.\n\n`, 2);
}

/**
 * Shows the cards once or repeatedly. The real program sleeps between samples, so a period is longer than the interval.
 */
async function repeat(session: Session, show: (cards: readonly Card[], now: Date) => void): Promise<number> {
  for (;;) {
    const now = new Date();
    const node = readSimulatedNode(session.directory);
    // A reloaded driver, which also brings a lost card back, ends programs that had it open.
    if (node.startedAtMs !== session.node.startedAtMs || hasCardBack(session, node, now)) return 0;
    const cards = cardsAt(node, readEngineStates(session.directory), now.getTime()).filter(
      (card) => session.openIndexes.has(card.index) && isWanted(card, session.request.gpuIds),
    );
    if (cards.length === 0) return end('No devices were found\n', 6);
    show(cards, now);
    if (session.request.loopMs === null) return 0;
    await delay(session.request.loopMs);
  }
}

function hasCardBack({openIndexes}: Session, node: SimulatedNode, now: Date): boolean {
  const indexes = Array.from({length: node.gpuCount}, (_, index) => index);
  return indexes.some((index) => !openIndexes.has(index) && !isGpuLost(node, index, now.getTime()));
}

function isWanted(card: Card, ids: readonly string[]): boolean {
  if (ids.length === 0) return true;
  const address = pciBusId(card.index);
  return ids.some(
    (id) => id === String(card.index) || id === gpuUuid(card.index) || address.endsWith(id.toUpperCase()),
  );
}

/** Every cell is written separately, as in the real program: readers must not treat a chunk as a line. */
function writeRow(cells: readonly string[]): void {
  for (const [at, cell] of cells.entries()) write(at === 0 ? cell : `, ${cell}`);
  write('\n');
}

function write(text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      const code = errorCode(error);
      if (code === 'EPIPE') process.exit(BROKEN_PIPE_STATUS);
      if (code !== 'EAGAIN') throw error;
    }
  }
}

/** `2026/11/23 14:36:41.702` in local time, as the timestamp column has it. */
function smiTimestamp(now: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = `${now.getFullYear()}/${two(now.getMonth() + 1)}/${two(now.getDate())}`;
  const time = `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`;
  return `${date} ${time}.${String(now.getMilliseconds()).padStart(3, '0')}`;
}
