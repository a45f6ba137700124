import type {CardMemory} from '../../domain/memory/cards.ts';
import type {OverheadPart, TermsInput} from '../../domain/memory/engine-memory.ts';
import type {Architecture} from '../../domain/memory/model/architecture.ts';
import {wholeHundredths} from '../../shared/quantities/bytes.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {BYTES_PER_GIB} from '../../shared/units.ts';

/**
 * GiB in use after loading beyond the weights on 1, 2, 4 and 8 GPUs, mostly NCCL: Qwen 3 8B on one GPU, Qwen 3 235B on
 * 4 H100 and Kimi K2.5 on 8; Qwen 3 14B on 4 GPUs without NVLink. 2 GPUs are between the others.
 */
const loadedGib = {linked: [0.05, 0.5, 1.22, 1.48], others: [0.05, 0.1, 0.2, 0.5]} as const;
/** Copies of the vision tower's results, as on vLLM: what Kimi K2.5 loads beyond a text model. */
const VISION_COPIES = 2.5;
const VISION_TOKENS = 8192;

/** The models that these numbers are from, by their shapes. */
const measured = [
  {name: 'Kimi K2.5', layers: 61, hiddenSize: 7168, vocabularySize: 163_840},
  {name: 'Qwen 3 8B', layers: 36, hiddenSize: 4096, vocabularySize: 151_936},
  {name: 'Qwen 3 14B', layers: 40, hiddenSize: 5120, vocabularySize: 151_936},
  {name: 'Qwen 3 235B', layers: 94, hiddenSize: 4096, vocabularySize: 151_936},
] as const;

/** GPUs of a node that NVLink connects all with all. */
export function isLinked({family, name}: CardMemory): boolean {
  return (family === 'hopper' || family === 'blackwell') && !/pcie/i.test(name);
}

/** What SGLang has loaded besides the weights when it divides its static memory. */
export function loadedParts({settings, card, architecture}: TermsInput): readonly OverheadPart[] {
  const {tensorParallelSize: ranks} = settings;
  const gib = loadedGib[isLinked(card) ? 'linked' : 'others'][ranks >= 8 ? 3 : ranks >= 4 ? 2 : ranks >= 2 ? 1 : 0];
  const isAlone = ranks === 1;
  const process: OverheadPart = {
    label: 'Overhead: process',
    expression: () =>
      isAlone ? 'beyond the weights after loading, one GPU' : `beyond the weights on ${ranks} GPUs, mostly NCCL`,
    bytes: wholeHundredths(inBytes(gib)),
    leastBytes: inBytes(gib * 0.5),
    mostBytes: inBytes(gib + (isAlone ? 0.25 : 1)),
  };
  return [process, ...visionPart(architecture, settings.visionMode)];
}

function visionPart({vision, hiddenSize}: Architecture, mode: TermsInput['settings']['visionMode']): OverheadPart[] {
  if (vision === null || mode === 'absent') return [];
  const bytes = wholeHundredths(VISION_COPIES * VISION_TOKENS * hiddenSize * 2);
  return [
    {
      label: 'Overhead: vision',
      expression: () => `${VISION_COPIES} x ${countText(VISION_TOKENS)} tokens x ${countText(hiddenSize)} x 2 bytes`,
      bytes,
      leastBytes: 0,
      mostBytes: bytes,
    },
  ];
}

/** The basis of these numbers, and whether this model is part of it. */
export function loadedEvidence({layers, hiddenSize, vocabularySize}: Architecture): string {
  const same = measured.find(
    (model) => model.layers === layers && model.hiddenSize === hiddenSize && model.vocabularySize === vocabularySize,
  );
  return same === undefined
    ? 'published starts of other models (Kimi K2.5, Qwen 3), what they loaded beyond their weights'
    : `published starts of Kimi K2.5 and Qwen 3, ${same.name} among them, what they loaded beyond their weights`;
}

function inBytes(gib: number): number {
  return Math.round(gib * BYTES_PER_GIB);
}
