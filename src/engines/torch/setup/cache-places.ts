import type {TorchEngine} from '../torch-engine.ts';

/** Directories that a library fills, by what a path in them has, and the variable that moves each. The first one counts. */
const places: readonly (readonly [path: RegExp, what: string])[] = [
  [/\/\.?triton(?:\/|$|_cache)/, 'the kernels of Triton with TRITON_CACHE_DIR'],
  [/torchinductor_|inductor_cache/, 'the kernels of PyTorch with TORCHINDUCTOR_CACHE_DIR'],
  [/torch_extensions/, 'compiled extensions with TORCH_EXTENSIONS_DIR'],
  [/\/flashinfer(?:\/|$)/, 'the kernels of FlashInfer with FLASHINFER_WORKSPACE_BASE'],
  [/deep_gemm/, 'the kernels of DeepGEMM with DG_JIT_CACHE_DIR'],
  [/^\/(?:var\/)?tmp(?:\/|$)/, 'temporary files with TMPDIR'],
];

/** What to move elsewhere, and how, when the disk of this path has no room or is not writable. */
export function cacheOf(path: string | undefined, {cacheVariables}: TorchEngine): string {
  const known = path === undefined ? undefined : places.find(([pattern]) => pattern.test(path));
  return known === undefined ? `the caches to another disk with ${cacheVariables}` : `${known[1]} to another disk`;
}
