import {countedText, countText} from '../../../shared/quantities/counts.ts';
import {percentText} from '../../../shared/quantities/ratios.ts';
import {kvBytesPerLayer, kvElementsPerLayer, stateBytesPerLayer} from '../kv-cache-size.ts';
import type {Architecture} from '../model/architecture.ts';
import type {MemoryBudget, PlanInput} from './memory-budget.ts';
import type {ArithmeticLine} from './memory-plan.ts';

/** What a token and a request take of the pool, and how many requests it holds. */
export function cacheLines({settings, model}: PlanInput, budget: MemoryBudget): ArithmeticLine[] {
  const {terms, capacity, bytesPerToken} = budget;
  const {decodeContextRanks, replicas} = terms.placement;
  const shared = decodeContextRanks === 1 ? '' : ` x ${decodeContextRanks} (decode context parallel)`;
  const pools = replicas === 1 ? '' : `; ${replicas} such pools on the node`;
  const {windowRatio, stateBlocks} = budget.layout;
  const partial =
    windowRatio + stateBlocks === 0 ? '' : ', less what windows and states of requests of full length take';
  return [
    {
      label: 'KV bytes per token',
      expression: tokenExpression(model.architecture, budget),
      value: bytesPerToken,
      unit: 'bytes/token',
    },
    ...partialLines(model.architecture, budget),
    {
      label: 'KV capacity',
      expression: `${countText(capacity.blocks)} blocks x ${terms.blockTokens} tokens${shared}${partial}${pools}`,
      value: capacity.capacityTokens,
      unit: 'tokens',
    },
    {
      label: 'Requests of full length',
      expression: `${countText(capacity.capacityTokens)} / ${countText(settings.contextLengthTokens)} tokens`,
      value: capacity.fullLengthSequences,
      unit: 'sequences',
    },
  ];
}

function tokenExpression(architecture: Architecture, {terms, layout}: MemoryBudget): string {
  const {attention} = architecture;
  const {attentionRanks} = terms.placement;
  const {full, window, indexed} = layout.layers;
  const layers = full + (terms.draft?.kvLayers ?? 0);
  const {everyToken, indexer} = kvBytesPerLayer(architecture, attentionRanks, terms.kvElementBytes);
  if (indexed > 0) {
    return `${layers} layers x ${countText(everyToken)} bytes (${terms.kvElementWhy}) + ${indexed} indexers x ${countText(indexer)} bytes, a copy on every rank`;
  }
  const elements =
    attention.kind === 'mla'
      ? `(${attention.kvLoraRank} + ${attention.queryKeyRopeHeadSize}), a copy on every rank`
      : `${kvElementsPerLayer(architecture, attentionRanks)} (keys and values of ${Math.ceil(attention.kvHeads / attentionRanks)} heads)`;
  const share = terms.partialCache.windowShare;
  const shared = window > 0 && share !== null ? ` + ${window} with a window x ${share}` : '';
  return `${shared === '' ? layers : `(${layers}${shared})`} layers x ${terms.kvElementBytes} bytes (${terms.kvElementWhy}) x ${elements}`;
}

/** What a request keeps besides its tokens. */
function partialLines(architecture: Architecture, {terms, layout, bytesPerToken}: MemoryBudget): ArithmeticLine[] {
  const {layers, windowRatio, windowBlocks, tokenShare} = layout;
  const blockBytes = terms.blockTokens * bytesPerToken;
  const windowTokens = windowBlocks * terms.blockTokens;
  // Allocated at the start for all requests, or in blocks of the pool for each.
  const {stateShare, isPaged, stateCopies, stateElementBytes} = terms.partialCache;
  const isAllocated = !isPaged && stateShare === 0;
  const window = bytes(
    isAllocated ? 'Windows' : 'Windows per request',
    `${layers.window} layers, at most ${countText(windowTokens)} tokens`,
    windowRatio * windowBlocks * blockBytes,
  );
  const stateBytes = stateBytesPerLayer(architecture, terms.placement.attentionRanks, stateElementBytes);
  const all = `${countedText(stateCopies, 'request')} x `;
  const states = `${isAllocated ? all : ''}${layers.linear} layers of linear attention x ${countText(stateBytes)} bytes`;
  const reserved = `; ${percentText(1 - tokenShare)} of the pool is set apart for states`;
  return [
    ...(windowRatio === 0 ? [] : [window]),
    ...(layers.linear === 0
      ? []
      : [
          tokenShare < 1
            ? bytes('State per request', `${states}${reserved}`, layers.linear * stateBytes)
            : bytes(
                isAllocated ? 'States' : 'State per request',
                `${states}${isAllocated ? '' : ', in whole blocks'}`,
                layout.stateBlocks * blockBytes,
              ),
        ]),
  ];
}

function bytes(label: string, expression: string, value: number): ArithmeticLine {
  return {label, expression, value, unit: 'bytes'};
}
