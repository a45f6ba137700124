import {BYTES_PER_MIB} from '../../shared/units.ts';

/** A card's memory as two programs count it, bytes. */
export type CardMemory = {
  /** As nvidia-smi names it. */
  readonly name: string;
  /** nvidia-smi's total. */
  readonly nvmlBytes: number;
  /** What the CUDA runtime shows as total, which engines take their fraction of: the driver keeps the difference. */
  readonly cudaVisibleBytes: number;
};

/** A card type of the catalog. */
export type CatalogCard = CardMemory & {
  /** Where the numbers are from; says so when what CUDA sees is estimated. */
  readonly source: string;
};

/**
 * The largest share of a card the driver was seen to keep for itself (RTX PRO 6000: 638 of 97,887 MiB), for cards whose
 * CUDA total nobody published: an estimate that is never too high.
 */
const LARGEST_RESERVED_RATIO = 638 / 97_887;

/** Total of nvidia-smi, and how much less torch shows; null where that is not published. MiB. */
const catalog: readonly {
  readonly name: string;
  readonly pattern: RegExp;
  readonly nvmlMib: number;
  readonly reservedMib: number | null;
  readonly source: string;
}[] = [
  // A100 with 40 GB is another card, hence the 80 in its pattern.
  card('NVIDIA A100-SXM4-80GB', /^A100[- ].*80GB|^A100 80GB/, 81_920, null, 'nvidia-smi'),
  card('NVIDIA H100 NVL', /^H100 NVL$/, 95_830, 496, 'nvidia-smi; torch 93.10 GiB'),
  card('NVIDIA H100 80GB HBM3', /^H100(?: 80GB HBM3| PCIe| SXM.*)?$/, 81_559, 479, 'nvidia-smi; torch 79.18 GiB'),
  card('NVIDIA H200', /^H200(?: NVL| SXM.*)?$/, 143_771, 606, 'nvidia-smi; torch 139.81 GiB'),
  card('NVIDIA H20', /^H20$/, 97_871, null, 'nvidia-smi'),
  card('NVIDIA GH200 480GB', /^GH200 (?:480|120)GB$/, 97_871, null, 'nvidia-smi'),
  card('NVIDIA B200', /^B200$/, 183_359, 729, 'nvidia-smi; torch 178.35 GiB'),
  card('NVIDIA B300 SXM6 AC', /^B300(?: SXM6 AC)?$/, 275_040, 925, 'aiconfigurator; torch 267.69 GiB'),
  card('NVIDIA GB200', /^GB200$/, 189_471, null, 'aiconfigurator'),
  card('NVIDIA GB300', /^GB300$/, 284_208, null, 'aiconfigurator'),
  card(
    'NVIDIA RTX PRO 6000 Blackwell Server Edition',
    /^RTX PRO 6000 Blackwell /,
    97_887,
    638,
    'aiconfigurator; torch 94.97 GiB',
  ),
  card('NVIDIA L40S', /^L40S$/, 46_068, null, 'nvidia-smi'),
];

function card(name: string, pattern: RegExp, nvmlMib: number, reservedMib: number | null, source: string) {
  return {name, pattern, nvmlMib, reservedMib, source};
}

/** The catalog's card for a name as nvidia-smi prints it (`NVIDIA H100 80GB HBM3`); undefined for an unknown card. */
export function cardByName(name: string): CatalogCard | undefined {
  const bare = name.trim().replace(/^NVIDIA /i, '');
  const found = catalog.find(({pattern}) => pattern.test(bare));
  if (found === undefined) return undefined;
  const nvmlBytes = found.nvmlMib * BYTES_PER_MIB;
  const {reservedMib} = found;
  if (reservedMib === null) {
    const cudaVisibleBytes = estimateCudaVisibleBytes(nvmlBytes, null);
    return {name: found.name, nvmlBytes, cudaVisibleBytes, source: `${found.source}; CUDA total estimated`};
  }
  return {name: found.name, nvmlBytes, cudaVisibleBytes: nvmlBytes - reservedMib * BYTES_PER_MIB, source: found.source};
}

/**
 * What CUDA sees of a card that is not in the catalog: nvidia-smi's total less what it calls reserved; where it does not
 * say (null), less the largest share that was seen on any card.
 */
export function estimateCudaVisibleBytes(nvmlBytes: number, reservedBytes: number | null): number {
  return nvmlBytes - (reservedBytes ?? Math.ceil(nvmlBytes * LARGEST_RESERVED_RATIO));
}

/**
 * A card of this host: its own total decides, the catalog only knows how much of it CUDA does not see. A slice of a
 * card or a virtual one has the name of the whole card and less memory; it is estimated.
 */
export function observedCard(name: string, nvmlBytes: number, reservedBytes: number | null): CardMemory {
  const known = cardByName(name);
  const isWholeCard = known !== undefined && Math.abs(known.nvmlBytes - nvmlBytes) < 64 * BYTES_PER_MIB;
  const cudaVisibleBytes = isWholeCard
    ? nvmlBytes - (known.nvmlBytes - known.cudaVisibleBytes)
    : estimateCudaVisibleBytes(nvmlBytes, reservedBytes);
  return {name, nvmlBytes, cudaVisibleBytes};
}
