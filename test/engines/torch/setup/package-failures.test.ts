import {describe} from 'vitest';
import {type Row, testHealthy, testRows} from '../torch-findings.ts';

const rows: readonly Row[] = [
  [
    'vllm',
    'OSError: /root/.cache/torch_extensions/py312_cu124/xgrammar/xgrammar.so: cannot open shared object file: No such file or directory',
    'compiled-library-missing',
    /Delete \/root\/\.cache\/torch_extensions\/py312_cu124\/xgrammar\//,
  ],
  ['sglang', 'OSError: /tmp/tvm-ffi/build/kernel.so: file too short', 'compiled-library-missing', /Delete \/tmp\//],
  [
    'vllm',
    'ImportError: /opt/venv/lib/python3.12/site-packages/xgrammar/xgrammar_bindings.so: cannot open shared object file',
    'compiled-library-missing',
    /force-reinstall/,
    /Delete/,
  ],
  [
    'sglang',
    "OSError: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by /root/.cache/torch_extensions/py312_cu124/x/x.so)",
    'library-too-old',
    /delete \/root\/\.cache\/torch_extensions\/py312_cu124\/x\//,
    /operating system/,
  ],
  [
    'vllm',
    'Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by /x/torch/lib/libtorch.so)',
    'library-too-old',
    /glibc/,
  ],
  [
    'vllm',
    'ImportError: Please install vllm[audio] for audio support',
    'package-missing',
    /pip install 'vllm\[audio\]'/,
  ],
  [
    'vllm',
    'ImportError: `tiktoken` is required to read a `tiktoken` file. Install it with `pip install tiktoken`.',
    'package-missing',
    /pip install 'tiktoken'/,
  ],
  [
    'sglang',
    "ValueError: To use lmcache, run `pip install -U 'lmcache>=0.3.9'` first",
    'package-missing',
    /pip install 'lmcache>=0\.3\.9'/,
  ],
  ['vllm', "ModuleNotFoundError: No module named 'runai_model_streamer'", 'package-missing', /'vllm\[runai\]'/],
  [
    'sglang',
    "ModuleNotFoundError: No module named 'runai_model_streamer'",
    'package-missing',
    /pip install runai_model_streamer\)/,
  ],
  ['vllm', "ModuleNotFoundError: No module named 'cv2'", 'package-missing', /opencv-python-headless/],
  [
    'vllm',
    "ModuleNotFoundError: No module named 'deep_ep'",
    'package-missing',
    /compiled for the GPUs/,
    /pip install deep_ep/,
  ],
  ['vllm', "NameError: name 'flash_attn_varlen_func' is not defined", 'package-missing', /flash-attn/],
  ['sglang', "NameError: name 'MysteryKernel' is not defined", 'package-missing', /last frame/],
];

describe('packages and their libraries', () => {
  testRows(rows);

  testHealthy([
    'WARNING 11-23 02:00:05 [registry.py:1] FlashAttention is not installed. Run pip install flash-attn for more speed',
    "WARNING 11-23 02:00:05 [registry.py:1] Ignore import error when loading models.x: name 'foo' is not defined",
    'INFO 11-23 02:00:05 [cpp_extension.py:1] Loading /root/.cache/torch_extensions/py312_cu124/xgrammar/xgrammar.so',
  ]);
});
