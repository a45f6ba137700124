import {describe, expect, test} from 'vitest';
import {diagnosisOf, findingOf, type Row, testRows} from '../torch-findings.ts';

const rows: readonly Row[] = [
  [
    'vllm',
    'RuntimeError: The size of tensor a (14) must match the size of tensor b (9) at non-singleton dimension 0',
    'shape-mismatch',
    /another release/,
    /download/,
  ],
  ['vllm', "KeyError: 'layers.61.mlp.experts.w2_weight'", 'unsupported-checkpoint', /newer release/],
  [
    'sglang',
    "KeyError: 'model.layers.13.mlp.experts.w2_weight_scale'",
    'unsupported-checkpoint',
    /quantization_config/,
  ],
  ['vllm', "KeyError: 'visual.blocks.0.attn.qkv.weight'", 'unsupported-checkpoint', /probably complete/],
  ['vllm', 'NotImplementedError: FP8 Cutlass MLA not yet supported', 'backend-unsupported', /automatic KV cache dtype/],
  ['vllm', 'NotImplementedError: TritonMLA V1 with FP8 KV cache not yet supported', 'backend-unsupported', /automatic/],
  [
    'sglang',
    'RuntimeError: FlashInfer Internal Error: Invalid configuration : NUM_MMA_Q=1 NUM_MMA_D_QK=36 NUM_MMA_D_VO=32 NUM_MMA_KV=1 please create an issue',
    'backend-unsupported',
    /another backend/,
    /lower/,
  ],
  ['vllm', 'RuntimeError: Unsupported num_mma_q: 4', 'backend-unsupported', /another backend/],
  ['vllm', 'RuntimeError: UVA is not available', 'host-memory-not-mapped', /VLLM_WSL2_ENABLE_PIN_MEMORY=1/],
  [
    'vllm',
    'RuntimeError: Cannot copy between CPU and CUDA tensors during CUDA graph capture unless the CPU tensor is pinned.',
    'graph-capture-failed',
    /--enforce-eager/,
    /lower the fraction/,
  ],
];

/** A log of a worker that fails in this function. */
function failing(name: string, error: string): readonly string[] {
  const prefix = '(Worker_TP1 pid=301) ERROR 11-23 02:00:21 [multiproc_executor.py:857]';
  return [
    `${prefix} Traceback (most recent call last):`,
    `${prefix}   File "/venv/lib/python3.12/site-packages/vllm/v1/worker/gpu_worker.py", line 9, in worker_main`,
    `${prefix}   File "/venv/lib/python3.12/site-packages/vllm/model_executor/x.py", line 99, in ${name}`,
    `${prefix} ${error}`,
  ];
}

describe('shapes that do not go together', () => {
  testRows(rows);

  test('while weights are loaded, the format of the checkpoint is the cause, and its files are complete', () => {
    const error =
      'RuntimeError: The size of tensor a (1536) must match the size of tensor b (3072) at non-singleton dimension 1';
    const finding = diagnosisOf('vllm', failing('weight_loader', error))?.findings[0];
    expect(finding).toMatchObject({code: 'vllm.unsupported-checkpoint'});
    expect(finding?.message).toContain('3072, not 1536. One is twice the other');
    expect(finding?.remedy).toContain('do not download them again');
    expect(diagnosisOf('vllm', failing('forward', error))?.findings[0]?.code).toBe('vllm.shape-mismatch');
  });

  test('a part that begins behind the end of a tensor was cut for too many GPUs', () => {
    const error = 'RuntimeError: start (16) + length (16) exceeds dimension size (16).';
    const finding = diagnosisOf('vllm', failing('load_merged_column_weight', error))?.findings[0];
    expect(finding).toMatchObject({code: 'vllm.unsupported-checkpoint'});
    expect(finding?.remedy).toContain('tensor parallel size');
  });

  test('what Python says of an error is one, also without its name', () => {
    for (const line of ["'NoneType' object is not iterable", "'Foo' object has no attribute 'bar'"]) {
      const prefix = '(APIServer pid=1) INFO 11-20 09:11:01 [api_server.py:1351] vLLM API server version 0.12.0';
      expect(diagnosisOf('vllm', [prefix, line])).toMatchObject({
        exit: 'failed',
        findings: [{code: 'log.unknown-failure'}],
      });
    }
    expect(findingOf('vllm', "TypeError: 'NoneType' object is not iterable")).toMatchObject({
      code: 'log.unknown-failure',
    });
  });
});
