import {z} from 'zod';
import type {Architecture} from './architecture.ts';
import type {ModelProblem} from './model-problem.ts';
import type {Quantization} from './quantization.ts';
import type {WeightPartName} from './weight-module.ts';

/** Source of a checkpoint's byte count. */
export const checkpointSources = ['safetensors', 'gguf', 'derived', 'nominal'] as const;

/** The weights as they are stored. */
export const checkpointSchema = z.strictObject({
  /** `int4`, `fp8`, ...; for a GGUF its own name (`Q4_K_M`). */
  format: z.string().min(1),
  /** Of all tensors; the files are a little larger by their headers. */
  bytes: z.number(),
  source: z.enum(checkpointSources),
  /** The path that was read, or how the number was computed. */
  detail: z.string(),
  /** The size computed from architecture and format, for comparison; null if that is the number itself or unknown. */
  derivedBytes: z.number().nullable(),
  fileCount: z.number(),
  /** Files named by the index or by a split set's numbering that are missing. */
  missingFiles: z.array(z.string()),
});
export type Checkpoint = z.infer<typeof checkpointSchema>;

/** A model as its files describe it. Bytes. */
export type ModelOnDisk = {
  readonly path: string;
  /** `config`: only the shapes, without weights. */
  readonly kind: 'safetensors' | 'gguf' | 'config';
  /** Shapes from `config.json`, or from the GGUF's own metadata. */
  readonly architecture: Architecture;
  /** How the linear layers are stored; null for a GGUF, where each tensor has its own type, and for an unknown method. */
  readonly quantization: Quantization | null;
  /** As `Checkpoint.format`. */
  readonly format: string;
  /** All tensors that exist. */
  readonly tensorBytes: number;
  /** By part; tensors of no known part are in `otherBytes`. */
  readonly bytesByPart: Readonly<Partial<Record<WeightPartName, number>>>;
  readonly otherBytes: number;
  readonly fileCount: number;
  readonly missingFiles: readonly string[];
  /** Irregularities that do not prevent planning. */
  readonly notes: readonly ModelProblem[];
};

/** A model of which only a `config.json` is there. */
export function modelOfConfig(
  path: string,
  {architecture, quantization}: {readonly architecture: Architecture; readonly quantization: Quantization},
): ModelOnDisk {
  return {
    path,
    kind: 'config',
    architecture,
    quantization,
    format: quantization.format,
    tensorBytes: 0,
    bytesByPart: {},
    otherBytes: 0,
    fileCount: 0,
    missingFiles: [],
    notes: [],
  };
}
