import type {CollectiveDetails} from '../../../domain/diagnosis/details/collective-details.ts';
import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {limitedList} from '../../../shared/quantities/counts.ts';
import {durationText} from '../../../shared/quantities/durations.ts';
import {rankList, ranksSubject} from './rank-list.ts';

/** What a text about ranks needs to know of the engine and its nodes. */
export type CollectiveWords = {
  /** What marks the lines of a rank in the log; null if that is unknown. */
  readonly rankMark: ((rank: number) => string) | null;
};

type Words = CollectiveWords & {
  /** Address of the node that a rank runs on; null if unknown. */
  readonly addressOf: (rank: number) => string | null;
};

type Texts = Pick<Finding, 'message' | 'remedy'>;

const NO_LONGER_TIMEOUT = 'A longer time-out does not help: the others would only wait longer.';

/** The message and remedy of a failure by which ranks lost each other, with what is known of the ranks. */
export function collectiveTexts(finding: Texts, details: CollectiveDetails, words: Words): Texts {
  const {missingRanks, verdict, waiting, peer} = details;
  if (waiting.length > 0) return {message: waitMessage(details), remedy: waitRemedy(details, words)};
  const parts = [finding.message];
  if (peer !== null) parts.push(`The peer was ${peer}.`);
  if (verdict === 'stated') parts.push(`By the log itself, ${rankList(missingRanks)} did not arrive.`);
  if (verdict === 'not-in-text') parts.push(`Nothing in this log is of ${rankList(missingRanks)}.`);
  const remedy = missingRanks.length === 0 ? finding.remedy : `${getLog(details, words)} ${finding.remedy}`;
  return {message: parts.join(' '), remedy};
}

function waitMessage(details: CollectiveDetails): string {
  const {missingRanks, unseenRanks, verdict, waiting} = details;
  const missing = rankList(missingRanks);
  const wait = waitText(details);
  const isOne = missingRanks.length === 1;
  switch (verdict) {
    case 'stated':
      return `${wait}; by the log itself, ${missing} did not arrive.`;
    case 'behind':
      return `${wait}; ${missing} had not begun it: there is the cause.`;
    case 'silent':
      return missingRanks.length <= waiting.length
        ? `${wait}; ${missing}, of which this log has lines, ${isOne ? 'does' : 'do'} not say so: ${isOne ? 'it' : 'one of them'} did not arrive.`
        : `${wait}; the other ranks in this log do not say so, and the one that did not arrive is among them (${missing}).`;
    case 'not-in-text':
      return unseenRanks.length === missingRanks.length
        ? `${wait}; nothing in this log is of ${missing}: ${isOne ? 'it' : 'one of them'} did not arrive.`
        : `${wait}; the one that did not arrive is among ${missing}, and nothing in this log is of ${rankList(unseenRanks)}.`;
    case 'mismatch':
      return `${wait}, ${missing} in another operation with the same number: the ranks do not do the same.`;
    case 'none-missing':
      return `${wait}; all ranks of the group had begun it, so none is missing: the operation itself does not finish.`;
    case 'unknown':
      return `${wait}; this log does not tell which rank did not arrive.`;
  }
}

/** Who waited, how long and in what. Ranks that are the cause waited in something else. */
function waitText({missingRanks, waiting}: CollectiveDetails): string {
  const others = waiting.filter(({rank}) => !missingRanks.includes(rank));
  const waits = others.length > 0 ? others : waiting;
  const [first] = waits;
  const longest = Math.max(...waits.map(({waitedMs}) => waitedMs ?? 0));
  const time = longest > 0 ? `waited ${durationText(longest)}` : 'waited in vain';
  const isSame = waits.every(({sequence}) => sequence === first?.sequence);
  const places = isSame ? operationText(waits) : `different operations (${eachOperation(waits)})`;
  return `${ranksSubject(waits.map(({rank}) => rank))} ${time} in ${places}`;
}

type Waits = CollectiveDetails['waiting'];

function operationText(waits: Waits): string {
  const number = `operation ${waits[0]?.sequence ?? 'of unknown number'}`;
  const operation = waits.map((wait) => wait.operation).find((name) => name !== null);
  return operation === undefined ? number : `${operation} (${number})`;
}

/** Most ranks whose operations are named one by one. */
const MAX_OPERATIONS = 4;

function eachOperation(waits: Waits): string {
  return limitedList(
    waits.map(({rank, sequence, operation}) => `rank ${rank}: ${operation ?? 'operation'} ${sequence ?? ''}`.trim()),
    MAX_OPERATIONS,
  );
}

function waitRemedy(details: CollectiveDetails, words: Words): string {
  switch (details.verdict) {
    case 'mismatch':
      return `Compare version, arguments, environment and model files of ${rankList(details.missingRanks)} with those of the others: they have to be the same on every node. ${NO_LONGER_TIMEOUT}`;
    case 'none-missing':
      return 'Look at the connection between the GPUs: an Xid in dmesg -T, nvidia-smi nvlink -s, between nodes ibstat. Start once with NCCL_DEBUG=INFO; NCCL_P2P_DISABLE=1 (slow, for a test) shows whether direct access between GPUs hangs. A longer time-out does not help.';
    case 'unknown':
      return `${details.isDeduplicated ? 'Set RAY_DEDUP_LOGS=0: Ray left out the same lines of other ranks. ' : ''}Get the log of every rank and node: the rank without such a line, or with the lowest number of its last operation, is the cause. TORCH_NCCL_TRACE_BUFFER_SIZE=2000 has PyTorch record the operations of each rank for the next time. ${NO_LONGER_TIMEOUT}`;
    default:
      return `${getLog(details, words)} Look there for an error, for "Killed", or for what it did last before the others began to wait, and on its node for an Xid or "Out of memory" (dmesg -T). ${NO_LONGER_TIMEOUT}`;
  }
}

/** Most ranks whose marks are named. */
const MAX_MARKS = 2;

function getLog({missingRanks, worldSize, nodeCount}: CollectiveDetails, {rankMark, addressOf}: Words): string {
  const places = [...new Set(missingRanks.map((rank) => placeOf(rank, worldSize, nodeCount, addressOf(rank))))];
  const place = places.flatMap((name) => name ?? []).join(' and ');
  const marks = missingRanks
    .slice(0, MAX_MARKS)
    .map((rank) => `"${rankMark?.(rank) ?? `[rank${rank}]`}"`)
    .join(', ');
  const more = missingRanks.length > MAX_MARKS ? ' and so on' : '';
  return `Get the log of ${rankList(missingRanks)}${place === '' ? '' : ` from ${place}`}, whose lines have ${marks}${more}.`;
}

function placeOf(
  rank: number,
  worldSize: number | null,
  nodeCount: number | null,
  address: string | null,
): string | null {
  if (address !== null) return address;
  if (worldSize === null || nodeCount === null || nodeCount < 2 || worldSize % nodeCount !== 0) return null;
  return `the node with --node-rank ${Math.floor((rank * nodeCount) / worldSize)}`;
}
