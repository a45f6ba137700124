import {findGpuType} from '../node/gpu-catalog.ts';
import {memoryFault} from '../node/memory-faults.ts';
import type {SimulatedNode} from '../node/node-directory.ts';
import type {ServeOptions} from './flags.ts';
import {layOutMemory, type MemoryLayout} from './memory.ts';

/** The memory of this engine on this node. */
export function layoutFor(options: ServeOptions, node: SimulatedNode): MemoryLayout {
  return layOutMemory({...options, gpu: findGpuType(node.gpuName), fault: memoryFault(node.scenario, 'vllm')});
}
