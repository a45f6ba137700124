import type {Finding} from '../../../domain/diagnosis/finding.ts';
import type {GpuProcessSample, GpuSample} from '../../../samples/gpu.ts';
import {isAbsent, isPresent, type Reading} from '../../../samples/reading.ts';
import {countedText} from '../../../shared/quantities/counts.ts';
import {cleanLogText} from '../../log/clean-log-text.ts';
import {findingsOfCells, findingsOfGpus, missingFinding, missingIndexes} from '../problems/card-findings.ts';
import {type LostHandle, lostHandleFinding, lostHandles, messageFindings} from '../problems/error-texts.ts';
import {gpuFinding, sortedFindings} from '../problems/gpu-finding.ts';
import {nameOfForm, unexpectedOutput} from '../problems/unexpected-output.ts';
import {buildGpu, type ParsedCard} from './build-gpu.ts';
import {countCell, textCell} from './cells.ts';
import {wholeLines} from './parse-csv.ts';
import {parseGpuCsv} from './parse-gpu-csv.ts';
import {parseListing} from './parse-listing.ts';
import {parseQueryText} from './parse-query-text.ts';
import {parseTable} from './parse-table.ts';
import {parseXml} from './parse-xml.ts';
import {emptyReport, type ParsedReport} from './parsed-report.ts';

/** GPUs and findings of one run's output, in any format. */
export type ParsedOutput = {
  readonly form: 'xml' | 'query-text' | 'csv' | 'listing' | 'table' | 'none';
  readonly driverVersion: Reading<string>;
  readonly cudaVersion: Reading<string>;
  readonly gpus: readonly GpuSample[];
  /** Indexes in `gpus` that only number them: the output does not tell which GPUs they are. */
  readonly unplaced: ReadonlySet<number>;
  readonly processes: readonly GpuProcessSample[];
  /** All problems, worst first. */
  readonly findings: readonly Finding[];
  readonly lost: readonly LostHandle[];
};

type FormedReport = ParsedReport & {readonly form: ParsedOutput['form']; readonly notes: readonly Finding[]};

/**
 * Reads the output of one run of nvidia-smi: a wrapper script may print another format than requested, and some print
 * everything to stderr.
 */
export function parseOutput(rawStdout: string, rawStderr = ''): ParsedOutput {
  const stdout = clean(rawStdout);
  const stderr = clean(rawStderr);
  const text = stdout.trim() === '' ? stderr : stdout;
  const report = readForm(text);
  const all = text === stderr ? stderr : `${stdout}\n${stderr}`;
  const lost = uniqueHandles(lostHandles(all));
  const gpus = numbered(report, lost);
  const unplaced = unplacedIndexes(report, gpus);
  const isCardNamed = lost.length > 0 || gpus.some(({fault}) => fault !== null);
  // If the lost GPU is named, the message that the tool gave up adds nothing.
  const messages = messageFindings(all).filter(({code}) => !isCardNamed || !code.endsWith('.gpu-lost'));
  const said = [...messages, ...lost.map(lostHandleFinding)];
  const findings = [
    ...said,
    ...report.notes,
    ...findingsOfGpus(gpus, unplaced),
    ...report.cards.flatMap(({cells}, position) => {
      const gpu = gpus[position];
      return gpu === undefined ? [] : findingsOfCells(cells, gpu, unplaced);
    }),
    ...missingFindings(report, gpus, lost),
    ...(gpus.length === 0 && said.length === 0 && report.notes.length === 0 ? [unexpectedOutput(text)] : []),
  ];
  const {form, driverVersion, cudaVersion, processes} = report;
  return {form, driverVersion, cudaVersion, gpus, unplaced, processes, findings: sortedFindings(findings), lost};
}

/** Control sequences must not reach a screen: topo underlines its header even in a pipe. */
function clean(text: string): string {
  return text.split('\n').map(cleanLogText).join('\n');
}

function readForm(text: string): FormedReport {
  const xml = parseXml(text);
  if (xml !== null) return {...xml, form: 'xml', notes: xml.isCut ? [cutFinding(xml)] : emptyNotes(xml)};
  const queryText = parseQueryText(text);
  if (queryText !== null)
    return {...queryText, form: 'query-text', notes: queryText.isCut ? [cutFinding(queryText)] : []};
  const table = parseTable(text);
  if (table !== null && table.cards.length > 0) return {...table, form: 'table', notes: [tableFinding()]};
  const csv = parseGpuCsv(wholeLines(text).join('\n'));
  if (csv !== null) return csvReport(csv.cards, csv.hasKnownColumns);
  const listing = parseListing(text);
  if (listing !== null) return {...emptyReport, cards: listing, form: 'listing', notes: listingNotes(text)};
  return {...emptyReport, form: 'none', notes: []};
}

function csvReport(cards: readonly ParsedCard[], hasKnownColumns: boolean): FormedReport {
  const [first] = cards;
  const driver = first?.cells['driver_version'] ?? first?.cells['kmd_version'];
  const counts = cards.map(({cells}) => countCell(cells['count'])).filter(isPresent);
  return {
    ...emptyReport,
    form: 'csv',
    cards,
    driverVersion: driver === undefined ? emptyReport.driverVersion : textCell(driver),
    attachedCount: counts[0] ?? emptyReport.attachedCount,
    notes: hasKnownColumns ? [] : [unknownColumnsFinding()],
  };
}

/** Documents have no index: of one GPU alone, it is known only if it is the only one. */
function unplacedIndexes({form, cards, attachedCount}: FormedReport, gpus: readonly GpuSample[]): ReadonlySet<number> {
  const isAlone = (form === 'xml' || form === 'query-text') && gpus.length === 1 && attachedCount !== 1;
  return new Set(gpus.flatMap(({index}, position) => (isAlone || cards[position]?.isUnplaced === true ? [index] : [])));
}

/** GPUs without an index are numbered in output order, skipping those known to be lost. */
function numbered(report: ParsedReport, lost: readonly LostHandle[]): readonly GpuSample[] {
  const lostIndexes = new Set(lost.map(({card}) => card));
  let next = 0;
  return report.cards.map((card) => {
    while (lostIndexes.has(String(next))) next += 1;
    const gpu = buildGpu(card, next);
    next = gpu.index + 1;
    return gpu;
  });
}

/**
 * GPUs that the driver counts but that are not in the output. A single GPU, or a list from a document, may have been
 * requested alone: then the count is reported as a warning.
 */
function missingFindings(
  report: FormedReport,
  gpus: readonly GpuSample[],
  lost: readonly LostHandle[],
): readonly Finding[] {
  if (gpus.length === 0) return [];
  const count = isAbsent(report.attachedCount) ? 0 : report.attachedCount;
  const isByPosition = report.form === 'xml' || report.form === 'query-text';
  if (isByPosition || gpus.length === 1) {
    const missing = count - gpus.length - lost.length;
    return missing > 0 ? [fewerFinding(gpus.length, count)] : [];
  }
  const lostIndexes = new Set(lost.map(({card}) => card));
  const missing = missingIndexes(
    gpus.map(({index}) => index),
    count,
  ).filter((index) => !lostIndexes.has(String(index)));
  const lostByAddress = lost.filter(({card}) => card.includes(':')).length;
  return missing.length <= lostByAddress ? [] : missing.map(missingFinding);
}

function uniqueHandles(handles: readonly LostHandle[]): readonly LostHandle[] {
  return [...new Map(handles.map((handle) => [handle.card, handle])).values()];
}

function fewerFinding(listed: number, count: number): Finding {
  return gpuFinding(
    'gpu-missing',
    {
      message: `The driver counts ${countedText(count, 'GPU')} but lists ${listed}.`,
      remedy: 'If no filter applies (-i, a container), look for lost GPUs in the kernel log (dmesg | grep NVRM).',
      severity: 'warning',
    },
    `attached GPUs: ${count}`,
  );
}

function cutFinding(xml: ParsedReport): Finding {
  return gpuFinding('output-cut', {
    message: `The output of nvidia-smi is cut off after ${countedText(xml.cards.length, 'complete GPU')}.`,
    remedy: 'Try again. If it persists, something kills nvidia-smi early (a time limit, the out-of-memory killer).',
    severity: xml.cards.length === 0 ? 'critical' : 'warning',
  });
}

function emptyNotes(xml: ParsedReport): readonly Finding[] {
  if (xml.cards.length > 0) return [];
  return [
    gpuFinding('no-devices', {
      message: 'The driver finds no GPU.',
      remedy: 'Check lspci | grep -i nvidia and the kernel log; a GPU that fell off the bus needs a reboot.',
    }),
  ];
}

function tableFinding(): Finding {
  return gpuFinding('table-only', {
    message: 'nvidia-smi printed only its plain table: names may be cut, and free memory and uuids are missing.',
    remedy: 'The wrapper script for nvidia-smi must pass on its arguments, so that -q -x and --query-gpu work.',
    severity: 'info',
  });
}

function unknownColumnsFinding(): Finding {
  return gpuFinding('unknown-columns', {
    message: 'The GPU list has no header and an unknown order: only the identities could be read.',
    remedy: 'Remove noheader from --format, or make the wrapper script for nvidia-smi pass on its arguments.',
    severity: 'warning',
  });
}

function listingNotes(text: string): readonly Finding[] {
  const form = nameOfForm(text);
  return [
    gpuFinding('listing-only', {
      message: `nvidia-smi printed only ${form ?? 'a listing'}, with names and identities but no numbers.`,
      remedy: 'The wrapper script for nvidia-smi must pass on its arguments, so that -q -x and --query-gpu work.',
      severity: 'info',
    }),
  ];
}
