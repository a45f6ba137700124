import {isAbsent, isPresent, type Reading} from '../../samples/reading.ts';
import {gbText, gibText, mibText} from '../../shared/quantities/bytes.ts';
import {countedText} from '../../shared/quantities/counts.ts';
import {fractionText} from '../../shared/quantities/ratios.ts';
import {BYTES_PER_GIB, BYTES_PER_MIB} from '../../shared/units.ts';
import {type DetailedCode, type DetailsOf, withDetails} from '../diagnosis/details/details.ts';
import {type Finding, findingOf} from '../diagnosis/finding.ts';
import {type Check, forceable} from './check.ts';

/** Free space of a file system. */
export type DiskSpace = {readonly path: string; readonly freeBytes: Reading<number>};

/** Hard limits of this user's processes; infinite when there is none. */
export type ProcessLimits = {readonly openFiles: number; readonly processes: number};

/** Facts read from the host. */
export type HostFacts = {
  /** Size of /dev/shm. */
  readonly sharedMemoryBytes: Reading<number>;
  readonly limits: Reading<ProcessLimits>;
  readonly stateDisk: DiskSpace;
  /** Where hub downloads are stored. */
  readonly modelDisk: DiskSpace;
  /** Where the engine caches compiled code. */
  readonly cacheDisk: DiskSpace;
};

/** What a start needs from the host. */
export type HostNeeds = {
  /** GPUs that one model is spread over. */
  readonly cardCount: number;
  /** Bytes of the model that are not on this disk yet; 0 when it is complete or its size is unknown. */
  readonly downloadBytes: number;
};

/** A container has 64 MiB by default: NCCL then fails with "unable to allocate shared memory". */
const CONTAINER_SHARED_MEMORY_BYTES = 64 * BYTES_PER_MIB;
/** Eight workers use a few hundred MiB for buffers and queues; vLLM's own images request more. */
const SHARED_MEMORY_BYTES = BYTES_PER_GIB;
/** Logs, journal and history; an engine whose log cannot be written continues without one. */
const STATE_BYTES = BYTES_PER_GIB;
/** torch.compile and kernel caches of one model, a few GiB. */
const CACHE_BYTES = 5 * BYTES_PER_GIB;
/** An open request is a file, and vLLM raises its own limit to this if permitted. */
const OPEN_FILES = 65_535;
/** Eight workers with their threads; OpenBLAS and NCCL create hundreds. */
const PROCESSES = 4_096;

/** All host checks, in display order. */
export function hostChecks(facts: HostFacts, needs: HostNeeds): readonly Check[] {
  return [
    sharedMemoryCheck(facts.sharedMemoryBytes, needs.cardCount),
    downloadCheck(facts.modelDisk, needs.downloadBytes),
    roomCheck(
      'disk for compiled code',
      facts.cacheDisk,
      CACHE_BYTES,
      'Without space for the cache, every start compiles again.',
    ),
    roomCheck('disk for logs and state', facts.stateDisk, STATE_BYTES, 'An engine log alone can use that much.'),
    ...limitChecks(facts.limits),
  ];
}

const hostCodes: ReadonlySet<string> = new Set([
  'preflight.shared-memory-small',
  'preflight.disk-too-small',
  'preflight.disk-low',
  'preflight.limit-low',
]);

/** True for a finding of `hostChecks`: it holds as long as the host is as it is, also while an engine serves. */
export function isAboutHost({code}: Pick<Finding, 'code'>): boolean {
  return hostCodes.has(code);
}

function sharedMemoryCheck(size: Reading<number>, cardCount: number): Check {
  const name = 'shared memory';
  if (isAbsent(size)) return forceable(name, size.absent);
  const detail = `/dev/shm has ${gibText(size)}`;
  if (size >= SHARED_MEMORY_BYTES || cardCount < 2) return forceable(name, detail);
  const isContainers = size <= CONTAINER_SHARED_MEMORY_BYTES;
  return forceable(
    name,
    detail,
    finding(
      'preflight.shared-memory-small',
      {sizeBytes: size, cardCount},
      isContainers ? 'critical' : 'warning',
      `/dev/shm has ${mibText(size)}: ${cardCount} workers exchange data through it, and NCCL fails when it is full.`,
      'Give the container more (--shm-size=16g or --ipc=host), or run: mount -o remount,size=16G /dev/shm.',
    ),
  );
}

function downloadCheck({path, freeBytes}: DiskSpace, downloadBytes: number): Check {
  const name = 'disk for the model';
  if (downloadBytes === 0) return forceable(name, 'no download needed, as far as is known');
  const wanted = `${gbText(downloadBytes)} to download to ${path}`;
  if (isAbsent(freeBytes)) return forceable(name, `${wanted}; ${freeBytes.absent}`);
  const detail = `${wanted}, ${gbText(freeBytes)} are free`;
  if (freeBytes >= downloadBytes) return forceable(name, detail);
  return forceable(
    name,
    detail,
    finding(
      'preflight.disk-too-small',
      {path, neededBytes: downloadBytes, freeBytes},
      'critical',
      `${detail}: the download would fail halfway.`,
      'Free that much, or set HF_HOME to a larger disk.',
    ),
  );
}

function roomCheck(name: string, {path, freeBytes}: DiskSpace, wantedBytes: number, why: string): Check {
  if (isAbsent(freeBytes)) return forceable(name, freeBytes.absent);
  const detail = `${path} has ${gibText(freeBytes)} free`;
  if (freeBytes >= wantedBytes) return forceable(name, detail);
  return forceable(
    name,
    detail,
    finding(
      'preflight.disk-low',
      {path, neededBytes: wantedBytes, freeBytes},
      'warning',
      `${detail}. ${why}`,
      `Free some space: at least ${gibText(wantedBytes)} is recommended.`,
    ),
  );
}

function limitChecks(limits: Reading<ProcessLimits>): readonly Check[] {
  if (isAbsent(limits)) return [forceable('limits', limits.absent)];
  return [
    limitCheck('open files', limits.openFiles, OPEN_FILES, 'nofile', 'Every open request is a file.'),
    limitCheck('processes', limits.processes, PROCESSES, 'nproc', 'Eight workers create hundreds of threads.'),
  ];
}

function limitCheck(name: string, limit: number, wanted: number, word: 'nofile' | 'nproc', why: string): Check {
  const detail = Number.isFinite(limit) ? `at most ${limit}` : 'no limit';
  if (limit >= wanted) return forceable(name, detail);
  return forceable(
    name,
    detail,
    finding(
      'preflight.limit-low',
      {limit: word, present: limit, wanted},
      'warning',
      `This user is limited to ${limit} ${name}. ${why}`,
      `Raise it: "* hard ${word} ${wanted}" in /etc/security/limits.d, then log in again.`,
    ),
  );
}

function finding<C extends DetailedCode>(
  code: C,
  details: DetailsOf<C>,
  severity: Finding['severity'],
  message: string,
  remedy: string,
): Finding {
  return findingOf({...withDetails(code, details), message, remedy}, severity);
}

/** Model files that are missing and that the engine will not download; null if it downloads all of them. */
export function modelFilesCheck(
  model: {readonly path: string; readonly missingFiles: readonly string[]} | null,
  isFromHub: boolean,
): Check {
  const name = 'model files';
  if (model === null) return forceable(name, 'none on this disk; the engine downloads them');
  const {path, missingFiles} = model;
  if (missingFiles.length === 0) return forceable(name, `complete in ${path}`);
  const named = missingFiles.slice(0, 3).join(', ');
  const detail = `${missingFiles.length} missing in ${path}: ${named}${missingFiles.length > 3 ? ', ...' : ''}`;
  if (isFromHub) return forceable(name, `${detail}; the engine downloads them`);
  return forceable(
    name,
    detail,
    finding(
      'preflight.model-incomplete',
      {path, missingFiles: [...missingFiles]},
      'critical',
      `The model is incomplete: ${detail}.`,
      'Download it again, or copy the missing files. The engine would load for minutes and then fail.',
    ),
  );
}

/**
 * A model of which only its `config.json` is on this disk: enough for a plan, not for a start. No refusal: some engines
 * generate weights for a test.
 */
export function noWeightsCheck(configPath: string): Check {
  const message = `No model weights next to ${configPath}: expected *.safetensors files, or a .gguf file.`;
  return forceable('model files', 'no weights found', {
    code: 'preflight.no-weights',
    severity: 'warning',
    message,
    evidence: null,
    remedy: 'Check engine.model, or copy the weights there. A start without them works only with generated weights.',
    settingsChange: null,
  });
}

/** A GPU before the start, and the processes that use its memory. */
export type CardUse = {
  readonly index: number;
  readonly freeBytes: Reading<number>;
  readonly holders: readonly {readonly pid: number; readonly name: string; readonly usedBytes: Reading<number>}[];
};

/** Planned memory per GPU, and whether a smaller memory fraction would lower it. */
export type CardNeed = {
  readonly bytes: number;
  readonly cardCount: number;
  readonly memoryFraction: number | null;
  readonly cudaVisibleBytes: number;
};

/** Rounding of nvidia-smi's values, and memory that the driver keeps. */
const TOLERANCE_BYTES = BYTES_PER_GIB / 2;
/** A memory fraction below this is not offered: hardly any KV cache would remain. */
const LARGEST_CUT = 0.15;

/** Those of the GPUs that an engine would use which have less free memory than planned. */
export function shortCards(cards: readonly CardUse[], need: CardNeed): readonly CardUse[] {
  return cards
    .slice(0, need.cardCount)
    .filter(({freeBytes}) => isPresent(freeBytes) && freeBytes + TOLERANCE_BYTES < need.bytes);
}

/** The GPUs with less free memory than planned, each with the processes that use it. */
export function cardMemoryCheck(cards: readonly CardUse[], need: CardNeed): Check {
  const name = 'GPU memory';
  const short = shortCards(cards, need);
  const detail = `${countedText(need.cardCount, 'GPU')}, ${gibText(need.bytes)} needed on each`;
  const [worst] = short.toSorted((a, b) => freeOf(a.freeBytes) - freeOf(b.freeBytes));
  if (worst === undefined) return forceable(name, detail);
  const fraction = fittingFraction(need, freeOf(worst.freeBytes));
  const others = short.length === 1 ? '' : ` (and ${short.length - 1} more)`;
  return forceable(name, detail, {
    ...finding(
      'preflight.gpu-memory-taken',
      {neededBytesPerGpu: need.bytes, cards: short.map(takenCard)},
      'critical',
      `GPU ${worst.index}${others} has ${gibText(freeOf(worst.freeBytes))} free, and the engine needs ${gibText(need.bytes)}: ${holdersText(worst)}.`,
      fraction === null
        ? 'End that process, or start anyway with --force.'
        : `End that process, or start with a memory fraction of ${fractionText(fraction)}.`,
    ),
    settingsChange: fraction === null ? null : {memoryFraction: fraction},
  });
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

function holdersText({holders}: CardUse): string {
  if (holders.length === 0)
    return 'nvidia-smi shows no process that uses it (another container, or memory not released)';
  const named = holders
    .slice(0, 3)
    .map(({pid, name, usedBytes}) => `${name} (pid ${pid}) uses ${isPresent(usedBytes) ? gibText(usedBytes) : 'some'}`);
  return `${named.join(', ')}${holders.length > 3 ? ` and ${holders.length - 3} more` : ''}`;
}
