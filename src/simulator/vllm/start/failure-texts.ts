import {type Frame, traceback as pythonTraceback} from '../../python/traceback.ts';

const PACKAGES = '/usr/local/lib/python3.12/dist-packages/vllm';

/** A traceback of vLLM as Python prints it. */
export function traceback(frames: readonly Frame[], exception: string): readonly string[] {
  return pythonTraceback(PACKAGES, frames, exception);
}

const engineCoreFrames: readonly Frame[] = [
  ['v1/engine/core.py', 1315, 'run_engine_core', 'engine_core = EngineCoreProc(*args, engine_index=dp_rank, **kwargs)'],
  ['v1/engine/core.py', 1061, '__init__', 'super().__init__('],
];

/** The frames where the cache is too small. */
export function cacheTraceback(message: string): readonly string[] {
  return traceback(
    [
      ...engineCoreFrames,
      ['v1/engine/core.py', 145, '__init__', 'kv_cache_config = self._initialize_kv_caches(vllm_config)'],
      ['v1/engine/core.py', 309, '_initialize_kv_caches', 'kv_cache_configs = get_kv_cache_configs('],
      ['v1/core/kv_cache_utils.py', 2188, 'get_kv_cache_configs', '_check_enough_kv_cache_memory('],
      ['v1/core/kv_cache_utils.py', 758, '_check_enough_kv_cache_memory', 'raise ValueError('],
    ],
    `ValueError: ${message}`,
  );
}

/** What the engine core raises if a worker could not be started. */
export function workerInitTraceback(): readonly string[] {
  return traceback(
    [
      ...engineCoreFrames,
      ['v1/engine/core.py', 128, '__init__', 'self.model_executor = executor_class(vllm_config)'],
      [
        'v1/executor/multiproc_executor.py',
        132,
        '_init_executor',
        'self.workers = WorkerProc.wait_for_ready(unready_workers)',
      ],
      ['v1/executor/multiproc_executor.py', 779, 'wait_for_ready', 'raise e from None'],
    ],
    'Exception: WorkerProc initialization failed due to an exception in a background process. See stack trace for root cause.',
  );
}

const setUpFrames = {
  init_device: ['v1/worker/utils.py', 454, 'request_memory', 'raise ValueError('],
  init_distributed: [
    'v1/worker/gpu_worker.py',
    1188,
    'init_worker_distributed_environment',
    'torch.distributed.all_reduce(torch.zeros(1).cuda())',
  ],
  load_model: ['v1/worker/gpu_model_runner.py', 5489, 'load_model', 'self.model = model_loader.load_model('],
} as const satisfies Readonly<Record<string, Frame>>;

/** A worker that fails during its setup. */
export function workerTraceback(exception: string, during: keyof typeof setUpFrames): readonly string[] {
  const call = during === 'load_model' ? 'load_model' : 'init_device';
  return traceback(
    [
      ['v1/executor/multiproc_executor.py', 908, 'worker_main', 'worker = WorkerProc(*args, **kwargs)'],
      ['v1/executor/multiproc_executor.py', 684, '__init__', `self.worker.${call}()`],
      setUpFrames[during],
    ],
    exception,
  );
}

const callFrames = {
  profile: [
    ['v1/worker/gpu_worker.py', 541, 'determine_available_memory', 'self.model_runner.profile_run()'],
    ['v1/worker/gpu_model_runner.py', 6067, '_dummy_run', 'outputs = self.model('],
  ],
  sampler: [
    ['v1/worker/gpu_worker.py', 541, 'determine_available_memory', 'self.model_runner.profile_run()'],
    ['v1/worker/gpu_model_runner.py', 6405, '_dummy_sampler_run', 'sampler_output = self.sampler('],
  ],
  capture: [
    ['v1/worker/gpu_worker.py', 765, 'compile_or_warm_up_model', 'self.model_runner.capture_model()'],
    ['v1/worker/gpu_model_runner.py', 6067, '_dummy_run', 'outputs = self.model('],
  ],
} as const satisfies Readonly<Record<string, readonly Frame[]>>;

/** Calls of the engine core once the workers have their weights. */
export type WorkerCall = keyof typeof callFrames;

/** A worker that fails in such a call: an exception, and those that were raised from it. */
export function workerCallTraceback(during: WorkerCall, exceptions: readonly string[]): readonly string[] {
  return exceptions.flatMap((exception, index) => [
    ...(index === 0 ? [] : ['', 'The above exception was the direct cause of the following exception:', '']),
    ...traceback(
      [
        ['v1/executor/multiproc_executor.py', 999, 'worker_busy_loop', 'output = func(*args, **kwargs)'],
        ...callFrames[during],
      ],
      exception,
    ),
  ]);
}

/** What the engine core raises when a worker failed in a call. */
export function workerCallFailedTraceback(cause: string): readonly string[] {
  return traceback(
    [
      ...engineCoreFrames,
      ['v1/engine/core.py', 145, '__init__', 'kv_cache_config = self._initialize_kv_caches(vllm_config)'],
      ['v1/executor/multiproc_executor.py', 394, 'get_response', 'raise RuntimeError('],
    ],
    `RuntimeError: Worker failed with error '${cause.replace(/^\S+: /, '')}', please check the stack trace above for the root cause`,
  );
}

/** What the API server prints if its engine core did not start. */
export function apiServerTraceback(): readonly string[] {
  return traceback(
    [
      ['/usr/local/bin/vllm', 8, '<module>', 'sys.exit(main())'],
      ['entrypoints/cli/main.py', 97, 'main', 'args.dispatch_function(args)'],
      ['entrypoints/cli/serve.py', 151, 'cmd', 'uvloop.run(run_server(args))'],
      [
        'entrypoints/openai/api_server.py',
        702,
        'run_server',
        'await run_server_worker(listen_address, sock, args, **uvicorn_kwargs)',
      ],
      ['v1/engine/core_client.py', 580, '__init__', 'with launch_core_engines('],
      ['v1/engine/utils.py', 1226, 'launch_core_engines', 'wait_for_engine_startup('],
      ['v1/engine/utils.py', 1286, 'wait_for_engine_startup', 'raise RuntimeError('],
    ],
    'RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}',
  );
}

/** The bind that fails before anything is loaded. */
export function portInUseTraceback(): readonly string[] {
  return traceback(
    [
      ['/usr/local/bin/vllm', 8, '<module>', 'sys.exit(main())'],
      ['entrypoints/cli/main.py', 97, 'main', 'args.dispatch_function(args)'],
      ['entrypoints/cli/serve.py', 151, 'cmd', 'uvloop.run(run_server(args))'],
      ['entrypoints/openai/api_server.py', 698, 'run_server', 'listen_address, sock = setup_server(args)'],
      ['entrypoints/openai/api_server.py', 641, 'setup_server', 'sock = create_server_socket(sock_addr)'],
      ['entrypoints/openai/api_server.py', 586, 'create_server_socket', 'sock.bind(addr)'],
    ],
    'OSError: [Errno 98] Address already in use',
  );
}

/** What the configuration refuses before any process is started. */
export function configTraceback(problem: string): readonly string[] {
  return traceback(
    [
      ['/usr/local/bin/vllm', 8, '<module>', 'sys.exit(main())'],
      ['entrypoints/cli/main.py', 97, 'main', 'args.dispatch_function(args)'],
      ['entrypoints/cli/serve.py', 151, 'cmd', 'uvloop.run(run_server(args))'],
      ['engine/arg_utils.py', 1873, 'create_engine_config', 'config = VllmConfig('],
    ],
    problem,
  );
}
