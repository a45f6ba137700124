import {expect, test} from 'vitest';
import {maskRandomText, maskSecretShapes} from '../../../src/sources/log/secret-shapes.ts';

const token = `eyJhbGciOiJIUzI1NiJ9.${'eyJzdWIiOiIxMjM0NTY3ODkwIn0'}.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U`;

test.each([
  'hf_AbCdEfGhIjKlMnOpQr',
  'sk-0123456789abcdef',
  'sk-proj-abcDEF0123456789',
  'ghp_16C7e42F292c6912E7710c838347Ae178B4a',
  'github_pat_11ABCDEFG0abcdefghijkl_mnop',
  'AKIAIOSFODNN7EXAMPLE',
  'xoxb-123456789012-abcdef',
  'nvapi-abcdefghijklmnop0123',
  'AIzaSyA1234567890abcdefghijklmnopqrst',
  token,
])('a key is recognized by its form: %s', (key) => {
  for (const [before, after] of [
    ['(', ')'],
    ['key=', '&x=1'],
    ['"', '"'],
    ['https://host/', '/path'],
    ['a.', ' '],
  ]) {
    expect(maskSecretShapes(`${before}${key}${after}`)).toBe(`${before}****${after}`);
  }
});

test.each([
  ['https://user:pass@host:8000/v1', 'https://****@host:8000/v1'],
  ['proxy http://u:p@ss@host, then redis://:p@host/0', 'proxy http://****@host, then redis://****@host/0'],
  ['https://host/a@b and http://127.0.0.1:8000/v1/models', 'https://host/a@b and http://127.0.0.1:8000/v1/models'],
])('credentials of an address are removed: %s', (text, expected) => {
  expect(maskSecretShapes(text)).toBe(expected);
});

test.each([
  'task-0123456789abcdefgh',
  'model-00001-of-00064.safetensors',
  'GPU-8f3c2b1a-1234-5678-9abc-def012345678',
  'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  'KimiK25ForConditionalGeneration, DeepseekV3ForCausalLM',
  'torch.nn.modules.module.Module._call_impl',
  'cutlass_80_tensorop_bf16_s16816gemm_relu_bf16_256x128_32x3_tn_align8',
  '20261124T021415Z-vllm.cuda-error',
  'chatcmpl-0f8fad5bd9cb469fa16570867728950e',
])('what is no key is kept: %s', (text) => {
  expect(maskSecretShapes(text)).toBe(text);
  expect(maskRandomText(text)).toBe(text);
});

test('a long random text is removed from what leaves the node', () => {
  expect(maskRandomText('with 8Jk2mQ9xZ4vB7nL1pR6tY3wE5sA0dF2g in it')).toBe('with **** in it');
  expect(maskSecretShapes('with 8Jk2mQ9xZ4vB7nL1pR6tY3wE5sA0dF2g in it')).toContain('8Jk2');
});
