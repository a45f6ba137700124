import type {Failure} from '../../log/failure-catalog.ts';
import type {TorchEngine} from '../../torch/torch-engine.ts';
import {torchFailures} from '../../torch/torch-failures.ts';
import {sglangReleases} from '../releases.ts';
import {attentionFailures} from './attention-failures.ts';
import {handoverFailures} from './handover-failures.ts';
import {memoryFailures} from './memory-failures.ts';
import {consequences, processFailures} from './process-failures.ts';
import {startFailures} from './start-failures.ts';

const engine: TorchEngine = {
  displayName: 'SGLang',
  cacheVariables: 'HF_HOME',
  compileCaches: 'rm -r ~/.triton/cache /tmp/torchinductor_$USER',
  releases: sglangReleases,
  ownSettings: {
    hostAddress: 'SGLANG_HOST_IP',
    rendezvousPort: '--dist-init-addr or --nccl-port in engine.extraArguments',
    // Its workers are always spawned.
    spawnedWorkers: null,
    pageSize: '--page-size',
    otherExchange: 'set --moe-a2a-backend none in engine.extraArguments',
    otherDispatch: 'set --deepep-mode normal with --disable-cuda-graph in engine.extraArguments',
    withoutGraphs: '--disable-cuda-graph',
    withoutDeepGemm: 'SGLANG_ENABLE_JIT_DEEPGEMM=0',
    flashinferWorkspace: 'SGLANG_FLASHINFER_WORKSPACE_SIZE',
    dispatchTokens: 'raise SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK',
    extras: new Map(),
  },
};

/**
 * Memory first: an out-of-memory error has the message of whatever hit it, a kernel or NCCL. Process failures come
 * later, and consequences last.
 */
export const sglangFailures: readonly Failure[] = [
  ...memoryFailures,
  ...startFailures,
  ...attentionFailures,
  ...handoverFailures,
  ...torchFailures(engine),
  ...processFailures,
  ...consequences,
];
