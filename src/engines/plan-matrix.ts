import type {LaunchSettings} from '../domain/lifecycle/launch-settings.ts';
import type {ModelOnDisk} from '../domain/memory/checkpoint.ts';
import type {MemoryPlan} from '../domain/memory/memory-plan.ts';
import {type PlannedNode, parseNodeSpec} from '../domain/memory/node-spec.ts';
import type {PlanMatrix} from '../domain/memory/plan-matrix.ts';
import type {PlanRefusal} from '../domain/memory/planned-model.ts';
import {err, ok, type Result} from '../shared/result.ts';
import {planSettings} from './plan-settings.ts';

/** Nodes that such models are run on. */
const usualNodes = ['8xH100', '8xH20', '8xH200', '4xB200', '8xB200', '4xB300', '8xB300', '16xH100', '16xH200'] as const;
const usualContexts = [32_768, 65_536, 131_072, 262_144] as const;
/** Beside the vendor's own. */
const otherFormats = ['nvfp4', 'fp8', 'bf16'] as const;

export type MatrixInput = {
  readonly settings: LaunchSettings;
  readonly onDisk: ModelOnDisk | null;
  readonly engineVersion: string | null;
  /** A node to show beside the usual ones; null for none. */
  readonly node: PlannedNode | null;
};

/** Plans every format on every usual node at every usual context, spread over all cards of the node. */
export function planMatrix(input: MatrixInput): Result<PlanMatrix, PlanRefusal> {
  const native = planOn(input, usualNode('8xH200'), input.settings.format, input.settings.contextLengthTokens);
  if (!native.ok) return native;
  const contexts = usualContexts.filter((tokens) => tokens <= native.value.model.maxContextTokens);
  const formats = [
    native.value.checkpoint.format,
    ...otherFormats.filter((name) => name !== native.value.checkpoint.format),
  ];
  const nodes = [
    ...(input.node === null ? [] : [{name: nodeName(input.node), node: input.node}]),
    ...usualNodes.map((name) => ({name, node: usualNode(name)})),
  ];
  const tables: PlanMatrix['formats'] = [];
  for (const format of formats) {
    const table = formatTable(
      input,
      format === native.value.checkpoint.format ? input.settings.format : format,
      nodes,
      contexts,
    );
    if (!table.ok) return table;
    tables.push(table.value);
  }
  return ok({modelId: input.settings.model, contexts: [...contexts], formats: tables});
}

function formatTable(
  input: MatrixInput,
  format: string,
  nodes: readonly {readonly name: string; readonly node: PlannedNode}[],
  contexts: readonly number[],
): Result<PlanMatrix['formats'][number], PlanRefusal> {
  const rows: PlanMatrix['formats'][number]['rows'] = [];
  let checkpoint: MemoryPlan['checkpoint'] | null = null;
  for (const {name, node} of nodes) {
    const plans: MemoryPlan[] = [];
    for (const tokens of contexts) {
      const plan = planOn(input, node, format, tokens);
      if (!plan.ok) return plan;
      plans.push(plan.value);
    }
    const [first] = plans;
    if (first === undefined) continue;
    checkpoint = first.checkpoint;
    rows.push({
      node: name,
      weightsBytesPerGpu: first.perGpu.weightsBytes,
      cells: plans.map(({settings, verdict, kvCache, model}) => ({
        contextLengthTokens: settings.contextLengthTokens,
        verdict,
        fullLengthSequences: kvCache.fullLengthSequences,
        longestContextTokens: Math.min(kvCache.longestSequenceTokens, model.maxContextTokens),
      })),
    });
  }
  if (checkpoint === null) {
    return err({
      code: 'memory.empty-matrix',
      message: 'The model knows none of the contexts of the table',
      remedy: 'Plan one context with --context.',
    });
  }
  return ok({format: checkpoint.format, checkpointBytes: checkpoint.bytes, rows});
}

function planOn(
  {settings, onDisk, engineVersion}: MatrixInput,
  node: PlannedNode,
  format: string,
  contextLengthTokens: number,
): Result<MemoryPlan, PlanRefusal> {
  const spread = {...settings, format, contextLengthTokens, tensorParallelSize: node.gpuCount};
  return planSettings(spread, {node, onDisk, engineVersion, learned: null});
}

function usualNode(name: string): PlannedNode {
  const node = parseNodeSpec(name);
  if (!node.ok) throw new Error(`${name} is not in the catalog`);
  return node.value;
}

function nodeName({card, gpuCount}: PlannedNode): string {
  return `${gpuCount}x${card.name.replace(/^(?:NVIDIA|AMD Instinct) /, '')}`;
}
