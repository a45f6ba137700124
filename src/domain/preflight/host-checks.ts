import {isAbsent, isPresent, type Reading} from '../../samples/reading.ts';
import {BYTES_PER_GIB, BYTES_PER_MIB} from '../../shared/units.ts';
import {type DetailedCode, type DetailsOf, withDetails} from '../diagnosis/details/details.ts';
import type {Finding} from '../diagnosis/finding.ts';
import {gibText} from '../memory/quantity-text.ts';

/** A file system's room. */
export type DiskSpace = {readonly path: string; readonly freeBytes: Reading<number>};

/** Hard limits of this user's processes; infinite where there is none. */
export type ProcessLimits = {readonly openFiles: number; readonly processes: number};

/** What was read of the host. */
export type HostFacts = {
  /** Size of /dev/shm. */
  readonly sharedMemoryBytes: Reading<number>;
  readonly limits: Reading<ProcessLimits>;
  readonly stateDisk: DiskSpace;
  /** Where the hub's files go. */
  readonly modelDisk: DiskSpace;
  /** Where the engine keeps what it compiled. */
  readonly cacheDisk: DiskSpace;
};

/** What a start needs of the host. */
export type HostNeeds = {
  /** Cards that one model is spread over. */
  readonly cardCount: number;
  /** Bytes of the model that are not on this disk yet; 0 when it is whole or its size is not known. */
  readonly downloadBytes: number;
};

/** One check by name: what was found in words, and a finding where something is to be said. */
export type Check = {readonly name: string; readonly detail: string; readonly finding: Finding | null};

/** A container has 64 MiB unless it is told otherwise: NCCL then ends with "unable to allocate shared memory". */
const CONTAINER_SHARED_MEMORY_BYTES = 64 * BYTES_PER_MIB;
/** What eight workers take in buffers and queues is a few hundred MiB; vLLM's own images ask for more. */
const SHARED_MEMORY_BYTES = BYTES_PER_GIB;
/** Logs, journal and history; an engine whose log cannot be written goes on without one. */
const STATE_BYTES = BYTES_PER_GIB;
/** torch.compile and kernel caches of one model, a few GiB. */
const CACHE_BYTES = 5 * BYTES_PER_GIB;
/** An open request is a file, and vLLM raises its own limit to this where it may. */
const OPEN_FILES = 65_535;
/** Eight workers with their threads; OpenBLAS and NCCL make hundreds. */
const PROCESSES = 4_096;

/** All checks of the host, in the order in which a person would look. */
export function hostChecks(facts: HostFacts, needs: HostNeeds): readonly Check[] {
  return [
    sharedMemoryCheck(facts.sharedMemoryBytes, needs.cardCount),
    downloadCheck(facts.modelDisk, needs.downloadBytes),
    roomCheck('disk for compiled code', facts.cacheDisk, CACHE_BYTES, 'A start that cannot keep it compiles anew.'),
    roomCheck('disk for logs and state', facts.stateDisk, STATE_BYTES, 'The log of an engine alone may take that.'),
    ...limitChecks(facts.limits),
  ];
}

function sharedMemoryCheck(size: Reading<number>, cardCount: number): Check {
  const name = 'shared memory';
  if (isAbsent(size)) return {name, detail: size.absent, finding: null};
  const detail = `/dev/shm has ${gibText(size)}`;
  if (size >= SHARED_MEMORY_BYTES || cardCount < 2) return {name, detail, finding: null};
  const isContainers = size <= CONTAINER_SHARED_MEMORY_BYTES;
  return {
    name,
    detail,
    finding: finding(
      'preflight.shared-memory-small',
      {sizeBytes: size, cardCount},
      isContainers ? 'critical' : 'warning',
      `/dev/shm has ${Math.round(size / BYTES_PER_MIB)} MiB: ${cardCount} workers exchange through it, and NCCL ends where it is full.`,
      'Give the container more (--shm-size=16g or --ipc=host), or remount it: mount -o remount,size=16G /dev/shm.',
    ),
  };
}

function downloadCheck({path, freeBytes}: DiskSpace, downloadBytes: number): Check {
  const name = 'disk for the model';
  if (downloadBytes === 0) return {name, detail: 'nothing is to be downloaded, as far as is known', finding: null};
  const wanted = `${(downloadBytes / 1e9).toFixed(1)} GB are to be downloaded to ${path}`;
  if (isAbsent(freeBytes)) return {name, detail: `${wanted}; ${freeBytes.absent}`, finding: null};
  const detail = `${wanted}, ${(freeBytes / 1e9).toFixed(1)} GB are free`;
  if (freeBytes >= downloadBytes) return {name, detail, finding: null};
  return {
    name,
    detail,
    finding: finding(
      'preflight.disk-too-small',
      {path, neededBytes: downloadBytes, freeBytes},
      'critical',
      `${detail}: the download would end in the middle.`,
      'Free that much, or name a larger disk with HF_HOME.',
    ),
  };
}

function roomCheck(name: string, {path, freeBytes}: DiskSpace, wantedBytes: number, why: string): Check {
  if (isAbsent(freeBytes)) return {name, detail: freeBytes.absent, finding: null};
  const detail = `${path} has ${gibText(freeBytes)} free`;
  if (freeBytes >= wantedBytes) return {name, detail, finding: null};
  return {
    name,
    detail,
    finding: finding(
      'preflight.disk-low',
      {path, neededBytes: wantedBytes, freeBytes},
      'warning',
      `${detail}. ${why}`,
      `Free some: ${gibText(wantedBytes)} are comfortable.`,
    ),
  };
}

function limitChecks(limits: Reading<ProcessLimits>): readonly Check[] {
  if (isAbsent(limits)) return [{name: 'limits', detail: limits.absent, finding: null}];
  return [
    limitCheck('open files', limits.openFiles, OPEN_FILES, 'nofile', 'Every open request is a file.'),
    limitCheck('processes', limits.processes, PROCESSES, 'nproc', 'Eight workers make hundreds of threads.'),
  ];
}

function limitCheck(name: string, limit: number, wanted: number, word: 'nofile' | 'nproc', why: string): Check {
  const detail = Number.isFinite(limit) ? `at most ${limit}` : 'no limit';
  if (limit >= wanted) return {name, detail, finding: null};
  return {
    name,
    detail,
    finding: finding(
      'preflight.limit-low',
      {limit: word, present: limit, wanted},
      'warning',
      `This user may have ${limit} ${name} at most. ${why}`,
      `Raise it: "* hard ${word} ${wanted}" in /etc/security/limits.d, then log in anew.`,
    ),
  };
}

function finding<C extends DetailedCode>(
  code: C,
  details: DetailsOf<C>,
  severity: Finding['severity'],
  message: string,
  remedy: string,
): Finding {
  return {...withDetails(code, details), severity, message, evidence: null, remedy, settingsChange: null};
}

/** Files of a model that are not there, where nobody will fetch them. */
export function modelFilesCheck(
  model: {readonly path: string; readonly missingFiles: readonly string[]} | null,
  isFromHub: boolean,
): Check {
  const name = 'model files';
  if (model === null) {
    return {
      name,
      detail: isFromHub ? 'none on this disk: the engine downloads them' : 'none were found',
      finding: null,
    };
  }
  const {path, missingFiles} = model;
  if (missingFiles.length === 0) return {name, detail: `whole in ${path}`, finding: null};
  const named = missingFiles.slice(0, 3).join(', ');
  const detail = `${missingFiles.length} missing in ${path}: ${named}${missingFiles.length > 3 ? ', ...' : ''}`;
  if (isFromHub) return {name, detail: `${detail}; the engine downloads them`, finding: null};
  return {
    name,
    detail,
    finding: finding(
      'preflight.model-incomplete',
      {path, missingFiles: [...missingFiles]},
      'critical',
      `The model is not whole: ${detail}.`,
      'Download it again, or copy what is missing; the engine would load for minutes and then fail.',
    ),
  };
}

/** A card as it is before the start, and who holds memory of it. */
export type CardUse = {
  readonly index: number;
  readonly freeBytes: Reading<number>;
  readonly holders: readonly {readonly pid: number; readonly name: string; readonly usedBytes: Reading<number>}[];
};

/** What the plan takes of a card, and whether a smaller memory fraction would take less. */
export type CardNeed = {
  readonly bytes: number;
  readonly cardCount: number;
  readonly memoryFraction: number | null;
  readonly cudaVisibleBytes: number;
};

/** Rounding of what nvidia-smi says, and what the driver itself keeps. */
const TOLERANCE_BYTES = BYTES_PER_GIB / 2;
/** Below this, a fraction that fits the rest of a card is no cure: hardly any KV cache would remain. */
const LARGEST_CUT = 0.15;

/** The cards that have less free than the plan takes, each with who holds it. */
export function cardMemoryCheck(cards: readonly CardUse[], need: CardNeed): Check {
  const name = 'GPU memory';
  const short = cards.filter(
    ({index, freeBytes}) => index < need.cardCount && isPresent(freeBytes) && freeBytes + TOLERANCE_BYTES < need.bytes,
  );
  const detail = `${need.cardCount} cards, of each of which ${gibText(need.bytes)} are needed`;
  const [worst] = short.toSorted((a, b) => freeOf(a.freeBytes) - freeOf(b.freeBytes));
  if (worst === undefined) return {name, detail, finding: null};
  const fraction = fittingFraction(need, freeOf(worst.freeBytes));
  const others = short.length === 1 ? '' : ` (and ${short.length - 1} more cards)`;
  return {
    name,
    detail,
    finding: {
      ...finding(
        'preflight.gpu-memory-taken',
        {neededBytesPerGpu: need.bytes, cards: short.map(takenCard)},
        'critical',
        `Card ${worst.index}${others} has ${gibText(freeOf(worst.freeBytes))} free, and the engine takes ${gibText(need.bytes)}: ${holdersInWords(worst)}.`,
        fraction === null
          ? 'End what holds it, or start all the same with --force.'
          : `End what holds it, or start with a memory fraction of ${fraction.toFixed(2)}.`,
      ),
      settingsChange: fraction === null ? null : {memoryFraction: fraction},
    },
  };
}

function takenCard({index, freeBytes, holders}: CardUse): DetailsOf<'preflight.gpu-memory-taken'>['cards'][number] {
  return {
    index,
    freeBytes: freeOf(freeBytes),
    holders: holders.map(({pid, name, usedBytes}) => ({pid, name, usedBytes: isPresent(usedBytes) ? usedBytes : null})),
  };
}

function freeOf(reading: Reading<number>): number {
  return isPresent(reading) ? reading : Number.POSITIVE_INFINITY;
}

function fittingFraction({bytes, memoryFraction, cudaVisibleBytes}: CardNeed, freeBytes: number): number | null {
  if (memoryFraction === null) return null;
  const cut = Math.ceil(((bytes - freeBytes) / cudaVisibleBytes) * 100) / 100;
  return cut > LARGEST_CUT ? null : Math.round((memoryFraction - cut) * 100) / 100;
}

function holdersInWords({holders}: CardUse): string {
  if (holders.length === 0)
    return 'nvidia-smi names nobody who holds it (another container, or memory not handed back)';
  const named = holders
    .slice(0, 3)
    .map(
      ({pid, name, usedBytes}) => `${name} (pid ${pid}) holds ${isPresent(usedBytes) ? gibText(usedBytes) : 'some'}`,
    );
  return `${named.join(', ')}${holders.length > 3 ? ` and ${holders.length - 3} more` : ''}`;
}
