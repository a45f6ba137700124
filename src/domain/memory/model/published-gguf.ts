import {BYTES_PER_GB} from '../../../shared/units.ts';

/** File sizes of unsloth/Kimi-K2.7-Code-GGUF in decimal GB, as listed in the repository on 2026-09-01. */
const kimiK27Gb = {
  'UD-IQ1_M': 304,
  'UD-IQ2_XXS': 318,
  'UD-Q2_K_XL': 339,
  'UD-IQ3_S': 419,
  'UD-Q3_K_M': 464,
  'UD-Q3_K_XL': 464,
  'UD-IQ4_XS': 495,
  'UD-Q4_K_XL': 584,
  'UD-Q8_K_XL': 595,
} as const;

/** Quantizations with a known published size. */
export const publishedGgufNames: readonly string[] = Object.keys(kimiK27Gb);

/** Bytes of a published GGUF of Kimi K2.7 Code; undefined if the size is unknown. */
export function publishedGgufBytes(modelId: string, quantization: string): number | undefined {
  if (!/kimi-k2\.7/i.test(modelId)) return undefined;
  const wanted = quantization.toUpperCase().replace(/^(?:UD-)?/, 'UD-');
  const found = Object.entries(kimiK27Gb).find(([name]) => name === wanted);
  return found === undefined ? undefined : found[1] * BYTES_PER_GB;
}
