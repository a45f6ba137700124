import type {ApiError} from '../../api/commands.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {cardByName, otherSizes} from '../../domain/memory/cards.ts';
import {gpuNameIn, type PlannedNode, parseNodeSpec} from '../../domain/memory/node-spec.ts';
import {usableGpus} from '../../domain/memory/usable-gpus.ts';
import type {GpuSample} from '../../samples/gpu.ts';
import {isAbsent, isPresent} from '../../samples/reading.ts';
import {mibNumber, mibText} from '../../shared/quantities/bytes.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {BYTES_PER_MIB} from '../../shared/units.ts';
import type {GpuReading} from '../../sources/nvidia-smi/read-gpus-once.ts';
import {smallestCard} from '../../supervisor/launch/plan-cards.ts';
import type {CardGroup} from '../../views/plan/plan-bar.ts';

/** GPUs to plan for, with remarks and findings. */
export type ChosenNode = {
  readonly node: PlannedNode;
  /** The GPUs are simulated; their measurements are kept separate. */
  readonly isSimulated: boolean;
  readonly remarks: readonly string[];
  /** By size if they differ; empty if all are equal. */
  readonly cards: readonly CardGroup[];
  /** Problems of the GPUs, for every plan on them. */
  readonly findings: readonly Finding[];
};

/** The GPUs of `--gpus`, from the catalog. */
export function catalogNode(spec: string): Result<ChosenNode, ApiError> {
  const node = parseNodeSpec(spec);
  if (!node.ok) return err({...node.error, code: 'usage.gpus', message: `--gpus: ${node.error.message}.`});
  const {hostCount} = node.value;
  const hosts = hostCount === 1 ? [] : [`in ${hostCount} machines`];
  const sizes = sizeRemarks(spec, node.value);
  return ok({
    node: node.value,
    isSimulated: false,
    remarks: [...hosts, 'catalog', ...sizes],
    cards: [],
    findings: [],
  });
}

/** A name that several sizes share means the first of them, and says so; memory that is the host's own is called that. */
function sizeRemarks(spec: string, {card}: PlannedNode): readonly string[] {
  const others = otherSizes(gpuNameIn(spec)).map(({name}) => name.replace(/^NVIDIA /, ''));
  return [
    ...(others.length === 0 ? [] : [`${mibText(card.nvmlBytes)}; there is also ${others.join(', ')}`]),
    ...(card.isUnified ? ['unified memory, shared with the host'] : []),
  ];
}

/** The usable GPUs of this host as nvidia-smi reports them; the smallest one decides. */
export function hostNode({inventory, findings}: GpuReading, isSimulated: boolean): Result<ChosenNode, ApiError> {
  const gpus = usableGpus(inventory?.gpus ?? []);
  const card = smallestCard(gpus, gpus.length);
  if (isAbsent(card)) {
    const [first] = findings;
    return err({
      code: 'usage.no-cards',
      message: `Without --gpus the plan is for the GPUs of this host: ${first?.message ?? 'nvidia-smi shows none.'}`,
      remedy: `To plan for other GPUs, use --gpus 8xH200. ${first?.remedy ?? ''}`.trimEnd(),
    });
  }
  const cards = cardGroups(gpus);
  return ok({
    node: {card, gpuCount: gpus.length, hostCount: 1},
    isSimulated,
    remarks: [`${isSimulated ? 'SIMULATED: ' : ''}${catalogRemark(card.name, card.nvmlBytes)}`],
    cards: cards.length > 1 ? cards : [],
    findings: [...findings.filter(({severity}) => severity === 'critical'), ...differenceFinding(cards)],
  });
}

/** More than drivers differ by: a slice, a virtual GPU, another size of the same chip, or replaced memory. */
const OTHER_SIZE_RATIO = 0.05;

function catalogRemark(name: string, nvmlBytes: number): string {
  const known = cardByName(name);
  if (known === undefined) return `nvidia-smi says ${mibText(nvmlBytes)}; not in the catalog`;
  if (known.isUnified) return `unified memory, shared with the host; catalog ${mibText(known.nvmlBytes)}`;
  const difference = Math.round((nvmlBytes - known.nvmlBytes) / BYTES_PER_MIB);
  if (Math.abs(nvmlBytes - known.nvmlBytes) > known.nvmlBytes * OTHER_SIZE_RATIO) {
    return `nvidia-smi says ${mibText(nvmlBytes)}: not the ${mibText(known.nvmlBytes)} of its name; the size counts`;
  }
  const words =
    difference === 0
      ? ''
      : `, a difference of ${difference > 0 ? '+' : '-'}${mibText(Math.abs(difference) * BYTES_PER_MIB)}`;
  return `nvidia-smi says ${mibText(nvmlBytes)}, catalog ${mibNumber(known.nvmlBytes)}${words}`;
}

type NamedGroup = CardGroup & {readonly name: string};

function cardGroups(gpus: readonly GpuSample[]): NamedGroup[] {
  const groups = new Map<string, NamedGroup>();
  for (const {name, memoryTotalBytes} of gpus) {
    if (isAbsent(memoryTotalBytes)) continue;
    const shown = isPresent(name) ? name : 'unknown GPU';
    const key = `${shown} ${memoryTotalBytes}`;
    groups.set(key, {name: shown, nvmlBytes: memoryTotalBytes, gpuCount: (groups.get(key)?.gpuCount ?? 0) + 1});
  }
  return [...groups.values()];
}

function differenceFinding(groups: readonly NamedGroup[]): Finding[] {
  if (groups.length < 2) return [];
  const list = groups.map(({gpuCount, name, nvmlBytes}) => `${gpuCount} x ${name} (${mibText(nvmlBytes)})`);
  return [
    {
      code: 'memory.cards-differ',
      severity: 'warning',
      message: `The GPUs differ; the smallest one decides: ${list.join(', ')}.`,
      evidence: null,
      remedy: 'Use equal GPUs for one engine; larger ones are only partly used.',
      settingsChange: null,
    },
  ];
}
