import {z} from 'zod';
import type {Architecture} from './architecture.ts';
import type {ModelProblem} from './model-problem.ts';
import type {Quantization} from './quantization.ts';
import type {WeightPartName} from './weight-modules.ts';

/** Where the bytes of a checkpoint are from. */
export const checkpointSources = ['safetensors', 'gguf', 'derived', 'nominal'] as const;

/** The weights as they are stored. */
export const checkpointSchema = z.strictObject({
  /** `int4`, `fp8`, ...; of a GGUF its own name for it (`Q4_K_M`). */
  format: z.string().min(1),
  /** Of all tensors; the files are a little larger by their headers. */
  bytes: z.number(),
  source: z.enum(checkpointSources),
  /** The path that was read, or how the figure came to be. */
  detail: z.string(),
  /** What the architecture and the format give, beside the truth; null where that is the figure itself or not known. */
  derivedBytes: z.number().nullable(),
  fileCount: z.number(),
  /** Files that the index or the numbering of a split set names and that are not there. */
  missingFiles: z.array(z.string()),
});
export type Checkpoint = z.infer<typeof checkpointSchema>;

/** A model as its files describe it. Bytes. */
export type ModelOnDisk = {
  readonly path: string;
  /** `config`: the shapes alone, without any weights beside them. */
  readonly kind: 'safetensors' | 'gguf' | 'config';
  /** Shapes from `config.json`, or from the GGUF's own metadata. */
  readonly architecture: Architecture;
  /** How the linear layers are stored; null for a GGUF, whose tensors each have a type of their own, and where the method is not known. */
  readonly quantization: Quantization | null;
  /** As `Checkpoint.format`. */
  readonly format: string;
  /** All tensors that are there. */
  readonly tensorBytes: number;
  /** The same by part; what belongs to no known part is in `otherBytes`. */
  readonly bytesByPart: Readonly<Partial<Record<WeightPartName, number>>>;
  readonly otherBytes: number;
  readonly fileCount: number;
  readonly missingFiles: readonly string[];
  /** What is odd about it and does not keep it from being planned. */
  readonly notes: readonly ModelProblem[];
};
