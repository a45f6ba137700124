/** A rank that gave up waiting, or says where in its operations it is. Ranks are those of the whole engine where the line has them. */
export type RankReport = {
  readonly rank: number;
  /** The line names the rank of the whole engine, not only that in a group. */
  readonly isGlobal: boolean;
  readonly group: string | null;
  readonly sequence: number | null;
  readonly operation: string | null;
  readonly waitedMs: number | null;
  readonly lastEnqueued: number | null;
  readonly lastCompleted: number | null;
  /** Ranks of the group, by what the operation takes in and gives out; null where that does not tell. */
  readonly groupSize: number | null;
};

/** Sizes that an engine was started with, as far as a line has them. */
export type Sizes = {
  readonly world: number | null;
  readonly tensorParallel: number | null;
  readonly pipelineParallel: number | null;
  readonly nodes: number | null;
};

/** What a line must contain before it is examined. */
const reportHint =
  /NCCL work|WorkNCCL|PG status: |monitoredBarrier|missing_ranks|the lagging|join collective|ncclUniqueId from/;
const sizeHint =
  /world_size|tensor.parallel.size|pipeline.parallel.size|\btp.size|\bpp.size|--?tp\b|nnodes|clients joined/;

/** `[rank9]:` of torchrun's and PyTorch's logs, `(Worker_TP1 pid=`, `[2026-05-06 12:35:08 TP1]`. */
const torchPrefix = /\[rank(\d{1,5})\]/;
const workerPrefix = /\(Worker_(?:DP(\d{1,4})_)?(?:PP(\d{1,4})_)?TP(\d{1,5})/;
const schedulerPrefix = /^\[[^\]]{0,40}?(?: DP\d{1,4})?(?: PP(\d{1,4}))? TP(\d{1,5})(?: EP\d{1,5})?\]/;
/** vLLM logs it for each worker that is ready to meet the others. */
const meeting = /\bworld_size=\d{1,6} rank=(\d{1,5}) local_rank=/;
/** Prefixes are at the beginning of a line, or after a progress bar. */
const LONGEST_PREFIX = 400;

/** The rank of the whole engine whose process wrote the line; null if it does not tell, or the sizes do not. */
export function writerOf(text: string, {tensorParallel, pipelineParallel}: Sizes): number | null {
  const start = text.length > LONGEST_PREFIX ? text.slice(0, LONGEST_PREFIX) : text;
  const stated = torchPrefix.exec(start)?.[1] ?? meeting.exec(text)?.[1];
  if (stated !== undefined) return Number(stated);
  const [, data = '0', pipeline, tensor] = workerPrefix.exec(start) ?? withoutData(schedulerPrefix.exec(start)) ?? [];
  if (tensor === undefined) return null;
  const stage = Number(data) * (pipelineParallel ?? 1) + Number(pipeline ?? 0);
  if (stage > 0 && tensorParallel === null) return null;
  return stage * (tensorParallel ?? 0) + Number(tensor);
}

/** SGLang's data-parallel groups share the ranks of tensor parallelism. */
function withoutData(match: RegExpExecArray | null): readonly (string | undefined)[] | null {
  return match === null ? null : [match[0], '0', match[1], match[2]];
}

/** The node of Ray that wrote the line, by its address; null if it names none. */
export function nodeAddressOf(text: string): string | null {
  return /^\s{0,8}\(\w{1,60} pid=\d{1,9}, ip=([\w.:]{3,60})\)/.exec(text)?.[1] ?? null;
}

/** `[PG ID 2 PG GUID 3 Rank 0]`, `[PG ID 0 PG GUID 0(default_pg) Rank 6]`, `[PG 0 (default_pg) Rank 0]`, `[PG 2 Rank 0]`, `[Rank 6]`. */
const inGroup = /\[(?:(PG (?:ID )?\d{1,6}(?: PG GUID [\w.-]{1,80})?(?: ?\([^()\]]{1,120}\))?) )?Rank (\d{1,5})\]/;
const timedOut =
  /WorkNCCL\(SeqNum=(\d{1,15}), OpType=(\w{1,60})\b[^\n]{0,400}?\) ran for (\d{1,12}) milliseconds before timing out/;
const numbers = /OpType=(_?ALLGATHER\w{0,20}|_?REDUCE_SCATTER\w{0,20}), NumelIn=(\d{1,15}), NumelOut=(\d{1,15})/;
/** PyTorch 2.2 to 2.5: `Timeout at NCCL work: 2`, `detected by watchdog at work: 2`; later `at work sequence id: 2`. */
const position =
  /(?:(?:[Tt]imeout at NCCL work|detected by watchdog at work(?: sequence id)?): (-?\d{1,15}),?(?: PG status:)? )?[Ll]ast enqueued (?:NCCL )?work: (-?\d{1,15}), last completed(?: NCCL)?(?: work)?: (-?\d{1,15})/;

/** What a rank says of its own operations; null for another line. */
export function readReport(text: string, sizes: Sizes): RankReport | null {
  if (!reportHint.test(text)) return null;
  const [, sequence, operation, waited] = timedOut.exec(text) ?? [];
  const [, failedAt, enqueued, completed] = position.exec(text) ?? [];
  if (sequence === undefined && enqueued === undefined) return null;
  const [, group, inner] = inGroup.exec(text) ?? [];
  const writer = writerOf(text, sizes);
  const rank = writer ?? numberOf(inner);
  if (rank === null) return null;
  return {
    rank,
    isGlobal: writer !== null,
    group: sequence === undefined ? (group === undefined ? null : groupName(group)) : null,
    sequence: numberOf(sequence ?? failedAt),
    operation: operation ?? null,
    waitedMs: numberOf(waited),
    lastEnqueued: numberOf(enqueued),
    lastCompleted: numberOf(completed),
    groupSize: groupSizeIn(text),
  };
}

/** Of a gathering the output, of a scattering the input is as large as all ranks' parts together. */
function groupSizeIn(text: string): number | null {
  const [, operation = '', taken, given] = numbers.exec(text) ?? [];
  const ratio = operation.includes('GATHER') ? Number(given) / Number(taken) : Number(taken) / Number(given);
  return Number.isInteger(ratio) && ratio > 1 ? ratio : null;
}

/** The name that all ranks of a group have in common; the number differs from rank to rank. */
function groupName(group: string): string {
  return /PG GUID (\S{1,200})/.exec(group)?.[1] ?? group;
}

const barrier = /\bRanks? ([\d, ]{1,2000}) failed to pass monitoredBarrier/;
const lagging = /\branks \[([\d, ]{1,2000})\] are the lagging ranks/;
const notJoined = /\[([\d, ]{1,2000})\] finished collective #\d{1,15}, but didn't join collective #/;
const unfinished = /missing_ranks=\[([^\]=]{0,2000})\]/;
const uniqueId = /retrieving ncclUniqueId from \[(\d{1,5})\]/;

/** The ranks that the line itself says are missing. */
export function missingIn(text: string): readonly number[] {
  if (!reportHint.test(text)) return [];
  const [, list = ''] =
    barrier.exec(text) ??
    lagging.exec(text) ??
    notJoined.exec(text) ??
    unfinished.exec(text) ??
    uniqueId.exec(text) ??
    [];
  return [...list.matchAll(/\d{1,5}/g)].map(([digits]) => Number(digits));
}

const peerAddress =
  /gloo\/transport\/[^\n]{0,80}(?:Connection (?:closed by|reset by)(?: remote)? peer|Read error) \[([\w.:]{2,80})\]:(\d{1,5})|Connection closed by peer \[([\w.:]{2,80})\]:(\d{1,5})/;

/** `HOST:PORT` of a peer that closed its connection to the one who wrote the line; null without one. */
export function peerIn(text: string): string | null {
  if (!text.includes('peer') && !text.includes('Read error')) return null;
  const match = peerAddress.exec(text);
  const host = match?.[1] ?? match?.[3];
  return host === undefined ? null : `${host}:${match?.[2] ?? match?.[4]}`;
}

const value = '[\'"]?[ =:]{1,3}(\\d{1,6})\\b';
const world = new RegExp(`\\bworld_size${value}|\\d{1,6}/(\\d{1,6}) clients joined`);
const tensor = new RegExp(`(?:\\btensor[_-]parallel[_-]size|\\btp[_-]size|\\s--?tp)${value}`);
const pipeline = new RegExp(`(?:\\bpipeline[_-]parallel[_-]size|\\bpp[_-]size|\\s--?pp)${value}`);
const nodes = new RegExp(`\\bnnodes${value}`);

/** True for a report that Ray shows once for several ranks. */
export function isRepeatedReport(text: string): boolean {
  return text.includes('x across cluster]') && reportHint.test(text);
}

/** The sizes in a line of an engine's arguments, or of its processes as they meet; null for another line. */
export function sizesIn(text: string): Sizes | null {
  if (!sizeHint.test(text)) return null;
  const total = world.exec(text);
  return {
    world: numberOf(total?.[1] ?? total?.[2]),
    tensorParallel: numberOf(tensor.exec(text)?.[1]),
    pipelineParallel: numberOf(pipeline.exec(text)?.[1]),
    nodes: numberOf(nodes.exec(text)?.[1]),
  };
}

function numberOf(digits: string | undefined): number | null {
  return digits === undefined ? null : Number(digits);
}
