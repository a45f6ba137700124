import {engineDeadLine, outOfMemoryLine, readyStart} from '../../../engines/vllm/start-log.ts';

const site = '/venv/lib/python3.12/site-packages';

const schedulerFailure = [
  "[2026-05-06 12:30:01] server_args=ServerArgs(model_path='/models/big', mem_fraction_static=0.85, tp_size=2)",
  '[2026-05-06 12:30:09 TP0] Init torch distributed begin.',
  '[2026-05-06 12:30:09 TP1] Init torch distributed begin.',
  '[2026-05-06 12:30:14 TP0] Load weight begin. avail mem=78.10 GB',
  '[2026-05-06 12:31:40 TP0] Load weight end. elapsed=86.10 s, type=BigForCausalLM, avail mem=20.43 GB, mem usage=57.67 GB.',
  '[2026-05-06 12:31:42 TP1] Scheduler hit an exception: Traceback (most recent call last):',
  `  File "${site}/sglang/srt/managers/scheduler.py", line 2261, in run_scheduler_process`,
  '    scheduler = Scheduler(server_args, port_args, gpu_id, tp_rank, dp_rank)',
  `  File "${site}/sglang/srt/layers/moe/layer.py", line 88, in forward`,
  '    return self.quant_method.apply(layer, hidden_states)',
  'FrobnicatorError: the blades of expert 7 do not turn (size_k = 704)',
  '',
  '[2026-05-06 12:31:42] Received sigquit from a child process. It usually means the child failed.',
];

const assertion = [
  'build: 4958 (ef19c717) with cc for x86_64-linux-gnu',
  'main: loading model',
  "srv    load_model: loading model '/models/some-q4.gguf'",
  'llama_model_loader: loaded meta data with 46 key-value pairs and 1025 tensors from /models/some-q4.gguf',
  'llama_model_loader: - type  f32:  361 tensors',
  'print_info: file size   = 212.82 GiB (2.73 BPW)',
  '/src/llama-model.cpp:812: GGML_ASSERT(hparams.n_expert_groups < 12) failed',
  './llama-server(+0x256ab8)[0x55a5f4807ab8]',
  './llama-server(+0x2587b5)[0x55a5f48097b5]',
  'Aborted (core dumped)',
];

const nativeCrash = [
  '0.00.002.121 I cmn  common_param: common_params_print_info: verbosity = 3 (adjust with the `-lv N` CLI arg)',
  "0.00.003.819 I srv    load_model: loading model 'some.gguf'",
  '0.00.496.689 I srv    load_model: initializing, n_slots = 4, n_ctx_slot = 8192, kv_unified = true',
  '0.00.499.017 I srv  llama_server: model loaded',
  '0.00.499.058 I srv  llama_server: listening on http://127.0.0.1:18091',
  '0.00.511.351 I slot launch_slot_: id  3 | task 0 | processing task, is_child = 0',
  "terminate called after throwing an instance of 'std::runtime_error'",
  '  what():  the grammar stack is upside down',
  './serve.sh: line 69: 736575 Aborted                 llama-server -m some.gguf',
];

const watchdog = [
  '[2026-02-07 01:19:40 TP0] Load weight end. type=BigForCausalLM, dtype=torch.bfloat16, avail mem=38.13 GB',
  '[2026-02-07 01:19:42 TP3] Load weight end. type=BigForCausalLM, dtype=torch.bfloat16, avail mem=38.11 GB',
  '[rank6]:[E207 01:29:36.730311765 ProcessGroupNCCL.cpp:616] [Rank 6] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=2, OpType=ALLREDUCE, NumelIn=1, NumelOut=1, Timeout(ms)=600000) ran for 600050 milliseconds before timing out.',
  '[rank6]:[E207 01:29:36.730893283 ProcessGroupNCCL.cpp:636] [Rank 6] To avoid data inconsistency, we are taking the entire process down.',
  "terminate called after throwing an instance of 'c10::DistBackendError'",
  '  what():  [PG ID 0 PG GUID 0(default_pg) Rank 6] Process group watchdog thread terminated with exception: [Rank 6] Watchdog caught collective operation timeout',
];

/** Logs of failures, by name, each with the code of its cause. Written for these tests, in the forms of the real ones. */
export const failingLogs: Readonly<Record<string, {readonly code: string; readonly lines: readonly string[]}>> = {
  'memory that ran out': {
    code: 'vllm.out-of-memory-capturing',
    lines: [...readyStart.slice(0, -4), outOfMemoryLine, engineDeadLine],
  },
  'an unknown exception of a scheduler': {code: 'log.unknown-failure', lines: schedulerFailure},
  'an assertion': {code: 'llamacpp.assertion', lines: assertion},
  'a C++ exception while it serves': {code: 'log.unknown-failure', lines: nativeCrash},
  'a collective that timed out': {code: 'sglang.nccl', lines: watchdog},
};
