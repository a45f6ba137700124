import type {Finding} from '../../domain/diagnosis/finding.ts';
import {type OtherTextDiagnosis, otherText} from '../../domain/diagnosis/text-diagnosis.ts';
import {gibText} from '../../shared/quantities/bytes.ts';
import {BYTES_PER_MIB} from '../../shared/units.ts';
import {gpuFinding} from '../nvidia-smi/problems/gpu-finding.ts';

/** The second row of a GPU in the table of nvidia-smi: fan, temperature, state, power, memory, load. */
const readings =
  /^\|?\s*(?:\d{1,3}%|N\/A|ERR!)\s+(\d{1,3}C|N\/A|ERR!)\s+(P\d{1,2}|N\/A|ERR!)\s+(\d{1,5}W|N\/A|ERR!|\[?Unknown Error\]?)\s*\/\s*(\d{1,5}W|N\/A|ERR!)\s*\|\s*(\d{1,8})MiB\s*\/\s*(\d{1,8})MiB\s*\|\s*(\d{1,3}%|N\/A|ERR!)\s/;
const names = ['temperature', 'performance state', 'power', 'power limit', 'load'] as const;
/** Lines of the frame of a table. */
const frame = /^[|+=\-\s]*$/;

/** More GPUs than a node has. */
const MAX_ROWS = 64;

/**
 * The rows of nvidia-smi's table that tell of the state of a GPU, copied without those that say which one it is; null for
 * another text.
 */
export function readLoneRows(lines: readonly string[], lineCount: number): OtherTextDiagnosis | null {
  const full = lines.filter((line) => !frame.test(line));
  if (full.length === 0 || full.length > MAX_ROWS) return null;
  const rows = full.map((line) => ({line, match: readings.exec(line)}));
  if (rows.some(({match}) => match === null)) return null;
  return otherText({
    kind: 'gpu-report',
    engine: null,
    displayName: 'Output of nvidia-smi',
    summary: [
      ...rows.map(({match}) => memoryText(match?.[5], match?.[6])),
      'The row above each of these names its GPU and is not in this text.',
    ],
    findings: rows.flatMap(({line, match}) => faultFinding(line, match?.slice(1) ?? [])),
    lineCount,
  });
}

function memoryText(used: string | undefined, total: string | undefined): string {
  return `A GPU: ${gibText(Number(used) * BYTES_PER_MIB)} of ${gibText(Number(total) * BYTES_PER_MIB)} in use.`;
}

/** One value may be that of a sensor; several, with the memory still counted, are the driver's view of the GPU. */
function faultFinding(
  line: string,
  [temperature, state, power, limit, , , load]: readonly string[],
): readonly Finding[] {
  const cells = [temperature, state, power, limit, load];
  const unread = names.filter((_, index) => /ERR!|Unknown Error/.test(cells[index] ?? ''));
  if (unread.length === 0) return [];
  const isGpu = unread.includes('temperature') || unread.length > 1;
  return [
    gpuFinding(
      isGpu ? 'unknown-error' : 'value-unreadable',
      {
        message: `The driver could not read ${unread.join(', ')} of a GPU (ERR!); which one is not in this text.`,
        remedy:
          'Look at the row above it for the GPU, then at nvidia-smi -q -i INDEX and for its Xid in the kernel log (dmesg | grep NVRM). Without an Xid, one value may be a sensor alone; a lost GPU returns after a reboot.',
        severity: isGpu ? 'critical' : 'warning',
      },
      line.trim(),
    ),
  ];
}
