import {expect, test} from 'vitest';
import {createCompilationWatch} from '../../../src/supervisor/watch/compilation-watch.ts';

const logLine = (text: string) => ({number: 1, offsetBytes: 0, text});

function watch() {
  let nowMs = 1_000;
  return {
    watch: createCompilationWatch({monotonicMs: () => nowMs}),
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

test('an engine whose processes include a compiler compiles, and for a while after', () => {
  const {watch: compilation, pass} = watch();
  compilation.seeProcesses(['VLLM::EngineCor', 'VLLM::Worker_TP', 'python3']);
  expect(compilation.isCompiling()).toBe(false);
  compilation.seeProcesses(['VLLM::EngineCor', 'ptxas']);
  pass(10_000);
  expect(compilation.isCompiling()).toBe(true);
  compilation.seeProcesses(['VLLM::EngineCor']);
  pass(6_000);
  expect(compilation.isCompiling()).toBe(false);
});

test('one whose log says so compiles for as long as a new shape takes', () => {
  const {watch: compilation, pass} = watch();
  compilation.seeLines([logLine('INFO: 10.0.0.1:5000 - "POST /v1/chat/completions HTTP/1.1" 200 OK')]);
  expect(compilation.isCompiling()).toBe(false);
  compilation.seeLines([logLine('WARNING Triton kernel JIT compilation during inference: _fwd_kernel')]);
  pass(60_000);
  expect(compilation.isCompiling()).toBe(true);
  pass(11_000);
  expect(compilation.isCompiling()).toBe(false);
});
