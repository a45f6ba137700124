const server = '(APIServer pid=100) INFO';
const core = '(EngineCore pid=200) INFO';
const worker = '(Worker_TP0 pid=300) INFO';

/** Lines of a start that becomes ready, 100 s long from its first to its last line. */
export const readyStart: readonly string[] = [
  `${server} 11-23 02:00:00 [api_utils.py:311]   █▄█▀ █     █     █     █  version 0.28.0`,
  `${server} 11-23 02:00:00 [api_utils.py:272] non-default args: {'model_tag': 'moonshotai/Kimi-K2.7-Code', 'api_key': ['gk-secret'], 'gpu_memory_utilization': 0.9}`,
  `${server} 11-23 02:00:10 [model.py:569] Resolved architecture: KimiK25ForConditionalGeneration`,
  `${server} 11-23 02:00:10 [model.py:1698] Using max model len 262144`,
  `${core} 11-23 02:00:12 [core.py:122] Initializing a V1 LLM engine (v0.28.0) with config: model='moonshotai/Kimi-K2.7-Code'`,
  `${worker} 11-23 02:00:20 [gpu_model_runner.py:5419] Starting to load model moonshotai/Kimi-K2.7-Code...`,
  'Loading safetensors checkpoint shards:  50% Completed | 32/64 [00:15<00:15,  2.0it/s]',
  `${worker} 11-23 02:00:50 [gpu_model_runner.py:5515] Model loading took 72.31 GiB memory and 29.500000 seconds`,
  `${worker} 11-23 02:00:51 [backends.py:1094] Using cache directory: /root/.cache/vllm/torch_compile_cache for vLLM's torch.compile`,
  `${worker} 11-23 02:01:10 [monitor.py:53] torch.compile took 18.20 s in total`,
  `${worker} 11-23 02:01:12 [gpu_worker.py:578] Available KV cache memory: 50.51 GiB`,
  `${core} 11-23 02:01:12 [kv_cache_utils.py:1869] GPU KV cache size: 771,728 tokens, Maximum concurrency for 262,144 tokens per request: 2.94x`,
  `${worker} 11-23 02:01:30 [gpu_model_runner.py:7124] Graph capturing finished in 17 secs, took 1.21 GiB`,
  `${server} 11-23 02:01:38 [api_server.py:40] Starting vLLM server on http://127.0.0.1:8000`,
  'INFO:     Application startup complete.',
  `${core} 11-23 02:01:40 [loggers.py:259] Engine 000: Avg prompt throughput: 1200.5 tokens/s, Avg generation throughput: 310.0 tokens/s, Running: 4 reqs, Waiting: 1 reqs, GPU KV cache usage: 12.5%, Prefix cache hit rate: 40.0%`,
];

const failed = '(Worker_TP2 pid=302) ERROR 11-23';

/** A card that runs out of memory, in PyTorch's words. */
export const outOfMemoryLine = `${failed} 02:01:20 [multiproc_executor.py:908] torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 896.00 MiB. GPU 2 has a total capacity of 139.81 GiB of which 510.31 MiB is free.`;

/** What follows from a worker that failed. */
export const engineDeadLine = `(EngineCore pid=200) ERROR 11-23 02:01:21 [core.py:1346] EngineCore failed to start.`;
