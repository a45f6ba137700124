import {countedText, countText} from '../../../shared/quantities/counts.ts';
import {percentText} from '../../../shared/quantities/ratios.ts';
import {type CacheLayout, paddedLayers} from '../cache-layout.ts';
import type {MemoryTerms} from '../engine-memory.ts';
import {kvBytesPerLayer, kvElementsPerLayer, stateBytesPerLayer, windowBytesPerLayer} from '../kv-cache-size.ts';
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
  const {attentionRanks} = terms.placement;
  const {full, window, indexed} = layout.layers;
  const layers = full + (terms.draft?.kvLayers ?? 0);
  const {everyToken, indexer} = kvBytesPerLayer(
    architecture,
    attentionRanks,
    terms.kvElementBytes,
    terms.partialCache.indexerElementBytes,
  );
  if (indexed > 0) {
    return `${layers} layers x ${countText(everyToken)} bytes (${terms.kvElementWhy}) + ${indexed} indexers x ${countText(indexer)} bytes, a copy on every rank`;
  }
  const share = window > 0 ? terms.partialCache.windowShare : null;
  const pageBytes = layout.pages === null ? everyToken : layout.pages.bytes / terms.blockTokens;
  const each =
    pageBytes === everyToken
      ? elementsText(architecture, terms)
      : `${countText(pageBytes)} bytes (${terms.kvElementWhy}, in pages as large as those of windows)`;
  if (share === null) return `${layersText(layers, layout)} x ${each}`;
  const windowBytes = windowBytesPerLayer(architecture, attentionRanks, terms.kvElementBytes);
  const windows = `${window} with a window x ${share}`;
  if (windowBytes === pageBytes) return `(${layers} + ${windows}) layers x ${each}`;
  return `${layers} layers x ${each} + ${windows} x ${countText(windowBytes)} bytes`;
}

/** The bytes of a token on a layer by what they are of. */
function elementsText(architecture: Architecture, {kvElementBytes, kvElementWhy, placement}: MemoryTerms): string {
  const {attention} = architecture;
  const elements =
    attention.kind === 'mla'
      ? `(${attention.kvLoraRank} + ${attention.queryKeyRopeHeadSize}), a copy on every rank`
      : `${kvElementsPerLayer(architecture, placement.attentionRanks)} (keys and values of ${Math.ceil(attention.kvHeads / placement.attentionRanks)} heads)`;
  return `${kvElementBytes} bytes (${kvElementWhy}) x ${elements}`;
}

/** Layers of a kind, with those that the engine adds so that its groups are of one size. */
function layersText(count: number, {pages}: CacheLayout, of = ''): string {
  const padded = pages === null ? count : paddedLayers(count, pages.groupLayers);
  if (padded === count || pages === null) return `${count} layers${of}`;
  return `${padded} layers${of} (${count}, padded to groups of ${pages.groupLayers})`;
}

/** What a request keeps besides its tokens. */
function partialLines(architecture: Architecture, budget: MemoryBudget): ArithmeticLine[] {
  const {layers, windowRatio} = budget.layout;
  return [
    ...(windowRatio === 0 ? [] : [windowLine(architecture, budget)]),
    ...(layers.linear === 0 ? [] : [stateLine(architecture, budget)]),
  ];
}

// Allocated at the start for all requests, or in blocks of the pool for each.
function isAllocated({partialCache: {stateShare, isPaged}}: MemoryTerms): boolean {
  return !isPaged && stateShare === 0;
}

function windowLine(architecture: Architecture, {terms, layout, bytesPerToken}: MemoryBudget): ArithmeticLine {
  const {layers, windowRatio, windowBlocks, pages} = layout;
  const {attentionRanks} = terms.placement;
  const windowBlockTokens = terms.partialCache.windowBlockTokens ?? terms.blockTokens;
  const windowTokens = windowBlocks * windowBlockTokens;
  const windowBytes = windowBytesPerLayer(architecture, attentionRanks, terms.kvElementBytes);
  const each =
    pages === null
      ? `${countText(windowTokens)} tokens x ${countText(windowBytes)} bytes`
      : `${countText(windowBlocks)} blocks of ${countText(windowBlockTokens)} tokens x ${countText(pages.bytes)} bytes`;
  return bytes(
    isAllocated(terms) ? 'Windows' : 'Windows per request',
    `${layersText(layers.window, layout)} x at most ${each}`,
    windowRatio * windowBlocks * terms.blockTokens * bytesPerToken,
  );
}

function stateLine(architecture: Architecture, {terms, layout, bytesPerToken}: MemoryBudget): ArithmeticLine {
  const {layers, pages, tokenShare} = layout;
  const {stateCopies, stateElementBytes} = terms.partialCache;
  const stateBytes = stateBytesPerLayer(architecture, terms.placement.attentionRanks, stateElementBytes);
  const states = `${layersText(layers.linear, layout, ' of linear attention')} x`;
  if (tokenShare < 1) {
    const reserved = `${percentText(1 - tokenShare)} of the pool is set apart for states`;
    const expression = `${states} ${countText(stateBytes)} bytes; ${reserved}`;
    return bytes('State per request', expression, layers.linear * stateBytes);
  }
  const value = layout.stateBlocks * terms.blockTokens * bytesPerToken;
  if (pages === null) {
    const copies = `${countedText(stateCopies, 'request')} x`;
    return bytes('States', `${copies} ${states} ${countText(stateBytes)} bytes`, value);
  }
  const copies = stateCopies === 1 ? '' : `${stateCopies} states x `;
  const block = `${countText(pages.bytes)} bytes, the block that holds ${countText(stateBytes)}`;
  return bytes('State per request', `${copies}${states} ${block}`, value);
}

function bytes(label: string, expression: string, value: number): ArithmeticLine {
  return {label, expression, value, unit: 'bytes'};
}
