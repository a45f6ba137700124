import {expect, test} from 'vitest';
import {type EngineLogEvent, unknownLogContext} from '../../../src/engines/engine.ts';
import {createLogInterpreter} from '../../../src/engines/log/log-interpreter.ts';
import {findEngine} from '../../../src/engines/registry.ts';

function eventsOf(engineName: string, lines: readonly string[]): readonly EngineLogEvent[] {
  const engine = findEngine(engineName);
  if (engine === undefined) throw new Error(`no engine ${engineName}`);
  const interpret = createLogInterpreter(engine, unknownLogContext);
  return lines.flatMap((text, index) => interpret({text, number: index + 1}, index));
}

function factsOf(engineName: string, ...lines: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    eventsOf(engineName, lines).flatMap((event) => (event.type === 'fact' ? [[event.name, event.value]] : [])),
  );
}

const outOfMemory =
  'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 896.00 MiB. GPU 2 has a total capacity of 95.00 GiB of which 510.31 MiB is free. Including non-PyTorch memory, this process has 94.50 GiB memory in use. Of the allocated memory 91.24 GiB is allocated by PyTorch';

test.each(['vllm', 'sglang'])('%s: what the process used and requested when memory ran out', (engine) => {
  expect(factsOf(engine, outOfMemory)).toMatchObject({
    heldBytesPerGpu: 94.5 * 2 ** 30,
    wantedBytesPerGpu: 896 * 2 ** 20,
  });
});

test('the process may be identified by its pid, and a message without its size gives no facts', () => {
  const byPid = outOfMemory.replace('Including non-PyTorch memory, this process has', 'Process 3270336 has');
  expect(factsOf('vllm', byPid)).toMatchObject({heldBytesPerGpu: 94.5 * 2 ** 30});
  expect(factsOf('vllm', 'CUDA out of memory. Tried to allocate 2.00 GiB')).toEqual({});
});

test('llama.cpp: what was free before loading, the smallest GPU; and the buffer that did not fit', () => {
  expect(
    factsOf(
      'llamacpp',
      'llama_model_load_from_file_impl: using device CUDA0 (NVIDIA H200) (0000:1b:00.0) - 143156 MiB free',
      'llama_model_load_from_file_impl: using device CUDA1 (NVIDIA H200) (0000:43:00.0) - 80000 MiB free',
      'llama_model_load_from_file_impl: using device CUDA2 (NVIDIA H200) (0000:52:00.0) - 143156 MiB free',
      'ggml_gallocr_reserve_n_impl: failed to allocate CUDA0 buffer of size 1503238553',
      'ggml_gallocr_reserve_n_impl: failed to allocate CPU buffer of size 99999999999',
    ),
  ).toMatchObject({freeBytesPerGpu: 80_000 * 2 ** 20, computeBufferBytesPerGpu: 1_503_238_553});
});

test('a line that adds detail to its original failure replaces it, once and in every rank', () => {
  const sampler =
    'RuntimeError: CUDA out of memory occurred when warming up sampler with 1024 dummy requests. Please try lowering `max_num_seqs`';
  const codes = eventsOf('vllm', [outOfMemory, sampler, outOfMemory, sampler]).flatMap((event) =>
    event.type === 'failure' ? [event.finding.code] : [],
  );
  expect(codes).toEqual([
    'vllm.out-of-memory',
    'vllm.out-of-memory-sampler',
    'vllm.out-of-memory-sampler',
    'vllm.out-of-memory-sampler',
  ]);
});
