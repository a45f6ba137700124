import type {ApiError} from '../api/commands.ts';
import {cardByName} from '../domain/memory/cards.ts';
import {type PlannedNode, parseNodeSpec} from '../domain/memory/node-spec.ts';
import {isAbsent} from '../samples/reading.ts';
import {err, ok, type Result} from '../shared/result.ts';
import {BYTES_PER_GIB, BYTES_PER_MIB} from '../shared/units.ts';
import {readGpusOnce} from '../sources/nvidia-smi/read-gpus-once.ts';
import {smallestCard} from '../supervisor/loop/plan-node.ts';

const READ_TIMEOUT_MS = 20_000;
/** A card with less in use than this is idle: the driver and a display take some. */
const IDLE_BYTES = BYTES_PER_GIB;

/** Cards to plan for, and what is to be said of them. */
export type ChosenNode = {readonly node: PlannedNode; readonly remarks: readonly string[]};

/** The cards that `--gpus` names, by the catalog. */
export function catalogNode(spec: string): Result<ChosenNode, ApiError> {
  const node = parseNodeSpec(spec);
  if (!node.ok) return err({...node.error, code: 'usage.gpus'});
  const {card, hostCount} = node.value;
  const hosts = hostCount === 1 ? '' : `, in ${hostCount} machines`;
  return ok({node: node.value, remarks: [`from the catalog${hosts}: ${card.source}`]});
}

/** The cards of this host as nvidia-smi shows them now; the smallest of them decides. */
export async function hostNode(executable: string): Promise<Result<ChosenNode, ApiError>> {
  const clock = {nowMs: () => Date.now(), monotonicMs: () => performance.now()};
  const {inventory, findings} = await readGpusOnce({executable, timeoutMs: READ_TIMEOUT_MS, clock});
  const gpus = inventory?.gpus ?? [];
  const card = smallestCard(gpus, gpus.length);
  if (isAbsent(card)) {
    const [first] = findings;
    return err({
      code: 'plan.no-cards',
      message: first === undefined ? 'nvidia-smi shows no card on this host' : first.message,
      remedy: `${first === undefined ? '' : `${first.remedy} `}To plan for cards that are not here, name them: --gpus 8xH200.`,
    });
  }
  const totals = new Set(gpus.flatMap(({memoryTotalBytes}) => (isAbsent(memoryTotalBytes) ? [] : [memoryTotalBytes])));
  const usedBytes = gpus.reduce((sum, {memoryUsedBytes}) => sum + (isAbsent(memoryUsedBytes) ? 0 : memoryUsedBytes), 0);
  const known = cardByName(card.name);
  const catalog = known === undefined ? 'not in the catalog' : `catalog: ${mibText(known.nvmlBytes)}`;
  return ok({
    node: {card, gpuCount: gpus.length, hostCount: 1},
    remarks: [
      `read on this host: ${mibText(card.nvmlBytes)} (${catalog})`,
      ...(totals.size > 1 ? [`the cards differ (${[...totals].map(mibText).join(', ')}): the smallest decides`] : []),
      ...(usedBytes > IDLE_BYTES * gpus.length
        ? [`${(usedBytes / BYTES_PER_GIB).toFixed(1)} GiB are in use on the cards now, which a start needs free`]
        : []),
    ],
  });
}

function mibText(bytes: number): string {
  return `${Math.round(bytes / BYTES_PER_MIB).toLocaleString('en-US')} MiB`;
}
