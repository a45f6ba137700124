import {failuresOf} from '../../log/engine-failure.ts';
import type {Failure} from '../../log/failure-catalog.ts';
import type {TorchEngine} from '../../torch/torch-engine.ts';
import {torchFailures} from '../../torch/torch-failures.ts';
import {vllmExtras} from '../package-extras.ts';
import {vllmReleases} from '../releases.ts';
import {cacheFailures} from './cache-failures.ts';
import {connectorFailures} from './connector-failures.ts';
import {kernelFailures} from './kernel-failures.ts';
import {limitFailures} from './limit-failures.ts';
import {memoryFailures} from './memory-failures.ts';
import {processFailures} from './process-failures.ts';
import {ownReleaseFailures} from './release-failures.ts';
import {startFailures} from './start-failures.ts';

const engine: TorchEngine = {
  displayName: 'vLLM',
  cacheVariables: 'HF_HOME and VLLM_CACHE_ROOT',
  compileCaches: 'rm -r ~/.cache/vllm/torch_compile_cache (or below VLLM_CACHE_ROOT) ~/.triton/cache',
  releases: vllmReleases,
  ownSettings: {
    hostAddress: 'VLLM_HOST_IP',
    rendezvousPort: '--master-port in engine.extraArguments, or VLLM_PORT',
    spawnedWorkers: 'VLLM_WORKER_MULTIPROC_METHOD=spawn',
    pageSize: '--block-size',
    otherExchange: 'choose another --all2all-backend in engine.extraArguments',
    otherDispatch: 'choose another --all2all-backend in engine.extraArguments',
    withoutGraphs: '--enforce-eager',
    withoutDeepGemm: 'VLLM_USE_DEEP_GEMM=0',
    flashinferWorkspace: 'VLLM_FLASHINFER_WORKSPACE_BUFFER_SIZE',
    dispatchTokens: 'choose another --all2all-backend in engine.extraArguments',
    extras: vllmExtras,
  },
};

/** Memory first: an out-of-memory error has the message of whatever hit it, a kernel or NCCL. Consequences come last. */
export const vllmFailures: readonly Failure[] = [
  ...memoryFailures,
  ...cacheFailures,
  ...connectorFailures,
  ...startFailures,
  ...limitFailures,
  ...kernelFailures,
  ...failuresOf(engine, ownReleaseFailures),
  ...torchFailures(engine),
  ...processFailures,
];
