import {compileNamePattern} from '../../domain/memory/model/name-pattern.ts';
import {readLlamaOptions} from './extra-arguments.ts';

/** What llama.cpp's arguments keep in host memory. */
export type Offload = {
  /** The share of each layer's experts; empty where all are on the GPUs. */
  readonly expertShares: readonly number[];
  /** Arguments that move something else, as written: the plan does not include them. */
  readonly unplanned: readonly string[];
};

const expertTensors = ['gate', 'up', 'down'].map((name) => `ffn_${name}_exps.weight`);
/** Tensors of which one or the other is in each layer besides its experts. */
const otherTensors = ['attn_q.weight', 'attn_q_a.weight', 'attn_output.weight', 'attn_norm.weight', 'ffn_up.weight'];

/**
 * Reads `--cpu-moe`, `--n-cpu-moe` and the expressions of `--override-tensor` that move experts (`exps=CPU`). A number of
 * GPU layers that covers the whole model moves nothing.
 */
export function readOffload(argv: readonly string[], layers: number): Offload {
  const shares = new Array<number>(layers).fill(0);
  const unplanned: string[] = [];
  for (const {name, written, value} of readLlamaOptions(argv)) {
    if (name === '--cpu-moe') shares.fill(1);
    else if (name === '--n-cpu-moe') shares.fill(1, 0, Math.min(wholeNumber(value) ?? 0, layers));
    else if (name === '--n-gpu-layers' && !isWholeModel(value, layers)) unplanned.push(written);
    else if (name === '--override-tensor' && !moveTensors(value ?? '', shares)) unplanned.push(written);
  }
  return {expertShares: shares.some((share) => share > 0) ? shares : [], unplanned};
}

function isWholeModel(value: string | null, layers: number): boolean {
  return value === 'all' || value === 'auto' || value === '-1' || (wholeNumber(value) ?? 0) >= layers;
}

/** Applies `pattern=buffer` pairs; false if one of them does more than to move experts to the host. */
function moveTensors(pairs: string, shares: number[]): boolean {
  return pairs.split(',').every((pair) => {
    const separator = pair.lastIndexOf('=');
    const matches = separator < 0 ? null : compileNamePattern(`.*(?:${pair.slice(0, separator)})`);
    if (matches === null || pair.slice(separator + 1) !== 'CPU') return false;
    const movesOther = (layer: number): boolean => otherTensors.some((tensor) => matches(`blk.${layer}.${tensor}`));
    if (shares.some((_, layer) => movesOther(layer))) return false;
    for (const layer of shares.keys()) {
      const moved = expertTensors.filter((tensor) => matches(`blk.${layer}.${tensor}`)).length;
      shares[layer] = Math.max(shares[layer] ?? 0, moved / expertTensors.length);
    }
    return true;
  });
}

function wholeNumber(text: string | null): number | undefined {
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}
