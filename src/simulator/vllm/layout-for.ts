import {BYTES_PER_GIB} from '../../shared/units.ts';
import {findGpuType} from '../node/gpu-catalog.ts';
import type {SimulatedNode} from '../node/node-directory.ts';
import type {ServeOptions} from './flags.ts';
import {layOutMemory, type MemoryLayout} from './memory.ts';

/** What is left of a card for a scenario in which one request of full length no longer fits. */
const KV_TOO_SMALL_OVERHEAD_BYTES = 44 * BYTES_PER_GIB;

/** The memory of this engine on this node. */
export function layoutFor(options: ServeOptions, node: SimulatedNode): MemoryLayout {
  return layOutMemory({
    gpu: findGpuType(node.gpuName),
    tensorParallelSize: options.tensorParallelSize,
    decodeContextParallelSize: options.decodeContextParallelSize,
    gpuMemoryUtilization: options.gpuMemoryUtilization,
    kvCacheDtype: options.kvCacheDtype,
    blockSize: options.blockSize,
    vision: options.vision,
    maxModelLen: options.maxModelLen,
    extraOverheadBytes: node.scenario === 'kv-too-small' ? KV_TOO_SMALL_OVERHEAD_BYTES : 0,
  });
}
