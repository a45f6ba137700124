import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {GpuProcessSample, GpuSample} from '../../samples/gpu.ts';
import {absent, type Reading} from '../../samples/reading.ts';
import {buildGpu} from './build-gpu.ts';
import {findingOfText, gpuFinding} from './findings.ts';
import {headerFields, isGpuHeader, rowCells, splitCells} from './parse-csv.ts';
import {parseListing} from './parse-listing.ts';
import {parseQueryText} from './parse-query-text.ts';
import {parseTable} from './parse-table.ts';
import {parseXml} from './parse-xml.ts';

/** Cards and findings of one output, whatever form it has. */
export type ParsedOutput = {
  readonly form: 'xml' | 'query-text' | 'csv' | 'listing' | 'table' | 'none';
  readonly driverVersion: Reading<string>;
  readonly cudaVersion: Reading<string>;
  readonly gpus: readonly GpuSample[];
  readonly processes: readonly GpuProcessSample[];
  readonly findings: readonly Finding[];
};

const unsaid = absent('this form of output does not say');

/** Reads any output of nvidia-smi: what a script put in its place prints need not be what was asked for. */
export function parseOutput(text: string): ParsedOutput {
  const error = findingOfText(text);
  const cards = cardsOf(text);
  if (cards !== null) return {...cards, findings: error === null ? cards.findings : [error, ...cards.findings]};
  return {
    form: 'none',
    driverVersion: unsaid,
    cudaVersion: unsaid,
    gpus: [],
    processes: [],
    findings: [error ?? unexpectedOutput(text)],
  };
}

function cardsOf(text: string): ParsedOutput | null {
  const base = {driverVersion: unsaid, cudaVersion: unsaid, processes: [], findings: []};
  const xml = parseXml(text);
  if (xml !== null) {
    return {...xml, form: 'xml', findings: xml.isCut ? [cutFinding()] : xml.gpus.length === 0 ? [emptyFinding()] : []};
  }
  const queryText = parseQueryText(text);
  if (queryText !== null) return {...base, ...queryText, form: 'query-text'};
  const table = parseTable(text);
  if (table !== null && table.gpus.length > 0) return {...base, ...table, form: 'table', findings: [tableFinding()]};
  const csv = parseCsv(text);
  if (csv !== null) return {...base, gpus: csv, form: 'csv'};
  const listing = parseListing(text);
  return listing === null ? null : {...base, gpus: listing, form: 'listing'};
}

/** Columns of a header-less list in the order that is asked for most: identity, memory, load. */
const commonOrder = [
  'timestamp',
  'index',
  'uuid',
  'pci.bus_id',
  'memory.total',
  'memory.reserved',
  'memory.used',
  'memory.free',
  'utilization.gpu',
  'temperature.gpu',
  'power.draw',
  'enforced.power.limit',
  'clocks.sm',
  'pstate',
] as const;

/** The cards of a CSV answer: by its header, or, without one, in the common order. The newest row of a card counts. */
function parseCsv(text: string): readonly GpuSample[] | null {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const header = lines.findIndex(isGpuHeader);
  const fields = header === -1 ? orderOf(lines) : headerFields(lines[header] ?? '');
  if (fields === null) return null;
  const newest = new Map<number, GpuSample>();
  let position = 0;
  let lastIndex = -1;
  for (const line of lines.slice(header + 1)) {
    const cells = rowCells(line, fields);
    if (cells === null) continue;
    const said = Number(cells['index'] ?? Number.NaN);
    // A frame ends where the index falls; a row that lost its index is told by its place in the frame.
    if (Number.isInteger(said) && said <= lastIndex) position = 0;
    const gpu = buildGpu(cells, position);
    newest.set(gpu.index, gpu);
    lastIndex = gpu.index;
    position = gpu.index + 1;
  }
  return newest.size === 0 ? null : [...newest.values()].sort((a, b) => a.index - b.index);
}

function orderOf(lines: readonly string[]): readonly string[] | null {
  const first = lines.find((line) => /^\d{4}\/\d{2}\/\d{2} \d{2}:\d{2}:\d{2}\.\d+, \d+, GPU-/.test(line));
  return first !== undefined && splitCells(first).length === commonOrder.length ? commonOrder : null;
}

function cutFinding(): Finding {
  return gpuFinding('output-cut', {
    message: 'The answer of nvidia-smi ends in the middle.',
    remedy: 'Run gantry gpus again; if it stays so, something ends nvidia-smi early.',
    severity: 'warning',
  });
}

function emptyFinding(): Finding {
  return gpuFinding('no-devices', {
    message: 'The driver finds no card.',
    remedy: 'Check lspci | grep -i nvidia and the kernel log; a card that fell off the bus needs a reboot.',
  });
}

function tableFinding(): Finding {
  return gpuFinding('table-only', {
    message: 'Only the plain table could be read: names may be cut, and free memory is not in it.',
    remedy: 'Let the program in place of nvidia-smi hand on its arguments, so that -q -x and --query-gpu work.',
    severity: 'info',
  });
}

const knownForms: readonly (readonly [RegExp, string])[] = [
  [/process_name|used_gpu_memory/, 'a list of processes'],
  [/retired_pages/, 'a list of retired pages'],
  [/^# gpu\s+pid/m, 'the output of pmon'],
  [/^# gpu\s+pwr/m, 'the output of dmon'],
  [/List of valid properties to query/, 'a help text'],
  [/NVRM: /, 'a kernel log'],
  [/GPU0\s+.*CPU Affinity|Legend:/s, 'the output of topo'],
  [/NVIDIA-SMI version|DRIVER version|KMD version/i, 'a version text'],
  [/Link \d+:|NVLink/, 'the NVLink status'],
  [/^\s*index, /m, 'a list without card identities'],
];

function unexpectedOutput(text: string): Finding {
  const form = knownForms.find(([pattern]) => pattern.test(text))?.[1];
  const sample = text.trim().split('\n')[0]?.slice(0, 120) ?? '';
  return gpuFinding(
    'unexpected-output',
    {
      message:
        text.trim() === ''
          ? 'nvidia-smi printed nothing.'
          : `nvidia-smi printed ${form ?? 'something that is none of its forms'}, and no list of cards.`,
      remedy: 'Check nvidiaSmi.path (or GANTRY_NVIDIA_SMI): the program there must answer -q -x and --query-gpu.',
    },
    sample === '' ? null : sample,
  );
}
