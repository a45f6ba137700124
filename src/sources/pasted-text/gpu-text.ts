import type {Finding} from '../../domain/diagnosis/finding.ts';
import {type OtherTextDiagnosis, otherText} from '../../domain/diagnosis/text-diagnosis.ts';
import type {Engine} from '../../engines/engine.ts';
import type {GpuProcessSample, GpuSample} from '../../samples/gpu.ts';
import {isPresent} from '../../samples/reading.ts';
import {gibText} from '../../shared/quantities/bytes.ts';
import {countedText} from '../../shared/quantities/counts.ts';
import {isGpuHeader, parseProcesses} from '../nvidia-smi/parse/parse-csv.ts';
import {type ParsedOutput, parseOutput} from '../nvidia-smi/parse/parse-output.ts';
import {cardNameOf} from '../nvidia-smi/problems/card-name.ts';
import {nameOfForm} from '../nvidia-smi/problems/unexpected-output.ts';
import {linkFindings} from './link-status.ts';
import {prefixesOf} from './viewer/recognize-viewer.ts';

/** What only nvidia-smi prints: titles, tags, columns and error messages. */
const ownLine =
  /^\|? ?NVIDIA-SMI (?:\d|has failed|couldn't)|=NVSMI LOG=|<nvidia_smi_log>|<!DOCTYPE nvidia_smi_log|^GPU \d{1,3}: .{1,100}\(UUID: |\bmemory\.(?:total|used|free) \[MiB\]|\butilization\.gpu\b|^\| {1,4}GPU {1,4}Name {1,4}|^# ?gpu {1,12}(?:pid|pwr|sm)|^(?:Failed to initialize NVML|Unable to determine the device handle|No devices were found)|\bgpu_uuid, ?pid\b|^GPU0[ \t].{0,400}\b(?:NODE|SYS|P[IXH]B|PIX|NV\d{1,2})\b|^GPU [0-9A-Fa-f]{8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.\d\s*$/;

/** Longest part of a text that is read as a report, and most lines of one that has no line of its own. */
const MAX_CHARACTERS = 4_000_000;
const MAX_ROWS = 500;

/** An output of nvidia-smi in a text. */
export type GpuReport = {readonly text: string; readonly output: ParsedOutput};

/**
 * The output of nvidia-smi that a text is, in any form that it has; null for another text. Its rows are of the same length by
 * nature and not because a viewer wrapped them: the text is read as it was `pasted`, without what a viewer put in front of its
 * lines, and as it was put together again, of which the one with most GPUs counts.
 */
export function findGpuReport(pasted: readonly string[], viewed: readonly string[]): GpuReport | null {
  const reports = [...withoutPrefixes(pasted), viewed].flatMap((lines) => reportOf(lines) ?? []);
  const [best] = reports.toSorted((one, other) => other.output.gpus.length - one.output.gpus.length);
  return best ?? null;
}

/** The lines as they are, then without their outermost prefix, and so on. */
function withoutPrefixes(lines: readonly string[]): readonly (readonly string[])[] {
  const steps = [lines];
  for (const {pattern} of prefixesOf(lines)) {
    steps.push((steps.at(-1) ?? []).map((line) => line.replace(pattern, '')));
  }
  return steps;
}

function reportOf(lines: readonly string[]): GpuReport | null {
  const isNamed = lines.some((line) => ownLine.test(line.trimStart()));
  if (!isNamed && lines.length > MAX_ROWS) return null;
  // The last line of what someone copied is whole, with or without its end.
  const text = `${lines.join('\n').slice(0, MAX_CHARACTERS)}\n`;
  const output = isNamed || isOfRows(lines) ? parseOutput(text) : null;
  if (output === null) return null;
  // A list of processes has no GPUs.
  const processes = output.gpus.length > 0 ? output.processes : parseProcesses(text);
  const isEmpty = output.gpus.length + processes.length === 0;
  return isEmpty && !isNamed ? null : {text, output: {...output, processes}};
}

/** What part of the rows must be of GPUs: between them may be a message of the driver. */
const MOST = 0.8;

/** Rows without their head, of a table or of a list: each of a list has the name or the identity of a GPU. */
function isOfRows(lines: readonly string[]): boolean {
  const full = lines.filter((line) => line.trim() !== '');
  const rows = full.filter((line) =>
    /^\||\bGPU-[0-9a-f]{8}-|\b[0-9A-F]{8}:[0-9A-F]{2}:|\b(?:NVIDIA|Tesla|GeForce) /.test(line),
  );
  return rows.length >= full.length * MOST;
}

/** The GPUs and processes of an output of nvidia-smi, and what is wrong with them. */
export function readGpuReport(
  {text, output}: GpuReport,
  engines: readonly Engine[],
  lineCount: number,
): OtherTextDiagnosis {
  const findings = [...output.findings.filter((finding) => isOfReader(finding, text)), ...linkFindings(text)];
  const form = nameOfForm(text) ?? 'a form that Gantry does not read';
  const cards = [...output.gpus.map((gpu) => cardText(gpu, output)), ...processTexts(output)];
  // Of an error message there is nothing else to say.
  const other =
    findings.length > 0 || output.processes.length > 0
      ? processTexts(output)
      : [`This is ${form}: it has no list of GPUs.`];
  return otherText({
    kind: 'gpu-report',
    engine: engineOf(output.processes, engines)?.name ?? null,
    displayName: 'Output of nvidia-smi',
    summary: output.form === 'none' ? other : [`${countedText(output.gpus.length, 'GPU')}.`, ...cards],
    findings,
    lineCount,
  });
}

/** Notes on how the program was asked are for the one who asks it; of copied rows, others are not missing. */
function isOfReader({code}: Finding, text: string): boolean {
  if (code.endsWith('.gpu-missing') && isOfCopiedRows(text)) return false;
  return !/\.(?:table-only|listing-only|unknown-columns|unexpected-output)$/.test(code);
}

/** Rows of a table, or of a list, without their head. */
function isOfCopiedRows(text: string): boolean {
  if (text.startsWith('|')) return !text.includes('NVIDIA-SMI');
  return /^(?:GPU )?\d{1,3}, /.test(text) && !text.split('\n').some(isGpuHeader);
}

function cardText(gpu: GpuSample, {form, unplaced}: ParsedOutput): string {
  const {name, memoryUsedBytes, memoryTotalBytes, fault} = gpu;
  const {short} = cardNameOf(gpu, unplaced.has(gpu.index));
  const title = `${short} ${isPresent(name) ? name : 'of unknown name'}`;
  if (fault === null && form === 'listing') return `${title}.`;
  const used = isPresent(memoryUsedBytes) ? gibText(memoryUsedBytes) : 'an unknown amount';
  const total = isPresent(memoryTotalBytes) ? gibText(memoryTotalBytes) : null;
  const memory = total === null ? 'no memory size in this output' : `${used} of ${total} in use`;
  return `${title}: ${fault ?? memory}.`;
}

function processTexts({processes}: ParsedOutput): readonly string[] {
  return processes.map(({pid, name, usedBytes}) => {
    const used = isPresent(usedBytes) ? `holds ${gibText(usedBytes)}` : 'holds an unknown amount';
    return `Process ${pid} ${isPresent(name) ? name : 'of unknown name'} ${used}.`;
  });
}

function engineOf(processes: readonly GpuProcessSample[], engines: readonly Engine[]): Engine | null {
  const names = processes.flatMap(({name}) => (isPresent(name) ? [name.toLowerCase()] : []));
  return engines.find(({name}) => names.some((text) => text.includes(name))) ?? null;
}
