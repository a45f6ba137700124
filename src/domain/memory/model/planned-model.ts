import {wholeGbText} from '../../../shared/quantities/bytes.ts';
import {err, ok, type Result} from '../../../shared/result.ts';
import type {Architecture} from './architecture.ts';
import type {Checkpoint, ModelOnDisk} from './checkpoint.ts';
import {findKnownModel, type KnownModel, knownModelIds} from './known-models.ts';
import {countParameters, type ParameterCounts} from './parameters.ts';
import {publishedGgufBytes, publishedGgufNames} from './published-gguf.ts';
import {
  describeQuantization,
  isWeightFormat,
  publishedQuantization,
  type Quantization,
  weightFormats,
} from './quantization.ts';
import {checkpointBytes, type WeightPart, weightParts} from './weights.ts';

/** A model with the bytes of its parts. */
export type PlannedModel = {
  readonly id: string;
  readonly architecture: Architecture;
  readonly parameters: ParameterCounts;
  readonly parts: readonly WeightPart[];
  /** The checkpoint's layers that predict further tokens, which engines load only on request; null if it has none. */
  readonly prediction: {readonly layers: number; readonly bytes: number} | null;
  readonly checkpoint: Checkpoint;
  /** Null for a GGUF, where each tensor has its own type. */
  readonly quantization: Quantization | null;
  /** The format the vendor publishes; null if unknown. */
  readonly nativeFormat: string | null;
  /** Irregularities in its files. */
  readonly notes: readonly PlanRefusal[];
};

/** Why planning is not possible; the message has no period, because it is used within sentences. */
export type PlanRefusal = {readonly code: string; readonly message: string; readonly remedy: string};

/** The format value for the format on disk, or else the one the vendor publishes. */
export const NATIVE_FORMAT = 'auto';

/**
 * The model for an id or a path, in a format. Files on disk in that format are used; a format that is not on disk is
 * derived from the architecture, for planning ahead.
 */
export function resolveModel(
  id: string,
  format: string,
  onDisk: ModelOnDisk | null,
): Result<PlannedModel, PlanRefusal> {
  const known = findKnownModel(id);
  if (onDisk !== null && (format === NATIVE_FORMAT || format === onDisk.format || onDisk.kind === 'gguf')) {
    return ok(onDisk.kind === 'config' ? modelOfConfig(id, onDisk) : modelOnDisk(id, onDisk, known));
  }
  const shape = onDisk === null ? known : {architecture: onDisk.architecture, nativeFormat: onDisk.format};
  if (shape === undefined) return err(unknownModel(id));
  const quantization = format === NATIVE_FORMAT ? (namedQuantization(id) ?? format) : format;
  const ggufBytes = publishedGgufBytes(id, quantization);
  if (ggufBytes !== undefined) return ok(publishedGguf(id, quantization, shape.architecture, ggufBytes));
  if (/gguf/i.test(id)) return err(unknownGguf(id, quantization));
  const derived = format === NATIVE_FORMAT ? shape.nativeFormat : format;
  if (!isWeightFormat(derived)) return err(unknownFormat(derived));
  return ok(derivedModel(id, shape.architecture, derived, shape.nativeFormat));
}

/** The quantization behind a repository of GGUF files, as llama.cpp takes it: `OWNER/NAME-GGUF:Q4_K_M`. */
function namedQuantization(id: string): string | undefined {
  return /^[\w.-]+\/[\w.-]+:([\w-]{1,64})$/.exec(id)?.[1];
}

function derivedModel(
  id: string,
  architecture: Architecture,
  format: Parameters<typeof publishedQuantization>[0],
  nativeFormat: string,
): PlannedModel {
  const quantization = publishedQuantization(format);
  const parts = weightParts(architecture, quantization);
  const prediction = derivedPrediction(architecture, parts);
  const detail = `parameters of ${architecture.name}, ${describeQuantization(quantization)}`;
  return {
    id,
    architecture,
    parameters: countParameters(architecture),
    parts,
    prediction,
    checkpoint: {
      format,
      bytes: checkpointBytes(parts) + (prediction?.bytes ?? 0),
      source: 'derived',
      detail,
      derivedBytes: null,
      fileCount: 0,
      missingFiles: [],
    },
    quantization,
    nativeFormat,
    notes: [],
  };
}

function modelOfConfig(id: string, {architecture, quantization, format, path, notes}: ModelOnDisk): PlannedModel {
  const used = quantization ?? publishedQuantization('bf16');
  const parts = weightParts(architecture, used);
  const prediction = derivedPrediction(architecture, parts);
  return {
    id,
    architecture,
    parameters: countParameters(architecture),
    parts,
    prediction,
    checkpoint: {
      format,
      bytes: checkpointBytes(parts) + (prediction?.bytes ?? 0),
      source: 'derived',
      detail: `shapes in ${path}, ${describeQuantization(used)}`,
      derivedBytes: null,
      fileCount: 0,
      missingFiles: [],
    },
    quantization: used,
    nativeFormat: format,
    notes,
  };
}

function modelOnDisk(id: string, onDisk: ModelOnDisk, known: KnownModel | undefined): PlannedModel {
  const {architecture, quantization, bytesByPart} = onDisk;
  const derived = weightParts(architecture, quantization ?? publishedQuantization('bf16'));
  const ownBytes = quantization === null ? null : checkpointBytes(derived);
  const derivedBytes = ownBytes === null ? null : ownBytes + (bytesByPart.prediction ?? 0);
  const isComplete = onDisk.missingFiles.length === 0;
  // The size of missing files cannot be read: the derived size is used, and the missing files are listed.
  const parts = isComplete || derivedBytes === null ? measuredParts(derived, onDisk) : derived;
  return {
    id,
    architecture,
    parameters: countParameters(architecture),
    parts,
    prediction: storedPrediction(onDisk),
    checkpoint: {
      format: onDisk.format,
      bytes: isComplete || derivedBytes === null ? onDisk.tensorBytes : derivedBytes,
      source: onDisk.kind === 'gguf' ? 'gguf' : isComplete || derivedBytes === null ? 'safetensors' : 'derived',
      detail: onDisk.path,
      derivedBytes,
      fileCount: onDisk.fileCount,
      missingFiles: [...onDisk.missingFiles],
    },
    quantization,
    nativeFormat: known?.nativeFormat ?? onDisk.format,
    notes: onDisk.notes,
  };
}

/** The derived parts with the bytes of the files; additional file contents are counted as complete on every rank. */
function measuredParts(derived: readonly WeightPart[], {bytesByPart, otherBytes}: ModelOnDisk): readonly WeightPart[] {
  const measured = derived.flatMap((part) => {
    const bytes = bytesByPart[part.name] ?? 0;
    return bytes === 0 ? [] : [scaledPart(part, bytes)];
  });
  if (otherBytes === 0) return measured;
  const other = measured.find(({name}) => name === 'norms') ?? derived.find(({name}) => name === 'norms');
  if (other === undefined) return measured;
  const rest = measured.filter((part) => part !== other);
  return [...rest, {...other, bytes: other.bytes + otherBytes, firstBytes: other.firstBytes + otherBytes}];
}

function scaledPart(part: WeightPart, bytes: number): WeightPart {
  const ratio = bytes / part.bytes;
  return {
    ...part,
    bytes,
    bytesByLayer: part.bytesByLayer.map((layerBytes) => layerBytes * ratio),
    firstBytes: part.firstBytes * ratio,
    lastBytes: part.lastBytes * ratio,
  };
}

/** A layer that predicts a token has what the last layer has, and a matrix that joins two inputs. */
function derivedPrediction(
  {predictionLayers, hiddenSize, layers}: Architecture,
  parts: readonly WeightPart[],
): PlannedModel['prediction'] {
  if (predictionLayers === 0) return null;
  const last = parts.reduce((sum, {bytesByLayer}) => sum + (bytesByLayer[layers - 1] ?? 0), 0);
  return {layers: predictionLayers, bytes: predictionLayers * (last + 2 * hiddenSize ** 2 * 2)};
}

/** As the files have them; a file without them may still have the count in its configuration. */
function storedPrediction({architecture, bytesByPart}: ModelOnDisk): PlannedModel['prediction'] {
  const bytes = bytesByPart.prediction ?? 0;
  return bytes === 0 ? null : {layers: Math.max(1, architecture.predictionLayers), bytes};
}

function publishedGguf(id: string, format: string, architecture: Architecture, bytes: number): PlannedModel {
  const text = {...architecture, vision: null};
  const plain = weightParts(text, publishedQuantization('bf16'));
  const ratio = bytes / checkpointBytes(plain);
  return {
    id,
    architecture: text,
    parameters: countParameters(text),
    parts: plain.map((part) => scaledPart(part, part.bytes * ratio)),
    prediction: null,
    checkpoint: {
      format,
      bytes,
      source: 'derived',
      detail: `published file size, ${wholeGbText(bytes)}`,
      derivedBytes: null,
      fileCount: 0,
      missingFiles: [],
    },
    quantization: null,
    nativeFormat: 'int4',
    notes: [],
  };
}

function unknownModel(id: string): PlanRefusal {
  return {
    code: 'memory.unknown-model',
    message: `The model "${id}" is not built in, and no files of it were found`,
    remedy: `Use a directory that contains it (its config.json is enough to plan), or one of ${knownModelIds.join(', ')}.`,
  };
}

function unknownFormat(format: string): PlanRefusal {
  return {
    code: 'memory.unknown-format',
    message: `The weight format "${format}" is unknown`,
    remedy: `Use one of ${weightFormats.join(', ')}, or ${NATIVE_FORMAT} for the format on disk.`,
  };
}

function unknownGguf(id: string, format: string): PlanRefusal {
  return {
    code: 'memory.unknown-format',
    message:
      format === NATIVE_FORMAT
        ? `${id} has files of several quantizations, and none of them was found here`
        : `The size of "${format}" in ${id} is unknown, and no file of it was found`,
    remedy: `Use the path of the .gguf file, or set the format to one of ${publishedGgufNames.join(', ')}.`,
  };
}
