import type {ModelOnDisk} from '../../../src/domain/memory/model/checkpoint.ts';
import {knownArchitecture} from '../../domain/memory/plan-samples.ts';

/** A model on disk that a plan accepts. */
export function onDisk(path: string, change: Partial<ModelOnDisk> = {}): ModelOnDisk {
  return {
    path,
    kind: 'safetensors',
    architecture: knownArchitecture(),
    quantization: null,
    format: 'int4',
    tensorBytes: 1,
    bytesByPart: {},
    otherBytes: 0,
    fileCount: 1,
    missingFiles: [],
    notes: [],
    ...change,
  };
}
