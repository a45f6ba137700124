import {BYTES_PER_GB, BYTES_PER_MIB} from '../../shared/units.ts';
import {type CardFamily, type CatalogEntry, cardCatalog} from './card-catalog.ts';

/** A GPU's memory as two programs count it, bytes. */
export type CardMemory = {
  /** As nvidia-smi names it. */
  readonly name: string;
  /** nvidia-smi's total. */
  readonly nvmlBytes: number;
  /** The total that the CUDA runtime reports, of which engines take their fraction: the driver keeps the difference. */
  readonly cudaVisibleBytes: number;
  /** Null for a GPU that is not in the catalog. */
  readonly family: CardFamily | null;
  /** The vendor's size in decimal GB, as bytes; null for a GPU that is not in the catalog. */
  readonly nominalBytes: number | null;
  /** Its memory is the host's own, which all programs share. */
  readonly isUnified: boolean;
  /** Source of the numbers, including whether the CUDA total is estimated. */
  readonly source: string;
};

/** A GPU type in the catalog. */
export type CatalogCard = CardMemory & {
  readonly family: CardFamily;
  readonly nominalBytes: number;
  /** Its total was not measured on a GPU. */
  readonly isUnmeasured: boolean;
};

/**
 * What drivers usually keep of a GPU whose CUDA total is not published: a fraction (RTX PRO 6000: 638 of 97,887 MiB), and as
 * much on smaller ones (L40S 609, A100 of 40 GB 518, RTX 4090 480 MiB); of small slices a part. More was seen on GH200
 * (1,103) and the A100 of 80 GB (763), which are in the catalog.
 */
const USUAL_RESERVED_RATIO = 638 / 97_887;
const USUAL_RESERVED_BYTES = 640 * BYTES_PER_MIB;
const SLICE_RESERVED_RATIO = 0.027;

/** Totals of one card differ by this much between drivers. */
const SAME_SIZE_BYTES = 64 * BYTES_PER_MIB;

/** The catalog entry for a name as nvidia-smi prints it (`NVIDIA H100 80GB HBM3`); undefined if unknown. */
export function cardByName(name: string): CatalogCard | undefined {
  const found = entryByName(name);
  return found === undefined ? undefined : catalogCard(found);
}

/** The other sizes in which this GPU type exists, for a name that does not say which; empty if there is one only. */
export function otherSizes(name: string): readonly CatalogCard[] {
  const found = entryByName(name);
  if (found === undefined || /\d\s*GB?\b|NVL|3e/i.test(bareName(name))) return [];
  return cardCatalog.filter(({chip, name: other}) => chip === found.chip && other !== found.name).map(catalogCard);
}

/** Every GPU of the catalog, the smallest first. */
export function catalogCards(): readonly CatalogCard[] {
  return cardCatalog.map(catalogCard).toSorted((a, b) => a.nvmlBytes - b.nvmlBytes);
}

function entryByName(name: string): CatalogEntry | undefined {
  const bare = bareName(name);
  return cardCatalog.find(({pattern}) => pattern.test(bare));
}

function bareName(name: string): string {
  return name.trim().replace(/^(?:NVIDIA|AMD) /i, '');
}

function catalogCard(entry: CatalogEntry): CatalogCard {
  const {name, family, nominalGb, nvmlMib, reservedMib, source, isUnmeasured, isUnified} = entry;
  const nvmlBytes = nvmlMib * BYTES_PER_MIB;
  const known = {name, family, nvmlBytes, nominalBytes: nominalGb * BYTES_PER_GB, isUnmeasured, isUnified};
  if (reservedMib === null) {
    const cudaVisibleBytes = estimateCudaVisibleBytes(nvmlBytes, null);
    return {...known, cudaVisibleBytes, source: `${source}; CUDA total estimated`};
  }
  const shared = isUnified ? 'unified memory, shared with the host; ' : '';
  return {...known, cudaVisibleBytes: nvmlBytes - reservedMib * BYTES_PER_MIB, source: `${shared}${source}`};
}

/**
 * The CUDA total of a GPU that is not in the catalog: nvidia-smi's total less what it reports as reserved; if it reports
 * none (null), less the largest that was seen on any GPU.
 */
export function estimateCudaVisibleBytes(nvmlBytes: number, reservedBytes: number | null): number {
  return nvmlBytes - (reservedBytes ?? largestReserved(nvmlBytes));
}

function largestReserved(nvmlBytes: number): number {
  const ofSmall = Math.min(USUAL_RESERVED_BYTES, Math.ceil(nvmlBytes * SLICE_RESERVED_RATIO));
  return Math.max(ofSmall, Math.ceil(nvmlBytes * USUAL_RESERVED_RATIO));
}

/**
 * A GPU of this host: its own total counts, also where its name means another size. The catalog only has how much of it
 * CUDA does not see. A slice of a GPU or a virtual one has the name of the whole GPU and less memory; a card with
 * replaced memory has more: both are estimated, unless the GPU is sold in that size too.
 */
export function observedCard(name: string, nvmlBytes: number, reservedBytes: number | null): CardMemory {
  const named = cardByName(name);
  const known = named === undefined || isSize(named, nvmlBytes) ? named : (ofSize(name, nvmlBytes) ?? named);
  const isWholeCard = known !== undefined && isSize(known, nvmlBytes);
  const cudaVisibleBytes = isWholeCard
    ? nvmlBytes - (known.nvmlBytes - known.cudaVisibleBytes)
    : estimateCudaVisibleBytes(nvmlBytes, reservedBytes);
  const source = isWholeCard
    ? `nvidia-smi on this host; CUDA total from the catalog (${known.source})`
    : `nvidia-smi on this host; CUDA total ${reservedBytes === null ? 'estimated' : 'without what the driver reserves'}`;
  return {
    name,
    nvmlBytes,
    cudaVisibleBytes,
    family: known?.family ?? null,
    nominalBytes: isWholeCard ? known.nominalBytes : null,
    isUnified: known?.isUnified ?? false,
    source,
  };
}

/** A GPU of this host of which nvidia-smi shows no memory, because it is the host's own; undefined for any other. */
export function unifiedCard(name: string): CardMemory | undefined {
  const known = cardByName(name);
  return known?.isUnified === true ? {...known, name} : undefined;
}

function isSize(card: CardMemory, nvmlBytes: number): boolean {
  return Math.abs(card.nvmlBytes - nvmlBytes) < SAME_SIZE_BYTES;
}

/** The entry of the same chip that has this size. */
function ofSize(name: string, nvmlBytes: number): CatalogCard | undefined {
  const chip = entryByName(name)?.chip;
  return cardCatalog
    .filter((entry) => entry.chip === chip)
    .map(catalogCard)
    .find((card) => isSize(card, nvmlBytes));
}
