import {describe, expect, test} from 'vitest';
import type {LogDiagnosis} from '../../../../src/domain/diagnosis/log-diagnosis.ts';
import {llamacpp} from '../../../../src/engines/llamacpp/llamacpp.ts';
import {createLogDiagnoser, type DiagnosedEngine} from '../../../../src/engines/log/diagnose-log.ts';
import {sglang} from '../../../../src/engines/sglang/sglang.ts';
import {vllm} from '../../../../src/engines/vllm/vllm.ts';

function diagnose(text: string, engine: DiagnosedEngine = vllm): LogDiagnosis {
  const diagnoser = createLogDiagnoser(engine);
  for (const [index, line] of text.split('\n').entries()) diagnoser.take({text: line, number: index + 1});
  return diagnoser.result();
}

const headline = (text: string, engine?: DiagnosedEngine) => diagnose(text, engine).findings[0];

const ray = '(RayWorkerWrapper pid=77, ip=10.9.8.7)';
const segfault = `${ray} *** SIGSEGV received at time=1700000000 on cpu 3 ***
${ray} PC: @     0x7f00aa00bb00  (unknown)  ncclTopoCompute()
${ray}     @     0x7f00aa00cc00  1000  (unknown)
${ray} Fatal Python error: Segmentation fault
${ray}
${ray} Stack (most recent call first):
${ray}   File "/opt/vllm/pynccl_wrapper.py", line 12 in ncclAllReduce`;
const lostActor = `ERROR 05-06 14:20:15 [core.py:387] EngineCore hit an exception: Traceback (most recent call last):
ERROR 05-06 14:20:15 [core.py:387]   File "/opt/vllm/core.py", line 1, in run
ERROR 05-06 14:20:15 [core.py:387]     raise value
ERROR 05-06 14:20:15 [core.py:387] ray.exceptions.ActorDiedError: The actor died unexpectedly before finishing this task.
Killed`;

describe('native code that crashed', () => {
  test('is the cause, with its place, of what the others report of it', () => {
    const finding = headline(`${segfault}\n${lostActor}`);
    expect(finding?.code).toBe('log.process-crashed');
    expect(finding?.message).toMatch(
      /SIGSEGV.*in ncclTopoCompute\(\), below NCCL, process RayWorkerWrapper pid=77, ip=10\.9\.8\.7/,
    );
    expect(finding?.remedy).toContain('version of NCCL');
  });

  test('is not survived because other ranks log their next phases', () => {
    const phases = `${ray} INFO 05-06 14:19:54 [monitor.py:33] torch.compile takes 20.18 s in total
INFO 05-06 14:19:59 [kv_cache_utils.py:634] GPU KV cache size: 34,624 tokens
INFO 05-06 14:19:59 [gpu_model_runner.py:1620] Graph capturing finished in 26 secs, took 0.55 GiB`;
    expect(headline(`${segfault}\n${phases}\n${lostActor}`)?.code).toBe('log.process-crashed');
  });

  test('is not hidden by the lost connections of the other ranks, whatever stands in front of their tracebacks', () => {
    const text = `Caught signal 11 (Segmentation fault: address not mapped to object at address 0x8)
==== backtrace (tid: 12) ====
 0 0x0000000000042520 __sigaction()  ???:0
 1 0x000000000004aa8a flushQueue()  /build/nccl/src/queue.cc:10
=================================
[2025-01-08 11:17:51 TP7] Scheduler hit an exception: Traceback (most recent call last):
  File "/opt/sglang/scheduler.py", line 10, in run
    work.wait()
RuntimeError: [../gloo/transport/tcp/pair.cc:534] Connection closed by peer [10.0.0.1]:26496

Killed`;
    expect(headline(text, sglang)?.message).toContain('in flushQueue(), below NCCL');
  });

  test('after an exception it is only the end of it', () => {
    expect(headline(`ValueError: no such layer\n${segfault}`)?.message).toContain('ValueError: no such layer');
  });

  test('its place is not taken from the traceback of another failure', () => {
    const text = `*** SIGBUS received at time=17 on cpu 1 ***
Traceback (most recent call last):
  File "/opt/a.py", line 1, in outer
  File "/opt/b.py", line 2 in inner`;
    expect(headline(text)?.message).not.toContain('inner');
  });
});

describe('a death that a shell prints', () => {
  test('after an error of its own is a consequence', () => {
    const text = `llama_model_load: error loading model: error loading model vocabulary: no such list
/start.sh: line 4:    13 Segmentation fault      ./llama-server "$@"`;
    expect(headline(text, llamacpp)?.message).toContain('no such list');
  });

  test('after a time-out of a collective operation is a consequence', () => {
    const text = `[rank1]:[E611 01:51:09.940883637 ProcessGroupNCCL.cpp:616] [Rank 1] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=7, OpType=ALLREDUCE, NumelIn=8, NumelOut=8, Timeout(ms)=600000) ran for 600010 milliseconds before timing out.
Fatal Python error: Aborted
/start.sh: line 4:    13 Aborted (core dumped) vllm serve`;
    expect(headline(text)?.code).toBe('vllm.nccl');
    expect(headline(text, sglang)?.code).toBe('sglang.nccl');
    const alone = headline(text.split('\n').at(1) ?? '', sglang);
    expect(alone?.message).toBe('A process of SGLang aborted: it ended itself after an error.');
  });

  test('an abort alone has its reason in front of this text', () => {
    expect(headline('#11  0x0000000000428dbd in main ()\nAborted (core dumped)')?.message).toContain(
      'after an error that this text does not have',
    );
  });
});

describe('what the network library says', () => {
  const plugin =
    'node1:30:30 [0] NCCL INFO NET/Plugin: Plugin load returned 2 : libnccl-net.so: cannot open shared object file: No such file or directory';
  const warning = 'node1:30:30 [0] misc/wrap.cc:18 NCCL WARN fooGetHandle() failed: Not Supported';
  const cut = `Traceback (most recent call last):
  File "/opt/vllm/worker.py", line 5, in init_device
    init_group()`;

  test('in its trace is never a cause', () => {
    expect(diagnose(`${plugin}\nnode1:30:30 [0] NCCL INFO Using network Socket`).exit).not.toBe('failed');
  });

  test('as a warning is the reason of a traceback that is cut', () => {
    const finding = headline(`${plugin}\n${warning}\n${cut}`);
    expect(finding?.message).toContain('NCCL WARN fooGetHandle() failed: Not Supported');
    expect(finding?.message).not.toContain('node1');
  });

  test('as a warning comes before the error that only has its number', () => {
    const finding = headline(
      `${warning}\n${cut}\nRuntimeError: NCCL error: unhandled system error (run with NCCL_DEBUG=INFO for details)`,
    );
    expect(finding?.message).toContain('fooGetHandle()');
  });

  test('about an optional part is no reason', () => {
    const text = `node1:30:30 [0] misc/ibvwrap.cc:1 NCCL WARN Call to open libibverbs.so failed\n${cut}`;
    expect(headline(text)?.code).toBe('log.cut-in-traceback');
  });
});

describe('an exception in several parts', () => {
  test('that wraps the traceback of a subprocess is not the cause, but what that one raised', () => {
    const text = `Traceback (most recent call last):
  File "/opt/a.py", line 1, in run
    raise RuntimeError(f"Error raised in subprocess: {text}")
RuntimeError: Error raised in subprocess:
<frozen runpy>:128: RuntimeWarning: 'x' found in sys.modules
Traceback (most recent call last):
  File "/opt/b.py", line 2, in load
    os.mkdir(path)
LookupError: no entry for 77`;
    expect(headline(text)?.message).toContain('LookupError: no entry for 77');
  });

  test('of a group is the one that it carries', () => {
    const text = `  + Exception Group Traceback (most recent call last):
  |   File "/opt/a.py", line 1, in run
  |     await serve()
  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/opt/b.py", line 2, in load
    |     raise LookupError(name)
    | LookupError: no entry for 77
    +------------------------------------`;
    expect(headline(text)?.message).toContain('LookupError: no entry for 77');
  });

  test('that only asserts has its condition, over several lines too', () => {
    const text = (condition: string) => `ERROR 05-02 09:48:39 [engine.py:160] Traceback (most recent call last):
ERROR 05-02 09:48:39 [engine.py:160]   File "/opt/a.py", line 5, in apply
${condition}
ERROR 05-02 09:48:39 [engine.py:160]     ^^^^^^^^^^^^^^^^^
ERROR 05-02 09:48:39 [engine.py:160] AssertionError`;
    const first = 'ERROR 05-02 09:48:39 [engine.py:160]     assert (width % 16 == 0 and';
    expect(
      headline(text(`${first}\nERROR 05-02 09:48:39 [engine.py:160]         height % 16 == 0)`))?.message,
    ).toContain('AssertionError (assert (width % 16 == 0 and height % 16 == 0))');
  });

  test('keeps what the next lines say, as far as they belong to it', () => {
    const text = `Traceback (most recent call last):
  File "/opt/a.py", line 5, in apply
    check()
FluxError: The field is larger than
the coil allows.
Please lower the field.
Something else begins.`;
    expect(headline(text)?.message).toMatch(/larger than the coil allows\. Please lower the field\.$/);
    const logged = (line: string) => `ERROR 05-02 09:48:39 [engine.py:160] ${line}`;
    const joined = [
      'Traceback (most recent call last):',
      '  File "/opt/a.py", line 5, in apply',
      '    check()',
      'FluxError: Bad.',
      'The coil is 7.',
    ];
    expect(headline(`${joined.map(logged).join('\n')}\nERROR 05-02 09:48:40 [launcher.py:2] Bye.`)?.message).toMatch(
      /Bad\. The coil is 7\.$/,
    );
  });
});

test('a handler of signals that names the address tells of a crash', () => {
  const found = headline('PID 4711 received SIGSEGV for address: 0x1\n/lib/libx.so(+0x32)[0x7f82483dc236]');
  expect(found?.code).toBe('log.process-crashed');
});

test('an excerpt of a server whose cache is full is of one that serves', () => {
  const full = 'update_slots : failed to find free space in the KV cache, retrying with smaller n_batch = 256';
  const found = diagnose(full, llamacpp);
  expect(found.exit).toBe('serving');
  expect(found.findings.map(({code}) => code)).toEqual(['llamacpp.kv-cache-full']);
});

describe('a traceback that is cut', () => {
  const error = 'ERROR 05-06 14:20:15 [core.py:387]';
  const cut = [
    `${error} EngineCore encountered a fatal error.`,
    `${error} Traceback (most recent call last):`,
    `${error}   File "/opt/vllm/core.py", line 531, in run`,
    `${error}     self.handle(request)`,
  ];

  test('below the end of a worker only passes that on', () => {
    const died =
      'ERROR 05-06 14:20:14 [multiproc_executor.py:135] Worker proc VllmWorker-3 died unexpectedly, shutting down.';
    expect(headline([died, ...cut].join('\n'))?.code).toBe('vllm.worker-died');
    expect(headline(cut.slice(1).join('\n'))?.code).toBe('log.cut-in-traceback');
  });

  test('below the rest of an error of CUDA needs the lines above that', () => {
    const rest = `${error} CUDA kernel errors might be asynchronously reported at some other API call, so the stacktrace below might be incorrect.`;
    const found = headline([rest, `${error} For debugging consider passing CUDA_LAUNCH_BLOCKING=1`, ...cut].join('\n'));
    expect(found?.code).toBe('vllm.cuda-error-cut');
    expect(found?.remedy).toContain('above');
    const named = `${error} torch.AcceleratorError: CUDA error: an illegal memory access was encountered`;
    expect(headline([named, rest].join('\n'))?.code).not.toBe('vllm.cuda-error-cut');
  });

  test('is no message by the code that would have put one together', () => {
    const found = diagnose(
      [
        'Traceback (most recent call last):',
        '  File "/opt/x.py", line 3, in f',
        '    raise RuntimeError(f"NCCL error: {name}")',
        'RuntimeError: NCCL error: odd link',
      ].join('\n'),
    );
    expect(found.findings[0]?.evidence).toMatch(/^line 4:/);
  });
});
