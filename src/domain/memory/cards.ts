import {BYTES_PER_GB, BYTES_PER_MIB} from '../../shared/units.ts';

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
  /** Source of the numbers, including whether the CUDA total is estimated. */
  readonly source: string;
};

/** Generations by which engines select kernels. */
export type CardFamily = 'ampere' | 'ada' | 'hopper' | 'blackwell' | 'blackwell-workstation' | 'cdna';

/** A GPU type in the catalog. */
export type CatalogCard = CardMemory & {
  readonly family: CardFamily;
  readonly nominalBytes: number;
  /** Its total was not measured on a GPU. */
  readonly isUnmeasured: boolean;
};

/**
 * The largest fraction of a GPU that a driver was seen to keep (RTX PRO 6000: 638 of 97,887 MiB), for GPUs whose CUDA
 * total is not published: the estimated total is never too high.
 */
const LARGEST_RESERVED_RATIO = 638 / 97_887;

/** nvidia-smi's total, and how much less torch reports; null if that is not published. MiB. */
const catalog: readonly CatalogEntry[] = [
  // The A100 with 40 GB is a different GPU, so the pattern requires the 80.
  card('NVIDIA A100-SXM4-80GB', /^A100[- ].*80GB|^A100 80GB|^A100$/i, 'ampere', 80, 81_920, null, 'nvidia-smi'),
  card('NVIDIA H100 NVL', /^H100[- ]NVL$/i, 'hopper', 94, 95_830, 496, 'nvidia-smi; torch 93.10 GiB'),
  card(
    'NVIDIA H100 80GB HBM3',
    /^H100(?:[- ]80GB(?: HBM3)?|[- ]PCIe|[- ]SXM.*)?$/i,
    'hopper',
    80,
    81_559,
    479,
    'nvidia-smi; torch 79.18 GiB',
  ),
  card('NVIDIA H200', /^H200(?:[- ]NVL|[- ]SXM.*)?$/i, 'hopper', 141, 143_771, 606, 'nvidia-smi; torch 139.81 GiB'),
  card('NVIDIA H20', /^H20(?:-96GB)?$/i, 'hopper', 96, 97_871, null, 'nvidia-smi'),
  unmeasured(
    card('NVIDIA H20-3e', /^H20-(?:3e|141GB)$/i, 'hopper', 141, 143_771, null, 'published as 141 GiB; MiB as on H200'),
  ),
  card('NVIDIA GH200 480GB', /^GH200(?: (?:480|120)GB)?$/i, 'hopper', 96, 97_871, null, 'nvidia-smi'),
  card('NVIDIA B200', /^B200$/i, 'blackwell', 192, 183_359, 729, 'nvidia-smi; torch 178.35 GiB'),
  card(
    'NVIDIA B300 SXM6 AC',
    /^B300(?: SXM6 AC)?$/i,
    'blackwell',
    288,
    275_040,
    925,
    'aiconfigurator; torch 267.69 GiB',
  ),
  card('NVIDIA GB200', /^GB200$/i, 'blackwell', 192, 189_471, null, 'aiconfigurator'),
  card('NVIDIA GB300', /^GB300$/i, 'blackwell', 288, 284_208, null, 'aiconfigurator'),
  card(
    'NVIDIA RTX PRO 6000 Blackwell Server Edition',
    /^RTX[- ]?PRO[- ]?6000(?: Blackwell .*)?$/i,
    'blackwell-workstation',
    96,
    97_887,
    638,
    'aiconfigurator; torch 94.97 GiB',
  ),
  card('NVIDIA L40S', /^L40S$/i, 'ada', 48, 46_068, null, 'nvidia-smi'),
  // Not measured on a GPU: the vendor's size taken as GiB, as its tools count. For planning only.
  unmeasured(card('AMD Instinct MI300X', /^(?:Instinct )?MI300X$/i, 'cdna', 192, 192 * 1024, null, 'vendor size')),
  unmeasured(card('AMD Instinct MI325X', /^(?:Instinct )?MI325X$/i, 'cdna', 256, 256 * 1024, null, 'vendor size')),
  unmeasured(card('AMD Instinct MI355X', /^(?:Instinct )?MI355X$/i, 'cdna', 288, 288 * 1024, null, 'vendor size')),
];

type CatalogEntry = {
  readonly name: string;
  readonly pattern: RegExp;
  readonly family: CardFamily;
  readonly nominalGb: number;
  readonly nvmlMib: number;
  readonly reservedMib: number | null;
  readonly source: string;
  readonly isUnmeasured: boolean;
};

function card(
  name: string,
  pattern: RegExp,
  family: CardFamily,
  nominalGb: number,
  nvmlMib: number,
  reservedMib: number | null,
  source: string,
): CatalogEntry {
  return {name, pattern, family, nominalGb, nvmlMib, reservedMib, source, isUnmeasured: false};
}

/** A card of which no nvidia-smi was seen: its size is the vendor's, or that of a sister. */
function unmeasured(entry: CatalogEntry): CatalogEntry {
  return {...entry, source: `${entry.source}, not measured`, isUnmeasured: true};
}

/** The catalog entry for a name as nvidia-smi prints it (`NVIDIA H100 80GB HBM3`); undefined if unknown. */
export function cardByName(name: string): CatalogCard | undefined {
  const bare = name.trim().replace(/^(?:NVIDIA|AMD) /i, '');
  const found = catalog.find(({pattern}) => pattern.test(bare));
  return found === undefined ? undefined : catalogCard(found);
}

/** Every GPU of the catalog, the smallest first. */
export function catalogCards(): readonly CatalogCard[] {
  return catalog.map(catalogCard).toSorted((a, b) => a.nvmlBytes - b.nvmlBytes);
}

function catalogCard({name, family, nominalGb, nvmlMib, reservedMib, source, isUnmeasured}: CatalogEntry): CatalogCard {
  const nvmlBytes = nvmlMib * BYTES_PER_MIB;
  const known = {name, family, nvmlBytes, nominalBytes: nominalGb * BYTES_PER_GB, isUnmeasured};
  if (reservedMib === null) {
    const cudaVisibleBytes = estimateCudaVisibleBytes(nvmlBytes, null);
    return {...known, cudaVisibleBytes, source: `${source}; CUDA total estimated`};
  }
  return {...known, cudaVisibleBytes: nvmlBytes - reservedMib * BYTES_PER_MIB, source};
}

/**
 * The CUDA total of a GPU that is not in the catalog: nvidia-smi's total less what it reports as reserved; if it reports
 * none (null), less the largest fraction seen on any GPU.
 */
export function estimateCudaVisibleBytes(nvmlBytes: number, reservedBytes: number | null): number {
  return nvmlBytes - (reservedBytes ?? Math.ceil(nvmlBytes * LARGEST_RESERVED_RATIO));
}

/**
 * A GPU of this host: its own total counts; the catalog only has how much of it CUDA does not see. A slice of a GPU or
 * a virtual one has the name of the whole GPU and less memory; it is estimated.
 */
export function observedCard(name: string, nvmlBytes: number, reservedBytes: number | null): CardMemory {
  const known = cardByName(name);
  const isWholeCard = known !== undefined && Math.abs(known.nvmlBytes - nvmlBytes) < 64 * BYTES_PER_MIB;
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
    source,
  };
}
