import type {LogContext} from '../../engine.ts';
import {type FailureDetails, grouped} from '../../log/failure-catalog.ts';
import type {TorchFailure} from '../torch-engine.ts';

/** Backends for attention, matrix products and experts that do not take a model or its split. In order of precedence. */
export const backendFailures: readonly TorchFailure[] = [
  {
    code: 'backend-unsupported',
    curedBy: 'arguments',
    words:
      "ValueError: Selected backend AttentionBackendEnum.CUTLASS_MLA is not valid for this configuration. Reason: ['compute capability not supported']",
    pattern:
      /Selected backend (?:AttentionBackendEnum\.)?(\w{1,60}) is not valid for this configuration\.(?:\s{1,3}Reasons?: \[([^\]\n]{1,400})\])?/,
    details: ([, backend, reasons], _context, {displayName}) => invalidBackend(backend, reasons, displayName),
  },
  {
    // Raised with the first request, or with the first dummy batch.
    code: 'backend-unsupported',
    curedBy: 'arguments',
    words: 'NotImplementedError: FP8 Cutlass MLA not yet supported',
    pattern:
      /FP8 (\w{2,30}[ -]?MLA) (?:is )?not (?:yet )?supported|MLA(?<=(\w{0,30}MLA))(?: V1)? with FP8 KV cache (?:is )?not (?:yet )?supported/,
    details: ([, first, second], _context, {displayName}) => ({
      message: `The attention backend ${first ?? second} does not take a KV cache in FP8.`,
      remedy: `Restart with an automatic KV cache dtype (more memory: check gantry plan first), or remove --attention-backend, so that ${displayName} chooses another one. More memory does not help.`,
      settingsChange: {kvCacheDtype: 'auto'},
    }),
  },
  {
    // FlashInfer's tiles: the larger the heads of a model, the more shared memory they need.
    code: 'backend-unsupported',
    curedBy: 'arguments',
    words:
      'RuntimeError: FlashInfer Internal Error: Invalid configuration : NUM_MMA_Q=1 NUM_MMA_D_QK=32 NUM_MMA_D_VO=32 NUM_MMA_KV=1 NUM_WARPS_Q=4 NUM_WARPS_KV=1 please create an issue',
    pattern: /\bNUM_MMA_(?:Q|KV|D_QK|D_VO)=\d|[Uu]nsupported (?:num_mma_(?:q|kv)|NUM_MMA_(?:Q|KV))\b/,
    details: (_match, _context, {displayName}) => ({
      message:
        'FlashInfer has no kernel for attention heads of this size on these GPUs: they do not fit the on-chip memory of a multiprocessor.',
      remedy: `Choose another backend, such as --attention-backend with Triton in engine.extraArguments, or a newer release of ${displayName} with its FlashInfer. GPU memory is not the cause, and another number of GPUs does not change the size of a head.`,
    }),
  },
  {
    // The heads of a GPU, after tensor parallelism: Kimi K2 has 64.
    code: 'heads-unsupported',
    curedBy: 'gpus',
    words: 'AssertionError: Aiter MLA only supports 16 or 128 number of heads.',
    pattern:
      /\b((?:Aiter|AITER|CUTLASS|Cutlass|cutlass|trtllm|TRTLLM|FlashInfer|flashinfer|Flash|flash)[ _-]?(?:MLA|mla)(?:[ _-]?(?:backend|decode))?)[^\n]{0,40} (?:only supports?|requires|supports only|expects) (?:num_heads |num_q_heads )?(?:== ?|= ?|of )?(\d{1,3})(?:,? (?:or|and) (\d{1,3}))?(?: number of)?(?: (?:query |attention |q )?heads?|[.,]|$)/,
    details: ([, backend, least, other], context, {displayName}) =>
      tooFewHeads(
        backend,
        [least, other].filter((count) => count !== undefined),
        context,
        displayName,
      ),
  },
  {
    code: 'workspace-too-small',
    curedBy: 'arguments',
    words:
      "RuntimeError: Error in function 'PrefillSplitKVIndptr' at scheduler.cuh:515: Failed to allocate memory for batch_prefill_tmp_v with size 550502400",
    pattern:
      /(?:Failed to allocate memory for|Buffer overflow when allocating memory for) (batch_\w{1,60}) with size (\d{1,15})/,
    details: ([, , size], _context, {ownSettings: {flashinferWorkspace}}) => ({
      message: `FlashInfer's workspace, a buffer of fixed size, is too small for this batch (it needs ${grouped(size)} bytes). The GPU did not run out of memory.`,
      remedy: `${flashinferWorkspace === null ? 'Enlarge the workspace of FlashInfer' : `Set ${flashinferWorkspace} to twice that`}, lower the running requests, or choose another --attention-backend in engine.extraArguments.`,
    }),
  },
  {
    code: 'deepgemm-missing',
    curedBy: 'arguments',
    words:
      'RuntimeError: DeepGEMM backend is not available or outdated. Please install or update the deep_gemm to a newer version to enable FP8 kernels.',
    pattern: /DeepGEMM backend is not available/,
    details: (_match, _context, {displayName, ownSettings: {withoutDeepGemm}}) => ({
      message: `${displayName} wants to use DeepGEMM for FP8, and its package (deep_gemm) is missing or too old.`,
      remedy: `${withoutDeepGemm === null ? 'Start without DeepGEMM' : `Set ${withoutDeepGemm} to compute FP8 with other kernels`}, or use the published image of ${displayName}, which has it. A model with sparse attention (DeepSeek V3.2, GLM-5) needs DeepGEMM. The weights are not the cause.`,
    }),
  },
  {
    code: 'wrong-build',
    curedBy: 'hardware',
    words: "RuntimeError: Failed: Assertion error csrc/utils/math.hpp:41 'Unknown compute capability'",
    pattern: /Assertion error [^\n]{1,300}(?:Unknown|Unsupported) (?:compute capability|architecture|SM arch)/,
    details: (_match, _context, {displayName, ownSettings: {withoutDeepGemm}}) => ({
      message: 'DeepGEMM has no kernels for these GPUs: it is for Hopper and for Blackwell of data centers.',
      remedy: `${withoutDeepGemm === null ? 'Start without DeepGEMM' : `Set ${withoutDeepGemm}`}, or use a release of ${displayName} that has other kernels for them. Memory settings do not help.`,
    }),
  },
  {
    code: 'nvshmem-failed',
    curedBy: 'host',
    isPrecise: true,
    words: 'ibgda.cpp:nvshmemt_init:3626: neither nv_peer_mem, or nvidia_peermem detected. Skipping transport.',
    pattern: /neither nv_peer_mem,? (?:or|nor) nvidia_peermem detected/,
    details: () => ({
      message:
        'NVSHMEM (of DeepEP) cannot let the network cards reach GPU memory: no kernel module for that is loaded.',
      remedy:
        'Load nvidia_peermem on each host (modprobe nvidia_peermem; add it to /etc/modules-load.d). It needs the driver for the network cards (MLNX_OFED or DOCA) to be installed before that of the GPUs. Memory settings do not help.',
    }),
  },
  {
    code: 'nvshmem-failed',
    curedBy: 'host',
    words: 'nvshmem/src/host/init/init.cu:989: non-zero status: 7 nvshmem detect topo failed',
    pattern:
      /Unable to initialize any transports\. returning error|nvshmem detect topo failed|nvshmem initialization failed, exiting/,
    details: (_match, _context, {ownSettings: {otherDispatch}}) => ({
      message: 'NVSHMEM (of DeepEP) found no network that it can use between GPUs (IBGDA).',
      remedy: `The driver needs NVreg_EnableStreamMemOPs=1 and NVreg_RegistryDwords="PeerMappingOverride=1;" (in /etc/modprobe.d, then reboot), the module nvidia_peermem, and /dev/infiniband in the container. On one node without RDMA cards, ${otherDispatch ?? 'use another way between experts'}.`,
    }),
  },
  {
    code: 'nvshmem-failed',
    curedBy: 'network',
    words: 'nvshmem/src/modules/transport/ibrc/ibrc.cpp:420: non-zero status: 110 ibv_modify_qp failed',
    pattern:
      /non-zero status: (\d{1,4}):? (?:ibv_modify_qp failed|ep_connect failed|transport create connect failed|connect EPS failed|nvshmem setup connections failed)/,
    details: ([, status]) => ({
      message: `NVSHMEM (of DeepEP) could not connect the network cards of two ranks${status === '110' ? ': they do not reach each other (timed out)' : status === '22' ? ': a parameter of the connection is invalid, usually the GID' : ''}.`,
      remedy:
        'On Ethernet (RoCE) set NVSHMEM_IB_GID_INDEX to a GID of RoCE v2 (show_gids), and choose the cards with NVSHMEM_HCA_LIST. All cards must reach each other, those of one node too: test with ib_write_bw. GPU memory is not the cause.',
    }),
  },
  {
    code: 'nvshmem-failed',
    curedBy: 'network',
    isConsequence: true,
    words: 'nvshmem_team_split_strided:63: NVSHMEM API called before NVSHMEM initialization has completed',
    pattern: /NVSHMEM API called before NVSHMEM initialization has completed/,
    details: () => ({
      message: 'NVSHMEM (of DeepEP) was not set up.',
      remedy: 'The first line of NVSHMEM above it, on any rank, names the reason.',
    }),
  },
  {
    code: 'dispatch-too-large',
    curedBy: 'arguments',
    words:
      "RuntimeError: Failed: Assertion error /DeepEP/csrc/deep_ep.cpp:1105 'x.size(0) <= num_max_dispatch_tokens_per_rank'",
    pattern: /Assertion error [^\n]{1,300}num_max_dispatch_tokens_per_rank/,
    details: (_match, _context, {ownSettings: {dispatchTokens}}) => ({
      message: 'A batch has more tokens on one GPU than DeepEP’s kernels for low latency were set up for.',
      remedy: `Lower the running requests${dispatchTokens === null ? '' : `, or ${dispatchTokens}`}. It is not a lack of memory.`,
    }),
  },
];

function invalidBackend(backend: string | undefined, reasons: string | undefined, displayName: string): FailureDetails {
  const said = reasons?.replaceAll(/['"]/g, '');
  const message = `The attention backend ${backend} does not take this model on these GPUs${said === undefined ? '' : `: ${said}`}.`;
  if (said !== undefined && /kv.?cache.?dtype/i.test(said)) {
    return {
      message,
      remedy:
        'Restart with an automatic KV cache dtype (more memory: check gantry plan first), or remove --attention-backend.',
      settingsChange: {kvCacheDtype: 'auto'},
    };
  }
  return {
    message,
    remedy: `Remove --attention-backend from engine.extraArguments, so that ${displayName} chooses one. Memory settings do not help.`,
  };
}

function tooFewHeads(
  backend: string | undefined,
  counts: readonly string[],
  {facts: {tensorParallelSize: size}}: LogContext,
  displayName: string,
): FailureDetails {
  const present = size === undefined ? '' : ` (it is ${size})`;
  return {
    message: `${backend} computes with ${counts.join(' or ')} attention heads on a GPU, and this split leaves another number.`,
    remedy: `Use a tensor parallel size${present} that leaves as many: 64 heads, as Kimi K2 has, are 16 on each of 4 GPUs. Data parallelism uses the other GPUs. Otherwise choose another --attention-backend in engine.extraArguments, or a newer ${displayName}. It is not a matter of memory.`,
  };
}
