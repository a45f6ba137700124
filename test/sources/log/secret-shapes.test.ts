import {expect, test} from 'vitest';
import {maskRandomText, maskSecretShapes} from '../../../src/sources/log/secret-shapes.ts';

const token = `eyJhbGciOiJIUzI1NiJ9.${'eyJzdWIiOiIxMjM0NTY3ODkwIn0'}.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U`;

test.each([
  'hf_AbCdEfGhIjKlMnOpQr',
  'sk-0123456789abcdef',
  'sk-proj-abcDEF0123456789',
  'ghp_16C7e42F292c6912E7710c838347Ae178B4a',
  'github_pat_11ABCDEFG0abcdefghijkl_mnop',
  'hf_0123456789abcdef',
  `hf_${'Aa1'.repeat(11)}`,
  `sk-proj_${'Aa1-'.repeat(11)}x`,
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
  'sk-0123456789abcde and hf_0123456789abcde',
  '/models/kimi/hf_quant_config.json',
  "No module named 'hf_transfer_accelerated'",
  'self.hf_config.architectures=[]',
  'bpf: sk_msg_redirect_hash_of_socket',
  'npm_config_registry_of_this_package_manager',
  'Qwen3-Coder-480B-A35B-Instruct-FP8',
  'Meta-Llama-3.1-405B-Instruct-FP8',
  '/models/Kimi-K2.7-Code-UD-Q4_K_XL-00001-of-00014.gguf',
  '/home/u/.cache/huggingface/hub/models--poolside--Laguna-S-2.1-INT4/snapshots/67dbeda456e68139f281c40831f9d12049d8fc11',
  'NVIDIA-GB200-NVL72-186GB-HBM3e-Board-P2972',
  'Using AttentionBackendEnum.B12X_MLA_SPARSE backend.',
  'model.layers.3.mlp.experts.255.gate_up_proj.weight_scale_inv',
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

test('a base64url key with separators in it is a random text', () => {
  expect(maskRandomText('x 8Jk2mQ9xZ4v_7nL1pR6tY3wE5sA-dF2gH8k2Lm4Nq9Z y')).toBe('x **** y');
});

test('credentials stand in the authority: text that repeats the separator is read once', () => {
  expect(maskSecretShapes('me@home GET /x?://://a@b')).toBe('me@home GET /x?://://****@b');
  const hostile = `@${'://'.repeat(300_000)}`;
  const before = process.cpuUsage();
  expect(maskSecretShapes(hostile)).toBe(hostile);
  expect(process.cpuUsage(before).user).toBeLessThan(3_000_000);
});
