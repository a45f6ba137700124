import {describe, expect, test} from 'vitest';
import {detailsOf} from '../../../../src/domain/diagnosis/details/details.ts';
import {findingSchema} from '../../../../src/domain/diagnosis/finding.ts';
import {readLines} from '../read-lines.ts';

const codesOf = (lines: readonly string[]): readonly string[] =>
  (readLines(lines)?.findings ?? []).map(({code, severity}) => `${severity} ${code}`);

const auxHeader = 'USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND';
const fullHeader = 'UID          PID    PPID  C STIME TTY          TIME CMD';
const ownHeader = '    PID    PPID STAT WCHAN                    CMD';
const init = 'root           1  0.0  0.0 167512 11020 ?        Ss   Sep01   0:12 /sbin/init splash';
const aux = (pid: number, state: string, command: string): string =>
  `ops      ${String(pid).padStart(7)} 98.0  1.2 151343164 9757756 ?   ${state.padEnd(4)} 10:02  88:23 ${command}`;
const full = (pid: number, parent: number, command: string): string =>
  `ops       ${String(pid).padStart(6)} ${String(parent).padStart(7)}  4 10:02 ?        00:12:12 ${command}`;
const own = (pid: number, parent: number, state: string, waitsIn: string, command: string): string =>
  `${String(pid).padStart(7)} ${String(parent).padStart(7)} ${state.padEnd(4)} ${waitsIn.padEnd(24)} ${command}`;
const systemd = 'root           1       0  0 Aug30 ?        00:01:12 /usr/lib/systemd/systemd --switched-root --system';

describe('workers without the program that they work for', () => {
  const orphaned: Readonly<Record<string, readonly string[]>> = {
    'by ps -ef': [
      fullHeader,
      systemd,
      full(310_441, 1, 'sglang::scheduler_TP0'),
      full(310_442, 1, 'sglang::detokenizer'),
    ],
    'by ps -eo, with a start of several words': [
      '    PID    PPID STAT                  STARTED CMD',
      '  77637       1 R    Wed Sep 17 12:51:13 2025 VLLM::EngineCore',
    ],
    'adopted by the shell that had started the server': [
      ownHeader,
      own(21_913, 900, 'Ss', 'do_wait', '-bash'),
      own(22_260, 21_913, 'Sl', 'ep_poll', 'VLLM::EngineCore'),
      own(22_300, 22_260, 'Rl', '-', 'VLLM::Worker_TP0'),
    ],
    'adopted by the manager of a session': [
      ownHeader,
      own(1_201, 1, 'Ss', 'ep_poll', '/usr/lib/systemd/systemd --user'),
      own(22_260, 1_201, 'Sl', 'ep_poll', 'VLLM::EngineCore'),
    ],
    'with a server that is dead and not reaped': [
      ownHeader,
      own(4_100, 4_000, 'Z', '-', '[vllm] <defunct>'),
      own(4_200, 4_100, 'Sl', 'ep_poll', 'VLLM::EngineCore'),
    ],
    'in a tree, at its top': [
      auxHeader,
      init,
      aux(20_441, 'Ssl', '/opt/v/bin/python /opt/v/bin/vllm serve /models/k2'),
      aux(20_502, 'Sl', ' \\_ VLLM::EngineCore'),
      aux(20_503, 'Rl', '     \\_ VLLM::Worker_TP0'),
      aux(30_502, 'Sl', 'VLLM::EngineCore'),
      aux(30_503, 'Rl', ' \\_ VLLM::Worker_TP0'),
    ],
    'of a run before the one that serves': [
      fullHeader,
      systemd,
      full(4_000, 900, 'python3 -m sglang.launch_server --model-path /m --tp 1'),
      full(4_100, 4_000, 'sglang::scheduler_TP0'),
      full(3_100, 1, 'sglang::scheduler_TP0'),
    ],
    'by ps aux of a whole host without a server': [auxHeader, init, aux(210_441, 'Sl', 'VLLM::EngineCore')],
    'without a header, filtered by a word': [
      full(310_441, 1, 'VLLM::EngineCore'),
      full(310_500, 310_441, 'VLLM::Worker_TP0'),
      full(310_501, 310_441, 'VLLM::Worker_TP1'),
      full(410_000, 1_200, 'grep --color=auto VLLM'),
    ],
  };

  test.each(Object.entries(orphaned))('%s', (_, lines) => {
    const text = readLines(lines);
    expect(text).toMatchObject({kind: 'process-list', exit: 'failed'});
    const finding = text?.findings.find(({code}) => code === 'host.workers-orphaned');
    expect(finding).toMatchObject({severity: 'critical', message: expect.stringContaining('GPU memory for nothing')});
    expect(findingSchema.safeParse(finding).error).toBeUndefined();
    expect(finding?.remedy).toMatch(/kill \d+.*kill -9.*nvidia-smi/);
  });

  test('are named by the one that the others are children of', () => {
    const {findings = []} = readLines(orphaned['in a tree, at its top'] ?? []) ?? {};
    expect(findings.map((finding) => detailsOf(finding, 'host.workers-orphaned')?.pids)).toEqual([[30_502]]);
  });

  test('may have their server as the first process, which a filter left out: nothing is claimed', () => {
    const text = readLines([full(133, 1, 'VLLM::EngineCore'), full(240, 133, 'VLLM::Worker_TP0')]);
    expect(text?.exit).toBe('no-failure');
    expect(text?.findings).toMatchObject([{code: 'host.workers-orphaned', severity: 'warning'}]);
  });
});

test('of workers whose parent is not in the list, it is reported how to find out', () => {
  const text = readLines([
    '  22260   21913 VLLM::EngineCore',
    '  22300   22260 VLLM::Worker_TP0',
    '  22301   22260 VLLM::Worker_TP1',
  ]);
  expect(text).toMatchObject({kind: 'process-list', exit: 'no-failure', findings: []});
  expect(text?.kind === 'process-list' ? text.summary.join(' ') : '').toMatch(
    /no server.*ps -eo pid,ppid,stat,wchan:32,args/,
  );
});

describe('a part of an engine without the other one that it needs, in a list that does not say whose children they are', () => {
  const schedulers = [aux(4_711, 'Sl', 'sglang::scheduler_TP0'), aux(4_712, 'Sl', 'sglang::detokenizer')];
  const server = aux(4_700, 'Sl', '/usr/bin/python3 /usr/local/bin/vllm serve /models/k2 --tensor-parallel-size 8');
  const young = server.replace('88:23', ' 0:41');
  const tracker = aux(4_701, 'S', '/usr/bin/python3 -c from multiprocessing.resource_tracker import main;main(24)');
  const grep = (words: string): string => aux(9_000, 'S+', `grep --color=auto ${words}`);

  test.each([
    ['workers below the header of ps', [auxHeader, ...schedulers], 'host.workers-orphaned'],
    ['workers in a list filtered by the name of the engine', [...schedulers, grep('sglang')], 'host.workers-orphaned'],
    ['the same without case', [aux(4_711, 'Sl', 'VLLM::EngineCore'), grep('-i vllm')], 'host.workers-orphaned'],
    ['a server below the header of ps', [auxHeader, server, tracker], 'host.server-without-workers'],
    [
      'a server among other programs',
      [auxHeader, init, server, aux(9_001, 'R+', 'ps aux')],
      'host.server-without-workers',
    ],
    [
      'a server and its workers without the core between them',
      [auxHeader, server, aux(4_713, 'Rl', 'VLLM::Worker_TP0'), aux(4_714, 'Rl', 'VLLM::Worker_TP1')],
      'host.server-without-workers',
    ],
  ])('is a failure: %s', (_, lines, code) => {
    const text = readLines(lines);
    expect(text).toMatchObject({kind: 'process-list', exit: 'failed', findings: [{code, severity: 'critical'}]});
    expect(findingSchema.safeParse(text?.findings[0]).error).toBeUndefined();
    expect(text?.findings[0]?.message).toMatch(/unless (?:it was|they were) left out, (?:it is|they are) gone/);
  });

  test.each([
    ['workers without a header', schedulers, 'host.workers-orphaned'],
    ['workers filtered by a word of theirs', [...schedulers, grep('scheduler')], 'host.workers-orphaned'],
    [
      'workers in top, which shows only some',
      [
        '    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND',
        '   4711 root      20   0   90.1g   2.3g   1.1g S  98.0   0.5   5:00.12 sglang::schedul',
      ],
      'host.workers-orphaned',
    ],
    ['a server that may have been started just now', [auxHeader, young], 'host.server-without-workers'],
    [
      'a server filtered by a name that its workers have in capitals',
      [auxHeader, server, grep('vllm')],
      'host.server-without-workers',
    ],
  ])('is a warning where it may be left out, or come: %s', (_, lines, code) => {
    expect(readLines(lines)).toMatchObject({exit: 'no-failure', findings: [{code, severity: 'warning'}]});
  });

  test.each([
    ['a server with its core', [auxHeader, server, aux(4_711, 'Sl', 'VLLM::EngineCore')]],
    [
      'a server with its core and workers',
      [auxHeader, server, aux(4_711, 'Sl', 'VLLM::EngineCore'), aux(4_713, 'Rl', 'VLLM::Worker_TP0')],
    ],
    [
      'a node whose workers have their core on another one',
      [
        auxHeader,
        aux(4_700, 'Sl', '/venv/bin/python3 /venv/bin/vllm serve /models/big --headless --node-rank 1'),
        aux(4_713, 'Rl', 'VLLM::Worker_TP8'),
      ],
    ],
    [
      'workers of older releases, which have no title',
      [
        auxHeader,
        server,
        aux(4_711, 'Sl', 'python3 -c from multiprocessing.spawn import spawn_main; spawn_main(tracker_fd=24)'),
      ],
    ],
    ['a core that was forked, and is called as the server is', [auxHeader, server, server.replace('4700', '4711')]],
    [
      'the command line of a container',
      [auxHeader, aux(4_700, 'Sl', 'docker run --gpus all vllm/vllm-openai vllm serve /models/k2')],
    ],
    ['an engine of one process', [auxHeader, aux(4_700, 'Sl', '/opt/llama.cpp/llama-server -m /m.gguf')]],
    ['a server without a header', [server]],
  ])('is not claimed: %s', (_, lines) => {
    expect(readLines(lines)).toMatchObject({kind: 'process-list', exit: 'no-failure', findings: []});
  });
});

describe('a healthy list has no finding', () => {
  const healthy: Readonly<Record<string, readonly string[]>> = {
    'in a container, where the server is the first process': [
      auxHeader,
      'root           1  0.3  0.2 14021320 901200 ?     Ssl  10:00   0:40 python3 -m vllm.entrypoints.openai.api_server --model /m',
      aux(132, 'S', '/usr/bin/python3 -c from multiprocessing.resource_tracker import main;main(27)'),
      aux(133, 'Sl', 'VLLM::EngineCore'),
      aux(240, 'Rl', 'VLLM::Worker_TP0'),
    ],
    'the same with parents': [
      fullHeader,
      'root           1       0  3 10:00 ?        00:00:40 /opt/venv/bin/python3 /opt/venv/bin/vllm serve /m',
      full(133, 1, 'VLLM::EngineCore'),
      full(240, 133, 'VLLM::Worker_TP0'),
    ],
    'a server that was put in the background is a child of the first process': [
      fullHeader,
      systemd,
      full(4_000, 1, 'python3 -m sglang.launch_server --model-path /m --tp 2'),
      full(4_100, 4_000, 'sglang::scheduler_TP0'),
      full(4_101, 4_000, 'sglang::scheduler_TP1'),
      full(4_102, 4_000, 'sglang::detokenizer'),
    ],
    'an engine as the library of another program': [
      fullHeader,
      systemd,
      full(4_000, 900, 'python3 evaluate.py --model /m'),
      full(4_100, 4_000, 'VLLM::EngineCore'),
    ],
    'the same in a list without parents': [
      auxHeader,
      init,
      aux(4_000, 'Sl', 'python3 evaluate.py'),
      aux(4_100, 'Rl', 'VLLM::EngineCore'),
    ],
    'a launcher between them that is no shell': [
      ownHeader,
      own(1, 0, 'Ss', 'ep_poll', '/sbin/init'),
      own(3_000, 1, 'Sl', 'ep_poll', '/usr/local/bin/raylet --node_ip_address=10.0.0.7'),
      own(3_100, 3_000, 'Rl', '-', 'ray::RayWorkerWrapper.execute_method'),
    ],
    'schedulers that were adopted while their server runs': [
      fullHeader,
      systemd,
      full(4_000, 900, 'python3 -m sglang.launch_server --model-path /m --tp 2'),
      full(4_100, 1, 'sglang::scheduler_TP0'),
      full(4_101, 1, 'sglang::scheduler_TP1'),
      full(4_102, 4_000, 'sglang::detokenizer'),
    ],
    'llama-server': [fullHeader, systemd, full(4_000, 1, '/opt/llama.cpp/llama-server -m /m.gguf --port 8080')],
  };

  test.each(Object.entries(healthy))('%s', (_, lines) => {
    expect(readLines(lines)).toMatchObject({kind: 'process-list', exit: 'no-failure', findings: []});
  });
});

describe('a process in state D', () => {
  test('waits for what the kernel says, each kind by itself', () => {
    const lines = [
      ownHeader,
      own(4_000, 900, 'Ssl', 'ep_poll', 'python3 -m sglang.launch_server --model-path /mnt/nfs/k2 --tp 4'),
      own(4_260, 4_000, 'Dl', 'rpc_wait_bit_killable', 'sglang::scheduler_TP0'),
      own(4_261, 4_000, 'Dl', 'folio_wait_bit_common', 'sglang::scheduler_TP1'),
      own(4_262, 4_000, 'D', 'os_acquire_rwlock_write', 'sglang::scheduler_TP2'),
      own(4_263, 4_000, 'Sl', 'futex_wait_queue', 'sglang::scheduler_TP3'),
    ];
    const text = readLines(lines);
    expect(text).toMatchObject({engine: 'sglang', exit: 'failed'});
    const found = text?.findings.map((finding) => detailsOf(finding, 'host.process-blocked'));
    expect(found).toEqual([
      {wait: 'driver', processes: [{pid: 4_262, name: 'sglang::scheduler_TP2', waitsIn: 'os_acquire_rwlock_write'}]},
      {
        wait: 'network-file-system',
        processes: [{pid: 4_260, name: 'sglang::scheduler_TP0', waitsIn: 'rpc_wait_bit_killable'}],
      },
      {wait: 'disk', processes: [{pid: 4_261, name: 'sglang::scheduler_TP1', waitsIn: 'folio_wait_bit_common'}]},
    ]);
    const [driver, network, disk] = text?.findings ?? [];
    expect(driver).toMatchObject({severity: 'critical', remedy: expect.stringMatching(/Xid.*reboot/)});
    expect(network).toMatchObject({severity: 'critical', remedy: expect.stringContaining('mount')});
    // Reading a model looks like that.
    expect(disk).toMatchObject({severity: 'warning'});
  });

  test('is a failure without a place too, also of the program that asks the driver, in ps and in top', () => {
    const listed = [
      auxHeader,
      init,
      aux(20_441, 'Ssl', 'vllm serve /m'),
      aux(20_502, 'Dl', 'VLLM::EngineCore'),
      aux(20_900, 'D+', 'nvidia-smi'),
    ];
    expect(codesOf(listed)).toEqual(['critical host.process-blocked']);
    expect(readLines(listed)?.findings[0]?.message).toMatch(
      /VLLM::EngineCore \(pid 20502\); nvidia-smi \(pid 20900\) wait/,
    );
    expect(
      codesOf([
        'top - 11:20:01 up 12 days,  3:01,  2 users,  load average: 18.02, 17.5, 16.1',
        'Tasks: 812 total,   3 running, 809 sleeping,   0 stopped,   0 zombie',
        '',
        '    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND',
        ' 210502 ops       20   0  144.3g   9.3g   1.1g D  98.0   1.2  88:23.11 VLLM::Worker_TP',
        ' 210503 ops       20   0  144.3g   9.3g   1.1g R  98.0   1.2  88:23.11 VLLM::Worker_TP',
        ' 210001 ops       20   0   14.3g   0.9g   0.1g S   1.0   0.2   0:41.00 vllm',
      ]),
    ).toEqual(['critical host.process-blocked']);
  });

  test('of another program is none of ours', () => {
    expect(
      codesOf([
        auxHeader,
        init,
        aux(77, 'D', '[kworker/u64:1+flush-253:0]'),
        aux(20_441, 'Ssl', 'vllm serve /m'),
        aux(20_502, 'Sl', 'VLLM::EngineCore'),
      ]),
    ).toEqual([]);
  });
});

test('dead workers are named before what else the list shows', () => {
  expect(
    codesOf([
      auxHeader,
      'root           1  0.0  0.0 50313164 757756 ?     Ssl  Mar19   8:23 python3 -m sglang.launch_server --tp 8',
      'root         101  153  0.0      0     0 ?        Z    Mar19 13793:02 [sglang::schedul] <defunct>',
      'root         102  152  0.0      0     0 ?        Dl   Mar19 13744:18 sglang::scheduler_TP1',
    ]),
  ).toEqual(['critical host.workers-defunct', 'critical host.process-blocked']);
});

test('an engine core of a host whose parent is process 1 is an orphan, with a first process that is not in the list', () => {
  const core = (pid: number) => [full(pid, 1, 'VLLM::EngineCore'), full(pid + 20, pid, 'VLLM::Worker_TP0')];
  expect(codesOf([fullHeader, ...core(2211)])).toEqual(['critical host.workers-orphaned']);
  // In a container, the first process may be the engine itself.
  expect(codesOf([fullHeader, ...core(211)])).toEqual(['warning host.workers-orphaned']);
});

test('a worker in state Z is dead, also where the list does not say that it is defunct', () => {
  const server = aux(1201, 'Sl', 'python3 -m sglang.launch_server --model-path /models/k2 --tp 8');
  const found = readLines([auxHeader, server, aux(1340, 'Zl', '[sglang::schedul]')]);
  expect(found).toMatchObject({exit: 'failed', findings: [{code: 'host.workers-defunct'}]});
  expect(found?.findings[0]?.message).toContain('(sglang::schedul <defunct>)');
});

test('a list of numbers and commands without its header has the server too, and its rows stay apart', () => {
  const rows = [
    '21950 21913 /opt/venv/bin/python /opt/venv/bin/vllm serve moonshotai/Kimi-K2.7-Code --tensor-parallel-size 2',
    '22120 21950 VLLM::EngineCore',
    '22301 22120 VLLM::Worker_TP0',
  ];
  expect(readLines(rows)).toMatchObject({kind: 'process-list', exit: 'no-failure', findings: []});
  expect(readLines(rows)).toMatchObject({summary: [expect.stringContaining('3 programs, 3 of them')]});
});
