import type {CardFamily} from '../../domain/memory/card-catalog.ts';
import type {ModelOnDisk} from '../../domain/memory/model/checkpoint.ts';
import {type PlannedModel, type PlanRefusal, resolveModel} from '../../domain/memory/model/planned-model.ts';
import {isWeightFormat} from '../../domain/memory/model/quantization.ts';
import {type PlannedNode, parseNodeSpec} from '../../domain/memory/node-spec.ts';
import type {PlanMatrix} from '../../domain/memory/plan/plan-matrix.ts';
import {judgeMemory} from '../../domain/memory/plan/plan-memory.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {ok, type Result} from '../../shared/result.ts';
import {findEngineMemory} from './plan-settings.ts';
import {spreadSettings} from './spread-settings.ts';

/** Nodes used for such models, by generation. */
const usualNodes = [
  ...['8xA100', '16xA100', '8xH100', '16xH100', '8xH100 NVL', '8xH20', '8xH200', '16xH200'],
  ...['4xB200', '8xB200', '4xB300', '8xB300', '4xGB200', '4xGB300', '8xRTX PRO 6000'],
  ...['8xMI300X', '8xMI325X', '4xMI355X'],
] as const;
const usualContexts = [32_768, 65_536, 131_072, 262_144] as const;
/** In addition to the vendor's own format. */
const otherFormats = ['fp8', 'bf16', 'nvfp4'] as const;
/** GPUs that compute in NVFP4; on others it is not a useful choice. */
const nvfp4Families: readonly (CardFamily | null)[] = ['blackwell', 'blackwell-workstation'];

export type MatrixInput = {
  readonly settings: LaunchSettings;
  readonly onDisk: ModelOnDisk | null;
  readonly engineVersion: string | null;
  /** The only node to show; null for the common ones. */
  readonly node: PlannedNode | null;
  /** Show only the format from the settings. */
  readonly isOneFormat: boolean;
  /** A context to add to the usual ones; null for none. */
  readonly contextLengthTokens: number | null;
  /** Use tensor parallelism from the settings instead of all GPUs. */
  readonly isSpreadFixed: boolean;
};

type Table = PlanMatrix['formats'][number];
type NamedNode = {readonly name: string; readonly node: PlannedNode};

/** Plans every format on every node at every context, over all GPUs of the node unless set otherwise. */
export function planMatrix(input: MatrixInput): Result<PlanMatrix, PlanRefusal> {
  const {settings, onDisk} = input;
  const native = resolveModel(settings.model, settings.format, onDisk);
  if (!native.ok) return native;
  const nodes = input.node === null ? usualNodes.map(usualNode) : [{name: nodeName(input.node), node: input.node}];
  const models = [native.value, ...(input.isOneFormat ? [] : otherModels(input, native.value))];
  const contexts = contextsOf(native.value, input.contextLengthTokens);
  const formats: Table[] = [];
  for (const model of models) {
    const table = formatTable(input, model, model === native.value ? nodes : nodes.filter(hasUseFor(model)), contexts);
    if (!table.ok) return table;
    if (table.value.rows.length > 0) formats.push(table.value);
  }
  return ok({modelId: settings.model, contexts: [...contexts], formats});
}

function otherModels({settings, onDisk}: MatrixInput, native: PlannedModel): PlannedModel[] {
  if (!isWeightFormat(native.checkpoint.format)) return [];
  return otherFormats.flatMap((format) => {
    const model = format === native.checkpoint.format ? null : resolveModel(settings.model, format, onDisk);
    return model?.ok === true ? [model.value] : [];
  });
}

function hasUseFor(model: PlannedModel): (named: NamedNode) => boolean {
  return ({node}) => model.checkpoint.format !== 'nvfp4' || nvfp4Families.includes(node.card.family);
}

function contextsOf({architecture}: PlannedModel, asked: number | null): readonly number[] {
  const {maxContextTokens} = architecture;
  const known = usualContexts.filter((tokens) => tokens <= maxContextTokens);
  const shown = known.length === 0 ? [maxContextTokens] : known;
  return [...new Set([...shown, ...(asked === null ? [] : [asked])])].toSorted((a, b) => a - b);
}

function formatTable(
  {settings, engineVersion, isSpreadFixed}: MatrixInput,
  model: PlannedModel,
  nodes: readonly NamedNode[],
  contexts: readonly number[],
): Result<Table, PlanRefusal> {
  const engine = findEngineMemory(settings.engine);
  if (!engine.ok) return engine;
  const {attention, maxContextTokens} = model.architecture;
  const rows = nodes.map(({name, node}) => {
    const spread = isSpreadFixed ? settings : spreadSettings(settings, node.gpuCount, attention.heads);
    const judged = contexts.map((contextLengthTokens) => ({
      contextLengthTokens,
      ...judgeMemory({
        settings: {...spread, contextLengthTokens},
        model,
        node,
        engine: engine.value,
        engineVersion,
        learned: null,
      }),
    }));
    return {
      node: name,
      weightsBytesPerGpu: Math.max(0, ...judged.map(({budget}) => budget.weights.totalBytes + budget.draftBytes)),
      cells: judged.map(({contextLengthTokens, verdict, expected: {capacity}}) => ({
        contextLengthTokens,
        verdict,
        // What may start at best has room for one request.
        fullLengthSequences: Math.max(capacity.fullLengthSequences, verdict === 'does-not-fit' ? 0 : 1),
        longestContextTokens: Math.min(capacity.longestSequenceTokens, maxContextTokens),
      })),
    };
  });
  return ok({format: model.checkpoint.format, checkpointBytes: model.checkpoint.bytes, rows});
}

function usualNode(name: string): NamedNode {
  const node = parseNodeSpec(name);
  if (!node.ok) throw new Error(`${name} is not in the catalog`);
  return {name, node: node.value};
}

function nodeName({card, gpuCount}: PlannedNode): string {
  return `${gpuCount}x${card.name.replace(/^(?:NVIDIA|AMD Instinct) /, '').replace(/ Blackwell .*/, '')}`;
}
