import {goneCards} from '../../domain/diagnosis/cause-codes.ts';
import {cardOf, isSameCard} from '../../domain/diagnosis/details/card-details.ts';
import {detailsOf} from '../../domain/diagnosis/details/details.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {usableGpus} from '../../domain/memory/usable-gpus.ts';
import type {GpuInventory, GpuProcessSample, GpuSample} from '../../samples/gpu.ts';
import {isAbsent, isPresent, type Reading} from '../../samples/reading.ts';
import {fixedGibNumber, fixedGibText} from '../../shared/quantities/bytes.ts';
import {countedText} from '../../shared/quantities/counts.ts';
import {wholePercentText} from '../../shared/quantities/ratios.ts';
import {celsiusText, wattsText} from '../../shared/quantities/sensors.ts';
import {cleanText, padText, span} from '../drawing/compose.ts';
import {wrapIndented} from '../drawing/wrap-text.ts';
import {shown} from '../format/shown.ts';
import {asciiGlyphs} from '../glyphs.ts';
import {placeText} from './place-text.ts';

const INDENT = '      ';
const MAX_NAME_COLUMNS = 24;

/** The GPUs as text: one line each, MIG slices and processes below, then findings. Findings are wrapped. */
export function gpusText(input: {
  readonly simulated: boolean;
  readonly inventory: GpuInventory | null;
  readonly findings: readonly Finding[];
  readonly columns: number;
}): string {
  const {inventory, findings, simulated, columns} = input;
  const lines = [
    ...(simulated ? ['SIMULATED'] : []),
    ...(inventory === null
      ? []
      : [headline(inventory, findings), ...cardsText(inventory), ...reserveText(inventory, columns)]),
    ...findings.flatMap(({severity, message, evidence, remedy}) => [
      ...wrapped(`${severity}: ${message}`, columns, ''),
      ...(evidence === null ? [] : wrapped(`evidence: ${evidence}`, columns, '  ')),
      ...wrapped(`-> ${remedy}`, columns, '  '),
    ]),
  ];
  return lines.map(cleanText).join('\n');
}

/** GPUs that nvidia-smi cannot open are not in its list, only in the findings. */
function headline({gpus, driverVersion, cudaVersion}: GpuInventory, findings: readonly Finding[]): string {
  const unlisted = goneCards.flatMap((code) =>
    findings.flatMap((finding) => {
      const card = detailsOf(finding, code);
      return card === null || gpus.some((gpu) => isSameCard(card, cardOf(gpu)) === true) ? [] : [card];
    }),
  );
  const total = gpus.length + unlisted.length;
  const usable = usableGpus(gpus).length;
  const count = usable === total ? countedText(total, 'GPU') : `${usable} of ${countedText(total, 'GPU')} can be used`;
  return `${count}, driver ${textOf(driverVersion)}, CUDA ${textOf(cudaVersion)}`;
}

function cardsText({gpus, processes}: GpuInventory): string[] {
  const nameColumns = Math.min(MAX_NAME_COLUMNS, Math.max(...gpus.map(({name}) => textOf(name).length)));
  return gpus.flatMap((gpu) => [
    cardLine(gpu, nameColumns),
    ...gpu.migInstances.map(
      (slice) =>
        `${INDENT}MIG ${numberOf(slice.gpuInstanceId)}/${numberOf(slice.computeInstanceId)}  ` +
        `${shown(slice.memoryUsedBytes, asciiGlyphs, fixedGibNumber)} / ${shown(slice.memoryTotalBytes, asciiGlyphs, fixedGibText)}`,
    ),
    ...processes
      .filter(({gpuUuid}) => !isAbsent(gpuUuid) && gpuUuid === gpu.uuid)
      .map(
        (process) =>
          `${INDENT}pid ${process.pid}  ${shown(process.usedBytes, asciiGlyphs, fixedGibText)}  ${textOf(process.name)}${ownerText(process)}`,
      ),
  ]);
}

/** Who runs it and where, as far as that is known. */
function ownerText({owner}: GpuProcessSample): string {
  if (owner === undefined || isAbsent(owner)) return '';
  const place = placeText(owner);
  return `  user ${owner.user ?? owner.uid}${place === null ? '' : `, ${place}`}`;
}

/** Why free and used memory do not add up to the total. */
function reserveText({gpus}: GpuInventory, columns: number): string[] {
  const reserved = gpus.map(({memoryReservedBytes}) => memoryReservedBytes).filter(isPresent);
  if (reserved.length === 0) return [];
  const [least, most] = [Math.min(...reserved), Math.max(...reserved)].map(fixedGibNumber);
  const amount = least === most ? most : `${least} to ${most}`;
  return wrapped(`The driver reserves ${amount} GiB of each GPU: neither used nor free.`, columns, INDENT);
}

function cardLine(gpu: GpuSample, nameColumns: number): string {
  const gib = (bytes: Reading<number>): string => padText(shown(bytes, asciiGlyphs, fixedGibNumber), 5, 'left');
  const sensors = [
    padText(shown(gpu.utilizationRatio, asciiGlyphs, wholePercentText), 5, 'left'),
    padText(shown(gpu.temperatureCelsius, asciiGlyphs, celsiusText), 4, 'left'),
    padText(shown(gpu.powerDrawWatts, asciiGlyphs, wattsText), 5, 'left'),
  ];
  const line = [
    padText(String(gpu.index), 2, 'left'),
    padText(textOf(gpu.name), nameColumns),
    `${gib(gpu.memoryUsedBytes)} / ${gib(gpu.memoryTotalBytes)} GiB`,
    `free ${gib(gpu.memoryFreeBytes)}`,
    ...sensors,
  ].join('  ');
  return gpu.fault === null ? line : `${line}  ${gpu.fault}`;
}

function wrapped(text: string, columns: number, indent: string): string[] {
  return wrapIndented(text, 'normal', [span(indent)], columns).map((row) => row.map((part) => part.text).join(''));
}

function textOf(reading: Reading<string>): string {
  return shown(reading, asciiGlyphs, String);
}

function numberOf(reading: Reading<number>): string {
  return shown(reading, asciiGlyphs, String);
}
