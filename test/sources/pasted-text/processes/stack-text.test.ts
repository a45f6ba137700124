import {describe, expect, test} from 'vitest';
import {detailsOf} from '../../../../src/domain/diagnosis/details/details.ts';
import {findingSchema} from '../../../../src/domain/diagnosis/finding.ts';
import {readLines} from '../read-lines.ts';

function waitsOf(lines: readonly string[]): readonly string[] {
  const text = readLines(lines);
  expect(text?.kind).toBe('stacks');
  for (const finding of text?.findings ?? []) expect(findingSchema.safeParse(finding).error).toBeUndefined();
  return (text?.findings ?? []).flatMap((finding) => detailsOf(finding, 'host.stack-waits')?.wait ?? []);
}

const pySpy = (pid: number, name: string, frames: readonly string[]): readonly string[] => [
  `Process ${pid}: ${name}`,
  'Python v3.12.11 (/usr/bin/python3.12)',
  '',
  `Thread ${pid} (active): "MainThread"`,
  ...frames.map((frame) => `    ${frame}`),
  '    <module> (<string>:1)',
  `Thread ${pid + 1} (idle): "Thread-1"`,
  '    wait (threading.py:359)',
  '    run (tqdm/_monitor.py:60)',
];

describe('py-spy dump', () => {
  const mains: Readonly<Record<string, readonly [frames: readonly string[], waits: readonly string[]]>> = {
    'a collective operation': [
      [
        'synchronize (torch/cuda/streams.py:102)',
        '__init__ (pynccl.py:121)',
        'init_model_parallel_group (parallel_state.py:1379)',
      ],
      ['collective'],
    ],
    'a barrier of PyTorch': [
      ['barrier (torch/distributed/distributed_c10d.py:4800)', 'load_model (runner.py:90)'],
      ['collective'],
    ],
    'the start of the others': [
      [
        '_create_c10d_store (torch/distributed/rendezvous.py:190)',
        'init_process_group (torch/distributed/distributed_c10d.py:1700)',
      ],
      ['rendezvous'],
    ],
    'the GPU': [['synchronize (torch/cuda/__init__.py:1040)', 'execute_model (runner.py:90)'], ['gpu']],
    'an import': [
      [
        'acquire (<frozen importlib._bootstrap>:282)',
        '_find_and_load (<frozen importlib._bootstrap>:1358)',
        '__getattr__ (transformers/utils/import_utils.py:1900)',
      ],
      ['import'],
    ],
    'a lock file': [
      ['wait (torch/utils/file_baton.py:50)', '_jit_compile (torch/utils/cpp_extension.py:2100)'],
      ['lock-file'],
    ],
    'a download': [['_ssl_read (ssl.py:1100)', 'hf_hub_download (huggingface_hub/file_download.py:990)'], ['download']],
    'its workers': [
      [
        'poll (zmq/sugar/poll.py:106)',
        'dequeue (distributed/device_communicators/shm_broadcast.py:794)',
        'get_response (executor/multiproc_executor.py:387)',
      ],
      ['workers'],
    ],
    'work, as an idle worker does': [
      [
        'poll (zmq/sugar/poll.py:106)',
        'dequeue (distributed/device_communicators/shm_broadcast.py:794)',
        'worker_busy_loop (executor/multiproc_executor.py:940)',
      ],
      [],
    ],
    'a stage before it': [
      ['recv_object (distributed/parallel_state.py:1050)', '_pp_recv_proxy_tensors (scheduler_pp_mixin.py:933)'],
      ['collective'],
    ],
    'the first rank, without a request': [
      [
        'broadcast (torch/distributed/distributed_c10d.py:2700)',
        'broadcast_pyobj (utils/common.py:1200)',
        'recv_requests (managers/scheduler.py:1100)',
      ],
      [],
    ],
    'nothing: it loads weights': [['load_file (safetensors/torch.py:313)', 'load_weights (models/kimi.py:90)'], []],
    'nothing: it compiles': [['compile (triton/compiler/compiler.py:320)', 'warmup (runner.py:10)'], []],
    'a request': [['select (selectors.py:468)', '_run_once (asyncio/base_events.py:1949)'], []],
  };

  test.each(Object.entries(mains))('the main thread waits for %s', (_, [frames, waits]) => {
    const lines = pySpy(4_711, 'VLLM::Worker_TP0', frames);
    expect(waitsOf(lines)).toEqual(waits);
    expect(readLines(lines)).toMatchObject({engine: 'vllm', exit: 'no-failure'});
  });

  test('of several ranks, the one that does something else is what the others wait for', () => {
    const lines = [0, 1, 2].flatMap((rank) =>
      pySpy(5_000 + 10 * rank, `sglang::scheduler_TP${rank}`, [
        rank === 1 ? 'load_file (safetensors/torch.py:313)' : 'all_reduce (torch/distributed/distributed_c10d.py:2900)',
      ]),
    );
    expect(waitsOf(lines)).toEqual(['collective']);
    const {message = ''} = readLines(lines)?.findings[0] ?? {};
    expect(message).toMatch(/^sglang::scheduler_TP0 \(pid 5000\); sglang::scheduler_TP2 \(pid 5020\) /);
    expect(message).toMatch(/What they wait for: sglang::scheduler_TP1 \(pid 5010\) reads files.*safetensors/);
  });

  test('an engine and its workers that wait for each other', () => {
    const queue = ['poll (zmq/sugar/poll.py:106)', 'dequeue (distributed/device_communicators/shm_broadcast.py:794)'];
    const lines = [
      ...pySpy(4_085, 'VLLM::EngineCore', [...queue, 'get_response (executor/multiproc_executor.py:387)']),
      ...pySpy(4_185, 'VLLM::Worker_TP0', [...queue, 'worker_busy_loop (executor/multiproc_executor.py:940)']),
    ];
    expect(waitsOf(lines)).toEqual(['workers']);
    expect(readLines(lines)?.findings[0]?.message).toMatch(/^VLLM::EngineCore.*both sides wait for each other\.$/);
  });

  test('with native calls', () => {
    expect(
      waitsOf(
        pySpy(4_711, 'VLLM::EngineCore', [
          'cuEventSynchronize                                       (libcuda.so.580.65.06)',
          'pybind11::cpp_function::dispatcher(_object*, _object*) (libtorch_python.so)',
          'synchronize (torch/cuda/streams.py:231)',
        ]),
      ),
    ).toEqual(['gpu']);

    expect(
      waitsOf(pySpy(4_711, 'VLLM::Worker_TP0', ['ncclGroupEnd (libnccl.so.2.28.9)', 'forward (models/kimi.py:700)'])),
    ).toEqual(['collective']);
  });
});

describe('gdb and pstack', () => {
  const watchdog = [
    'Thread 3 (Thread 0x7f3d2a7fc640 (LWP 4133) "pt_nccl_watchdg"):',
    '#0  0x00007f3f2bc91117 in ?? () from /lib/x86_64-linux-gnu/libc.so.6',
    '#1  0x00007f3f2bc93e9b in pthread_cond_clockwait () from /lib/x86_64-linux-gnu/libc.so.6',
    '#2  0x00007f3e0a110000 in c10d::ProcessGroupNCCL::watchdogHandler() () from /opt/torch/lib/libtorch_cuda.so',
  ];
  const main = 'Thread 1 (Thread 0x7f3f2c0d1000 (LWP 4100) "python3"):';

  test('a call that is in the driver', () => {
    const lines = [
      ...watchdog,
      main,
      '#0  0x00007f3f2bd1aaff in ioctl () from /lib/x86_64-linux-gnu/libc.so.6',
      '#1  0x00007f3dd2f3a0c1 in ?? () from /lib/x86_64-linux-gnu/libcuda.so.1',
      '#2  0x00007f3dd2e1d8a0 in cuMemAlloc_v2 () from /lib/x86_64-linux-gnu/libcuda.so.1',
    ];
    expect(waitsOf(lines)).toEqual(['driver']);
    expect(readLines(lines)?.findings[0]?.message).toContain('cuMemAlloc_v2');
  });

  test('a collective operation, and the GPU', () => {
    const spin = '#0  0x00007f3dd2e1d8a0 in cuStreamSynchronize () from /lib/x86_64-linux-gnu/libcuda.so.1';
    expect(waitsOf([...watchdog, main, spin])).toEqual(['gpu']);
    expect(
      waitsOf([main, spin, '#1  0x00007f3dd0000000 in ncclAllReduce (count=1) at src/collectives.cc:100']),
    ).toEqual(['collective']);
  });

  test('eu-stack, and a process that only waits for work', () => {
    expect(
      waitsOf(['PID 4100 - process', 'TID 4100:', '#0  0x00007f3f2bd1aaff __poll', '#1  0x00007f3f2bd1aa00 poll_loop']),
    ).toEqual([]);
  });
});

describe('/proc', () => {
  test('the stack of a process in the kernel', () => {
    expect(
      waitsOf([
        '$ sudo cat /proc/77637/stack',
        '[<0>] uvm_spin_loop+0xb4/0x100 [nvidia_uvm]',
        '[<0>] uvm_tracker_wait+0xa2/0x1c0 [nvidia_uvm]',
        '[<0>] do_syscall_64+0x3b/0x90',
        '$ sudo cat /proc/77640/stack',
        '[<0>] rpc_wait_bit_killable+0x24/0x90 [sunrpc]',
        '[<0>] nfs_wait_on_request+0x1f/0x30 [nfs]',
        '[<0>] entry_SYSCALL_64_after_hwframe+0x6e/0x76',
      ]),
    ).toEqual(['driver', 'network-file-system']);
  });

  test('a lock belongs to whose functions are below it', () => {
    expect(
      waitsOf([
        '[<0>] __mutex_lock.constprop.0+0x263/0x490',
        '[<0>] uvm_page_tree_get_ptes_async+0x93/0x970 [nvidia_uvm]',
      ]),
    ).toEqual(['driver']);
    expect(waitsOf(['[<ffffffff810a1b2c>] mutex_lock+0x34/0x40', '[<ffffffff810a1b2d>] do_thing+0x1/0x2'])).toEqual([
      'lock',
    ]);
  });

  test('the place in which it waits, with and without its file', () => {
    expect(waitsOf(['$ cat /proc/77640/wchan', 'fuse_request_wait_answer'])).toEqual(['network-file-system']);
    expect(
      waitsOf(['/proc/77640/task/77641/wchan:os_acquire_mutex', '/proc/77640/task/77642/wchan:futex_wait_queue']),
    ).toEqual(['driver']);
    expect(waitsOf(['nfs_wait_bit_killable'])).toEqual(['network-file-system']);
    expect(readLines(['folio_wait_bit_common'])).toMatchObject({kind: 'stacks', findings: []});
    expect(readLines(['some_word'])).toBeNull();
  });

  test('together with the list of processes, both are read', () => {
    const text = readLines([
      '    PID    PPID STAT                  STARTED CMD',
      '  77637       1 R    Wed Sep 17 12:51:13 2025 VLLM::EngineCore',
      '',
      'sudo cat /proc/77637/stack',
      '[<0>] uvm_spin_loop+0xb4/0x100 [nvidia_uvm]',
    ]);
    expect(text).toMatchObject({kind: 'stacks', engine: 'vllm', exit: 'failed'});
    expect(text?.findings.map(({code}) => code)).toEqual(['host.workers-orphaned', 'host.stack-waits']);
  });
});

test('the stack of a failed operation in a log is no dump', () => {
  const text = readLines([
    '[rank0]:[E503 11:20:31.4 ProcessGroupNCCL.cpp:733] Stack trace of the failed collective: ',
    '#0 all_gather_into_tensor from /opt/torch/distributed/distributed_c10d.py:4186',
    '#1 wrapper from /opt/torch/distributed/c10d_logger.py:83',
    '[rank0]:[E503 11:20:31.4 ProcessGroupNCCL.cpp:689] [Rank 0] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=7, OpType=ALLREDUCE, NumelIn=1, NumelOut=1, Timeout(ms)=600000) ran for 600013 milliseconds before timing out.',
  ]);
  expect(text).toMatchObject({kind: 'engine-log', exit: 'failed', findings: [{code: 'common.nccl'}]});
});

const dump = (title: string, state: string): readonly string[] => [
  title,
  'Process 4711: sglang::scheduler_TP0',
  'Python v3.12.3 (/opt/venv/bin/python3)',
  'Thread 4711 (idle): "MainThread"',
  '    wait (threading.py:355)',
  '    resolve_batch_result (managers/overlap_thread.py:169)',
  `Thread 4790 (${state}): "Thread-3 (forward_thread_func)"`,
  '    __call__ (torch/_ops.py:1116)',
  '    paged_run (flashinfer/decode.py:88)',
];

test('a dump that a watchdog took is of a step that hangs: where a thread is active', () => {
  const found = readLines(dump('[2026-05-06 12:30:01 TP0] Pyspy dump for PID 4711:', 'active+gil'));
  expect(found).toMatchObject({kind: 'stacks', exit: 'failed', findings: [{code: 'host.watchdog-dump'}]});
  expect(found?.findings[0]?.message).toContain('paged_run in flashinfer/decode.py:88');
});

test('where none is active the main thread counts, and a dump by hand is no failure', () => {
  const idle = readLines(dump('[2026-05-06 12:30:01 TP0] Pyspy dump for PID 4711:', 'idle'));
  expect(idle?.findings[0]?.message).toContain('No thread was active: wait in threading.py:355');
  expect(readLines(dump('', 'active'))?.findings.map(({code}) => code)).not.toContain('host.watchdog-dump');
});
