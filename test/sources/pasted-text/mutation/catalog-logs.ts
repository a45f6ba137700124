import {llamacppFailures} from '../../../../src/engines/llamacpp/failures/catalog.ts';
import type {Failure} from '../../../../src/engines/log/failure-catalog.ts';
import {sglangFailures} from '../../../../src/engines/sglang/failures/catalog.ts';
import {vllmFailures} from '../../../../src/engines/vllm/failures/catalog.ts';
import {engineDeadLine, readyStart} from '../../../engines/vllm/start-log.ts';

/** A log that fails with the words of a catalog entry. */
export type CatalogLog = {readonly name: string; readonly failure: Failure; readonly lines: readonly string[]};

const site = '/venv/lib/python3.12/site-packages';

/** vLLM's worker processes write their name and the level in front of every line of a traceback. */
function vllmLog(words: string): readonly string[] {
  const error = '(Worker_TP2 pid=302) ERROR 11-23 02:00:21 [multiproc_executor.py:908]';
  return [
    ...readyStart.slice(0, 6),
    `${error} WorkerProc failed to start.`,
    `${error} Traceback (most recent call last):`,
    `${error}   File "${site}/vllm/v1/executor/multiproc_executor.py", line 722, in worker_main`,
    `${error}     worker = WorkerProc(*args, **kwargs)`,
    `${error}   File "${site}/vllm/v1/worker/gpu_worker.py", line 314, in load_model`,
    `${error}     self.model_runner.load_model(load_dummy_weights=self.vllm_config.load_config.load_format == "dummy", eep_scale_up=False)`,
    ...words.split('\n').map((line) => `${error} ${line}`),
    engineDeadLine,
    '(APIServer pid=100) RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}',
  ];
}

function sglangLog(words: string): readonly string[] {
  return [
    "[2026-05-06 12:30:01] server_args=ServerArgs(model_path='/models/big', mem_fraction_static=0.85, tp_size=2)",
    '[2026-05-06 12:30:09 TP0] Init torch distributed begin.',
    '[2026-05-06 12:30:09 TP1] Init torch distributed begin.',
    '[2026-05-06 12:30:14 TP1] Load weight begin. avail mem=78.10 GB',
    '[2026-05-06 12:31:42 TP1] Scheduler hit an exception: Traceback (most recent call last):',
    `  File "${site}/sglang/srt/managers/scheduler.py", line 2261, in run_scheduler_process`,
    '    scheduler = Scheduler(server_args, port_args, gpu_id, tp_rank, dp_rank)',
    `  File "${site}/sglang/srt/model_executor/model_runner.py", line 1188, in load_model`,
    '    self.model = get_model(model_config=self.model_config, load_config=self.load_config, device_config=DeviceConfig(self.device, self.gpu_id))',
    ...words.split('\n'),
    '',
    '[2026-05-06 12:31:42] Received sigquit from a child process. It usually means the child failed.',
  ];
}

function llamacppLog(words: string): readonly string[] {
  return [
    'build: 4958 (ef19c717) with cc for x86_64-linux-gnu',
    'main: loading model',
    "srv    load_model: loading model '/models/some-q4.gguf'",
    'llama_model_loader: loaded meta data with 46 key-value pairs and 1025 tensors from /models/some-q4.gguf (version GGUF V3 (latest))',
    'llama_model_loader: - type  f32:  361 tensors',
    'print_info: file size   = 212.82 GiB (2.73 BPW)',
    ...words.split('\n'),
    'srv  llama_server: exiting due to model loading error',
  ];
}

const writers: readonly (readonly [string, readonly Failure[], (words: string) => readonly string[]])[] = [
  ['vllm', vllmFailures, vllmLog],
  ['sglang', sglangFailures, sglangLog],
  ['llamacpp', llamacppFailures, llamacppLog],
];

/** One log for each failure in the catalogs: a start, the words, and what the engine writes after them. */
export const catalogLogs: readonly CatalogLog[] = writers.flatMap(([engine, failures, log]) =>
  failures
    // A line that begins a traceback is in all of these logs.
    .filter(({severity, words}) => severity === undefined && !words.includes('Traceback'))
    .map((failure) => ({
      name: `${engine} ${failure.code}: ${failure.words.slice(0, 60)}`,
      failure,
      lines: log(failure.words),
    })),
);
