export type WeightPartName =
  | 'routed-experts'
  | 'shared-experts'
  | 'dense-mlp'
  /** Down projections of latent attention. */
  | 'attention-down'
  /** Up and output projections of latent attention; queries and output of grouped attention. */
  | 'attention-up'
  /** Keys and values of grouped attention. */
  | 'attention-kv'
  | 'attention-norms'
  /** Of linear attention, what grouped attention does not have. */
  | 'linear-attention'
  /** Of sparse attention, what selects the tokens. */
  | 'indexer'
  /** Layers that predict further tokens. */
  | 'prediction'
  | 'router'
  | 'router-bias'
  | 'norms'
  | 'embedding'
  | 'output-head'
  | 'vision-tower'
  | 'vision-projector';

/** Tensors of one name and shape. */
export type WeightModule = {
  readonly part: WeightPartName;
  /** As a checkpoint names it, without the prefix of the text tower; for experts the first one. */
  readonly name: string;
  /** Outputs x inputs of one matrix; a vector has one column. */
  readonly rows: number;
  readonly columns: number;
  readonly count: number;
  /** Only these are quantized. */
  readonly isLinear: boolean;
  /** The layer, or the position: `first` before all layers, `last` after them, `vision` separate. */
  readonly layer: number | 'first' | 'last' | 'vision';
};

/** A matrix that formats may quantize. */
export function linear(part: WeightPartName, name: string, rows: number, columns: number): WeightModule {
  return {part, name, rows, columns, count: 1, isLinear: true, layer: 'first'};
}

/** A vector, or anything else that stays in 16 bit. */
export function vector(part: WeightPartName, name: string, rows: number): WeightModule {
  return {part, name, rows, columns: 1, count: 1, isLinear: false, layer: 'first'};
}
