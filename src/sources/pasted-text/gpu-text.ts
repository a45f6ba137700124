import {type OtherTextDiagnosis, otherText} from '../../domain/diagnosis/text-diagnosis.ts';
import type {Engine} from '../../engines/engine.ts';
import type {GpuProcessSample, GpuSample} from '../../samples/gpu.ts';
import {isPresent} from '../../samples/reading.ts';
import {gibText} from '../../shared/quantities/bytes.ts';
import {countedText} from '../../shared/quantities/counts.ts';
import {type ParsedOutput, parseOutput} from '../nvidia-smi/parse/parse-output.ts';
import {nameOfForm} from '../nvidia-smi/problems/unexpected-output.ts';

/** What only nvidia-smi prints: titles, tags, columns and error messages. */
const ownLine =
  /^\|? ?NVIDIA-SMI (?:\d|has failed|couldn't)|=NVSMI LOG=|<nvidia_smi_log>|<!DOCTYPE nvidia_smi_log|^GPU \d{1,3}: .{1,100}\(UUID: |\bmemory\.(?:total|used|free) \[MiB\]|\butilization\.gpu\b|^\| {1,4}GPU {1,4}Name {1,4}|^# ?gpu {1,8}(?:pid|pwr|sm)|^(?:Failed to initialize NVML|Unable to determine the device handle|No devices were found)|\bgpu_uuid, ?pid\b/;

/** Longest part of a text that is read as a report. */
const MAX_CHARACTERS = 4_000_000;

/** True for a text that is the output of nvidia-smi, in any form that it has. */
export function isGpuReport(lines: readonly string[]): boolean {
  return lines.some((line) => ownLine.test(line.trimStart()));
}

/** The GPUs and processes of an output of nvidia-smi, and what is wrong with them. */
export function readGpuReport(
  lines: readonly string[],
  engines: readonly Engine[],
  lineCount: number,
): OtherTextDiagnosis {
  const text = lines.join('\n').slice(0, MAX_CHARACTERS);
  const output = parseOutput(text);
  const form = output.form === 'none' ? (nameOfForm(text) ?? 'a form that Gantry does not read') : null;
  const summary =
    form === null
      ? [...output.gpus.map((gpu) => cardText(gpu)), ...processTexts(output)]
      : [`This is ${form}: it has no list of GPUs.`];
  return otherText({
    kind: 'gpu-report',
    engine: engineOf(output.processes, engines)?.name ?? null,
    displayName: 'Output of nvidia-smi',
    summary: form === null ? [`${countedText(output.gpus.length, 'GPU')}.`, ...summary] : summary,
    // Notes on how the program was asked are for the one who asks it.
    findings: output.findings.filter(
      ({code}) => !/\.(?:table-only|listing-only|unknown-columns|unexpected-output)$/.test(code),
    ),
    lineCount,
  });
}

function cardText({index, name, memoryUsedBytes, memoryTotalBytes, fault}: GpuSample): string {
  const used = isPresent(memoryUsedBytes) ? gibText(memoryUsedBytes) : 'an unknown amount';
  const total = isPresent(memoryTotalBytes) ? gibText(memoryTotalBytes) : null;
  const memory = total === null ? 'it reports no memory size' : `${used} of ${total} in use`;
  return `GPU ${index} ${isPresent(name) ? name : 'of unknown name'}: ${fault ?? memory}.`;
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
