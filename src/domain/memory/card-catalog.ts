/** Generations by which engines select kernels. */
export type CardFamily = 'ampere' | 'ada' | 'hopper' | 'blackwell' | 'blackwell-workstation' | 'cdna';

/** A GPU type as it is sold, with sizes in MiB as nvidia-smi shows them. */
export type CatalogEntry = {
  /** As nvidia-smi prints it; with the size where that does not tell two sizes apart. */
  readonly name: string;
  /** Names without the vendor that mean this entry. */
  readonly pattern: RegExp;
  /** The chip or card sold in several sizes: entries with the same one differ only in memory. */
  readonly chip: string;
  readonly family: CardFamily;
  /** The vendor's size in decimal GB. */
  readonly nominalGb: number;
  readonly nvmlMib: number;
  /** How much less CUDA reports; null if that is not published. */
  readonly reservedMib: number | null;
  readonly source: string;
  /** No nvidia-smi of it was seen: its size is the vendor's, or that of a sister. */
  readonly isUnmeasured: boolean;
  /** Its memory is the host's own, shared with all programs. */
  readonly isUnified: boolean;
};

type Sizes = {
  readonly gb: number;
  readonly mib: number;
  readonly reservedMib?: number;
  readonly source?: string;
  readonly isUnmeasured?: true;
  readonly isUnified?: true;
};

/** Several sizes of one chip stand together; the first of them is meant by the bare name. */
export const cardCatalog: readonly CatalogEntry[] = [
  card('NVIDIA A100-SXM4-80GB', 'A100', 'ampere', /^A100[- ].*80GB|^A100 80GB|^A100$/i, {
    gb: 80,
    mib: 81_920,
    reservedMib: 763,
  }),
  card('NVIDIA A100-SXM4-40GB', 'A100', 'ampere', /^A100[- ](?:(?:SXM4|PCIE)[- ])?40GB$/i, {
    gb: 40,
    mib: 40_960,
    reservedMib: 518,
  }),
  card('NVIDIA A10', 'A10', 'ampere', /^A10G?$/i, {gb: 24, mib: 23_028}),
  card('NVIDIA A30', 'A30', 'ampere', /^A30$/i, {
    gb: 24,
    mib: 24_576,
    reservedMib: 512,
    source: 'nvidia-smi; torch 23.50 GiB',
  }),
  card('NVIDIA A40', 'A40', 'ampere', /^A40$/i, {
    gb: 48,
    mib: 46_068,
    reservedMib: 582,
    source: 'nvidia-smi; torch 44.42 GiB',
  }),
  card('NVIDIA RTX A6000', 'RTX A6000', 'ampere', /^(?:(?:Quadro )?RTX[- ]?)?A6000$/i, {
    gb: 48,
    mib: 49_140,
    reservedMib: 602,
    source: 'nvidia-smi; torch 47.40 GiB',
  }),
  card('NVIDIA GeForce RTX 3090', 'RTX 3090', 'ampere', geforce('3090(?: Ti)?', '24'), {gb: 24, mib: 24_576}),
  modified('NVIDIA GeForce RTX 3090 48GB', 'RTX 3090', 'ampere', geforce('3090', '48', true), 49_140, true),
  card('NVIDIA L4', 'L4', 'ada', /^L4$/i, {gb: 24, mib: 23_034}),
  card('NVIDIA L40S', 'L40S', 'ada', /^L40S$/i, {gb: 48, mib: 46_068, reservedMib: 609}),
  card('NVIDIA GeForce RTX 4090', 'RTX 4090', 'ada', geforce('4090(?: D)?', '24'), {
    gb: 24,
    mib: 24_564,
    reservedMib: 480,
    source: 'nvidia-smi; torch 23.52 GiB',
  }),
  modified('NVIDIA GeForce RTX 4090 48GB', 'RTX 4090', 'ada', geforce('4090(?: ?D)?', '48', true), 49_140, false),
  card('NVIDIA H100 80GB HBM3', 'H100', 'hopper', /^H100(?:[- ]80GB(?: HBM3)?|[- ]PCIe|[- ]SXM.*)?$/i, {
    gb: 80,
    mib: 81_559,
    reservedMib: 479,
    source: 'nvidia-smi; torch 79.18 GiB',
  }),
  card('NVIDIA H100 NVL', 'H100 NVL', 'hopper', /^H100[- ]NVL$/i, {
    gb: 94,
    mib: 95_830,
    reservedMib: 496,
    source: 'nvidia-smi; torch 93.10 GiB',
  }),
  card('NVIDIA H800', 'H800', 'hopper', /^H800(?:[- ]80GB|[- ]PCIe|[- ]SXM.*)?$/i, {gb: 80, mib: 81_559}),
  card('NVIDIA H200', 'H200', 'hopper', /^H200(?:[- ]NVL|[- ]SXM.*)?$/i, {
    gb: 141,
    mib: 143_771,
    reservedMib: 606,
    source: 'nvidia-smi; torch 139.81 GiB',
  }),
  card('NVIDIA H20', 'H20', 'hopper', /^H20(?:-96GB)?$/i, {gb: 96, mib: 97_871}),
  card('NVIDIA H20-3e', 'H20', 'hopper', /^H20-(?:3e|141GB)$/i, {
    gb: 141,
    mib: 143_771,
    source: 'published as 141 GiB; MiB as on H200',
    isUnmeasured: true,
  }),
  // 480GB and 120GB are the sizes of the CPU's memory, which is not the GPU's.
  card('NVIDIA GH200 480GB', 'GH200', 'hopper', /^GH200(?:[- ](?:480|120|96)GB?)?$/i, {
    gb: 96,
    mib: 97_871,
    reservedMib: 1103,
    source: 'nvidia-smi; CUDA 96,768 MiB',
  }),
  card('NVIDIA GH200 144G HBM3e', 'GH200', 'hopper', /^GH200[- ]144GB?(?: HBM3e)?$/i, {
    gb: 144,
    mib: 146_831,
    reservedMib: 911,
    source: 'nvidia-smi; CUDA 145,920 MiB',
  }),
  card('NVIDIA B200', 'B200', 'blackwell', /^B200$/i, {
    gb: 192,
    mib: 183_359,
    reservedMib: 729,
    source: 'nvidia-smi; torch 178.35 GiB',
  }),
  card('NVIDIA B300 SXM6 AC', 'B300', 'blackwell', /^B300(?: SXM6 AC)?$/i, {
    gb: 288,
    mib: 275_040,
    reservedMib: 925,
    source: 'aiconfigurator; torch 267.69 GiB',
  }),
  card('NVIDIA GB200', 'GB200', 'blackwell', /^GB200$/i, {gb: 192, mib: 189_471, reservedMib: 742}),
  card('NVIDIA GB300', 'GB300', 'blackwell', /^GB300$/i, {gb: 288, mib: 284_208, reservedMib: 947}),
  // nvidia-smi shows no memory of it. The total is the host's, 2 GiB more or less by driver.
  card('NVIDIA GB10', 'GB10', 'blackwell-workstation', /^(?:GB10|DGX[- ]?Spark)$/i, {
    gb: 128,
    mib: 122_548,
    reservedMib: 0,
    source: 'CUDA total of published hosts, 119.7 to 121.7 GiB by driver',
    isUnified: true,
  }),
  card(
    'NVIDIA RTX PRO 6000 Blackwell Server Edition',
    'RTX PRO 6000',
    'blackwell-workstation',
    /^RTX[- ]?PRO[- ]?6000(?: Blackwell .*)?$/i,
    {gb: 96, mib: 97_887, reservedMib: 638, source: 'aiconfigurator; torch 94.97 GiB'},
  ),
  card('NVIDIA GeForce RTX 5090', 'RTX 5090', 'blackwell-workstation', geforce('5090(?: D)?', '32'), {
    gb: 32,
    mib: 32_607,
  }),
  modified(
    'NVIDIA GeForce RTX 5090 48GB',
    'RTX 5090',
    'blackwell-workstation',
    geforce('5090', '48', true),
    49_140,
    true,
  ),
  // Not measured on a GPU: the vendor's size taken as GiB, as its tools count. For planning only.
  vendorSize('AMD Instinct MI300X', 'MI300X', 192),
  vendorSize('AMD Instinct MI325X', 'MI325X', 256),
  vendorSize('AMD Instinct MI355X', 'MI355X', 288),
];

function card(name: string, chip: string, family: CardFamily, pattern: RegExp, sizes: Sizes): CatalogEntry {
  const {gb, mib, reservedMib, source = 'nvidia-smi', isUnmeasured = false, isUnified = false} = sizes;
  return {
    name,
    pattern,
    chip,
    family,
    nominalGb: gb,
    nvmlMib: mib,
    reservedMib: reservedMib ?? null,
    source: isUnmeasured ? `${source}, not measured` : source,
    isUnmeasured,
    isUnified,
  };
}

/** A desktop card whose memory was replaced: nvidia-smi gives it the plain name, so the size is part of this one. */
function modified(
  name: string,
  chip: string,
  family: CardFamily,
  pattern: RegExp,
  mib: number,
  isUnmeasured: boolean,
): CatalogEntry {
  const sizes = {gb: 48, mib, source: isUnmeasured ? 'MiB as on a modified RTX 4090' : 'nvidia-smi of modified cards'};
  return card(name, chip, family, pattern, {...sizes, ...(isUnmeasured ? {isUnmeasured} : {})});
}

function vendorSize(name: string, chip: string, gb: number): CatalogEntry {
  return card(name, chip, 'cdna', new RegExp(`^(?:Instinct )?${chip}$`, 'i'), {
    gb,
    mib: gb * 1024,
    source: 'vendor size',
    isUnmeasured: true,
  });
}

/** `GeForce RTX 4090`, `RTX4090`, `4090`; the size in GB may follow, and must where it is not the card's own. */
function geforce(model: string, gb: string, isSizeNeeded = false): RegExp {
  return new RegExp(`^(?:GeForce )?(?:RTX[- ]?)?${model}(?:[- ]${gb}GB?)${isSizeNeeded ? '' : '?'}$`, 'i');
}
