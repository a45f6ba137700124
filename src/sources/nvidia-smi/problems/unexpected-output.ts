import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {gpuFinding} from './gpu-finding.ts';

/** Outputs without a GPU list, recognized by typical text; the first match counts. */
const knownForms: readonly (readonly [RegExp, string])[] = [
  [/List of valid properties to query/, 'a help text'],
  [/\bprocess_name\b[^\n]{0,400},|,[^\n]{0,400}\bused_(?:gpu_)?memory\b/, 'a list of processes'],
  [/retired_pages\.address/, 'a list of retired pages'],
  [/^#\s*gpu\s+pid/m, 'the output of pmon'],
  [/^#\s*gpu\s+\w+/m, 'the output of dmon'],
  [/NVRM: |\bkernel: /, 'a kernel log'],
  [/CPU Affinity|^Legend:/m, 'the output of topo'],
  [/(?:NVIDIA-SMI|NVML|DRIVER|KMD) version\s*:/i, 'a version text'],
  [/^[ \t]*Link \d+: |NVLink/m, 'the NVLink status'],
  [/^<(?:!DOCTYPE )?html/im, 'a web page'],
  [/^\s*[[{]/, 'JSON'],
];

/** What a text looks like; null if unknown. */
export function nameOfForm(text: string): string | null {
  return knownForms.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}

const MAX_EVIDENCE = 120;

/** The finding for an output without GPUs and without an error message. */
export function unexpectedOutput(text: string): Finding {
  const firstLine = text.trim().split('\n')[0]?.trim().slice(0, MAX_EVIDENCE) ?? '';
  const form = nameOfForm(text) ?? 'an unknown format';
  return gpuFinding(
    'unexpected-output',
    {
      message: firstLine === '' ? 'nvidia-smi printed nothing.' : `nvidia-smi printed ${form} instead of a GPU list.`,
      remedy: 'Check nvidiaSmi.path (or GANTRY_NVIDIA_SMI): the program must support -q -x and --query-gpu.',
    },
    firstLine === '' ? null : firstLine,
  );
}
