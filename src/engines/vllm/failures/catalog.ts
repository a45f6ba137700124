import type {Failure} from '../../log/failure-catalog.ts';
import {failuresOf, type TorchEngine} from '../../torch/torch-engine.ts';
import {torchFailures} from '../../torch/torch-failures.ts';
import {vllmReleases} from '../releases.ts';
import {cacheFailures} from './cache-failures.ts';
import {memoryFailures} from './memory-failures.ts';
import {parserFailures} from './parser-failures.ts';
import {processFailures} from './process-failures.ts';
import {startFailures} from './start-failures.ts';

const engine: TorchEngine = {
  displayName: 'vLLM',
  cacheVariables: 'HF_HOME and VLLM_CACHE_ROOT',
  releases: vllmReleases,
};

/** Memory first: an out-of-memory error has the message of whatever hit it, a kernel or NCCL. Consequences come last. */
export const vllmFailures: readonly Failure[] = [
  ...memoryFailures,
  ...cacheFailures,
  ...startFailures,
  ...failuresOf(engine, parserFailures),
  ...torchFailures(engine),
  ...processFailures,
];
