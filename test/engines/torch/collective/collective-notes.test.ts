import {describe, expect, test} from 'vitest';
import {findingSchema} from '../../../../src/domain/diagnosis/finding.ts';
import {createLogInterpreter} from '../../../../src/engines/log/log-interpreter.ts';
import {sglang} from '../../../../src/engines/sglang/sglang.ts';
import {CollectiveNotes} from '../../../../src/engines/torch/collective/collective-notes.ts';
import {readLines} from '../../../sources/pasted-text/read-lines.ts';
import {firstFinding, timeOut} from './rank-logs.ts';

const sglangStart = (tp: number, nodes = 1): string =>
  `[2026-05-03 11:02:10] server_args=ServerArgs(model_path='/models/k2', tp_size=${tp}, pp_size=1, nnodes=${nodes}, node_rank=0)`;
const sglangRanks = (count: number): readonly string[] =>
  Array.from({length: count}, (_, rank) => `[2026-05-03 11:02:31 TP${rank}] Init torch distributed begin.`);
const vllmWorker = (rank: number, size: number): string =>
  `(Worker_TP${rank} pid=${400 + rank}) INFO 05-03 11:02:31 [parallel_state.py:1325] world_size=${size} rank=${rank} local_rank=${rank % 8} distributed_init_method=tcp://10.0.0.5:29501 backend=nccl`;

describe('the rank that never arrived is the cause', () => {
  test('it has lines in the log, and no report of its own', () => {
    const {finding, facts} = firstFinding([
      sglangStart(4),
      ...sglangRanks(4),
      ...[0, 1, 3].flatMap((rank) => timeOut({rank, sequence: 120})),
    ]);
    expect(finding.code).toBe('sglang.nccl');
    expect(facts).toMatchObject({verdict: 'silent', missingRanks: [2], unseenRanks: [], worldSize: 4});
    expect(finding.message).toMatch(/^Ranks 0, 1 and 3 waited 10m 00s in ALLREDUCE \(operation 120\); rank 2/);
    expect(finding.remedy).toMatch(/log of rank 2, whose lines have " TP2\]".*Xid.*longer time-out does not help/);
  });

  test('its log is that of another node, which is named', () => {
    const {finding, facts} = firstFinding([
      sglangStart(16, 2),
      ...sglangRanks(8),
      ...Array.from({length: 8}, (_, rank) => timeOut({rank, sequence: 2})).flat(),
    ]);
    const peers = [8, 9, 10, 11, 12, 13, 14, 15];
    expect(facts).toMatchObject({verdict: 'not-in-text', missingRanks: peers, unseenRanks: peers, nodeCount: 2});
    expect(facts?.waiting).toHaveLength(8);
    expect(finding.message).toMatch(/nothing in this log is of ranks 8-15: one of them did not arrive\.$/);
    expect(finding.remedy).toMatch(/log of ranks 8-15 from the node with --node-rank 1/);
  });

  test('it had not begun the operation that the others waited in', () => {
    const {finding, facts} = firstFinding([
      vllmWorker(0, 4),
      ...[0, 1, 2].flatMap((rank) => timeOut({rank, sequence: 79, prefix: `(Worker_TP${rank} pid=40${rank}) `})),
      ...timeOut({rank: 3, sequence: 77, operation: 'ALLGATHER', numbers: 'NumelIn=8, NumelOut=32'}),
    ]);
    expect(finding.code).toBe('vllm.nccl');
    expect(facts).toMatchObject({verdict: 'behind', missingRanks: [3], worldSize: 4});
    expect(finding.message).toBe(
      'Ranks 0-2 waited 10m 00s in ALLREDUCE (operation 79); rank 3 had not begun it: there is the cause.',
    );
    expect(finding.remedy).toMatch(/"\(Worker_TP3"/);
  });

  test('ranks of a group have their number in the engine, and only operations of one group are compared', () => {
    const {facts} = firstFinding([
      vllmWorker(8, 16),
      ...timeOut({rank: 9, inner: 1, sequence: 52, group: 'PG ID 12 PG GUID 100(EXPERT)'}),
      ...timeOut({rank: 8, inner: 0, sequence: 9, group: 'PG ID 3 PG GUID 7(TP)'}),
      'terminate called after throwing an instance of \u2018c10::DistBackendError\u2019',
      '  what():  [PG ID 12 PG GUID 100(EXPERT) Rank 1] Process group watchdog thread terminated with exception: [Rank 1] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=52, OpType=ALLREDUCE, NumelIn=7168, NumelOut=7168, Timeout(ms)=600000) ran for 600013 milliseconds before timing out.',
    ]);
    expect(facts?.waiting.map(({rank, group}) => [rank, group])).toEqual([
      [8, '7(TP)'],
      [9, '100(EXPERT)'],
    ]);
    expect(facts?.verdict).not.toBe('behind');
  });

  test('by the log itself', () => {
    const named: readonly (readonly [string, string, readonly number[]])[] = [
      ['RuntimeError: [Rank 0]: Ranks 1, 3 failed to pass monitoredBarrier in 300000 ms', 'collective-timeout', [1, 3]],
      ['RuntimeError: [Rank 0]: Rank 1 failed to pass monitoredBarrier in 2000 ms', 'collective-timeout', [1]],
      [
        'torch.distributed.DistStoreError: Timed out waiting on barrier on rank 0, for key prefix: ready/1 (world_size=4, missing_ranks=[2, 3], timeout=300)',
        'rendezvous-timeout',
        [2, 3],
      ],
      [
        "torch.distributed.DistBackendError: [3] is setting up NCCL communicator and retrieving ncclUniqueId from [0] via c10d key-value store by key '0', but store->get('0') got error: Failed to recv, got 0 bytes. Connection was likely closed.",
        'rendezvous-timeout',
        [0],
      ],
    ];
    for (const [said, code, ranks] of named) {
      const {finding, facts} = firstFinding([
        `(Worker_TP2 pid=7) ERROR 05-03 11:20:31 [multiproc_executor.py:597] ${said}`,
      ]);
      expect(finding.code).toBe(`vllm.${code}`);
      expect(facts, said).toMatchObject({verdict: 'stated', missingRanks: ranks});
      expect(finding.message).toMatch(/By the log itself, ranks? [\d and]+ did not arrive\.$/);
    }
    const desync = firstFinding([
      sglangStart(2),
      ...timeOut({rank: 0, sequence: 5}),
      '\t - To our best knowledge, the lagging/dead/mismatched ranks that caused the desync are:',
      "\t     [1] finished collective #4, but didn't join collective #5 (count from 1)",
      ...timeOut({rank: 0, sequence: 5}),
    ]);
    expect(desync.facts).toMatchObject({verdict: 'stated', missingRanks: [1]});
    expect(desync.finding.message).toMatch(/by the log itself, rank 1 did not arrive\.$/);
  });
});

describe('where no rank is missing, none is blamed', () => {
  test('all of the group, whose size the operation tells, had begun it', () => {
    const {finding, facts} = firstFinding(
      [0, 1].flatMap((rank) =>
        timeOut({
          rank,
          sequence: 19,
          enqueued: 20,
          operation: '_ALLGATHER_BASE',
          numbers: 'NumelIn=100, NumelOut=200',
          prefix: `(Worker_TP${rank} pid=40${rank}) `,
        }),
      ),
    );
    expect(facts).toMatchObject({verdict: 'none-missing', missingRanks: [], worldSize: null});
    expect(finding.remedy).toMatch(/nvlink.*NCCL_P2P_DISABLE=1/);
  });

  test('ranks do different things under the same number', () => {
    const {finding, facts} = firstFinding([
      sglangStart(4),
      ...[0, 1, 2].flatMap((rank) => timeOut({rank, sequence: 6})),
      ...timeOut({rank: 3, sequence: 6, operation: 'BROADCAST'}),
    ]);
    expect(facts).toMatchObject({verdict: 'mismatch', missingRanks: [3]});
    expect(finding.remedy).toMatch(/the same on every node/);
  });

  test('the number of ranks is unknown', () => {
    const {finding, facts} = firstFinding([
      '(RayWorkerWrapper pid=5085) [E ProcessGroupNCCL.cpp:475] [Rank 4] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=20518, OpType=ALLREDUCE, TensorShape=[1, 7168], Timeout(ms)=1800000) ran for 1800270 milliseconds before timing out.',
    ]);
    expect(facts).toMatchObject({verdict: 'unknown', missingRanks: []});
    expect(facts?.waiting).toEqual([
      {
        rank: 4,
        group: null,
        sequence: 20_518,
        operation: 'ALLREDUCE',
        waitedMs: 1_800_270,
        lastEnqueued: null,
        lastCompleted: null,
      },
    ]);
    expect(finding.message).toMatch(/^Rank 4 waited 30m 00s.*does not tell which rank did not arrive\.$/);
  });

  test('ranks gave up in operations with other numbers, of groups that old versions do not name', () => {
    const line = (rank: number, sequence: number): string =>
      `[E ProcessGroupNCCL.cpp:458] [Rank ${rank}] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=${sequence}, OpType=ALLREDUCE, Timeout(ms)=1800000) ran for 1800613 milliseconds before timing out.`;
    const {finding, facts} = firstFinding([line(0, 961), line(0, 958), line(7, 640)]);
    expect(facts).toMatchObject({verdict: 'unknown', missingRanks: []});
    expect(finding.message).toMatch(/in different operations \(rank 0: ALLREDUCE 961; rank 7: ALLREDUCE 640\)/);
  });

  test('Ray shows the same line of several ranks once', () => {
    const [first = '', second = ''] = timeOut({rank: 1, sequence: 3, prefix: '(RayWorkerWrapper pid=9, ip=10.0.0.7) '});
    const {finding, facts} = firstFinding([vllmWorker(0, 4), `${first} [repeated 2x across cluster]`, second]);
    expect(facts).toMatchObject({verdict: 'unknown', isDeduplicated: true});
    expect(finding.remedy).toMatch(/RAY_DEDUP_LOGS=0/);
  });

  test('the first rank to give up ended the others: each of many silent ones may be the cause', () => {
    const {finding, facts} = firstFinding([sglangStart(4), ...sglangRanks(4), ...timeOut({rank: 1, sequence: 3})]);
    expect(facts).toMatchObject({verdict: 'silent', missingRanks: [0, 2, 3]});
    expect(finding.message).toMatch(/is among them \(ranks 0, 2 and 3\)\.$/);
  });
});

/** Of all versions, the words by which a rank says in which operation it is. */
const positions: readonly string[] = [
  '[rank1]:[E ProcessGroupNCCL.cpp:1537] [PG 2 Rank 1] Timeout at NCCL work: 7, last enqueued NCCL work: 9, last completed NCCL work: 6.',
  '[rank1]:[E1001 16:06:04.5 ProcessGroupNCCL.cpp:1664] [PG 0 (default_pg) Rank 1] Exception (either an error or timeout) detected by watchdog at work: 7, last enqueued NCCL work: 9, last completed NCCL work: 6.',
  '[rank1]:[E207 01:29:36.7 ProcessGroupNCCL.cpp:1834] [PG ID 0 PG GUID 0(default_pg) Rank 1] Timeout at NCCL work: 7, last enqueued NCCL work: 9, last completed NCCL work: 6.',
  '[rank1]:[E822 16:31:16.1 ProcessGroupNCCL.cpp:2271] [PG ID 4 PG GUID 67 Rank 1]  failure detected by watchdog at work sequence id: 7 PG status: last enqueued work: 9, last completed work: 6',
];

test.each(positions)('is read in the form of every version: %s', (line) => {
  const {finding, facts} = firstFinding([line]);
  expect(finding.code).toBe('common.nccl');
  expect(facts?.waiting).toMatchObject([{rank: 1, sequence: 7, lastEnqueued: 9, lastCompleted: 6}]);
});

test('a rank that only dumps what it knows did not wait', () => {
  const {facts} = firstFinding([
    sglangStart(2),
    '[rank0]:[E626 05:14:36.3 ProcessGroupNCCL.cpp:1746] [PG ID 0 PG GUID 0(default_pg) Rank 0] Received a dump signal due to a collective timeout from rank 1 and we will try our best to dump the debug info. Last enqueued NCCL work: 6, last completed NCCL work: 6.This is most likely caused by incorrect usages of collectives',
    ...timeOut({rank: 1, sequence: 7, group: 'PG ID 0 PG GUID 0(default_pg)'}),
  ]);
  expect(facts).toMatchObject({verdict: 'behind', missingRanks: [0]});
  expect(facts?.waiting.map(({rank}) => rank)).toEqual([1]);
});

test('a start that waits for ranks names those of which there is nothing, and the address of a lost peer is kept', () => {
  const timedOut = firstFinding([
    vllmWorker(0, 2),
    '(Worker_TP0 pid=400) ERROR 05-03 11:20:31 [multiproc_executor.py:597] torch.distributed.DistStoreError: Timed out after 601 seconds waiting for clients. 1/2 clients joined.',
  ]);
  expect(timedOut.finding.code).toBe('vllm.rendezvous-timeout');
  expect(timedOut.facts).toMatchObject({verdict: 'not-in-text', missingRanks: [1], worldSize: 2});
  expect(timedOut.finding.message).toMatch(/^1 of 2 processes arrived.*Nothing in this log is of rank 1\.$/);
  expect(timedOut.finding.remedy).toMatch(/^Get the log of rank 1, .*VLLM_HOST_IP/);

  const barrier = firstFinding([
    'torch.distributed.DistStoreError: Timed out initializing process group in store based barrier on rank: 0, for key: store_based_barrier_key:1 (world_size=16, worker_count=8, timeout=0:30:00)',
  ]);
  expect(barrier.finding.message).toMatch(/8 of 16/);

  const closed = readLines([
    vllmWorker(0, 2),
    '(Worker_TP0 pid=400) ERROR 05-03 11:20:31 [multiproc_executor.py:597] RuntimeError: [/pytorch/third_party/gloo/gloo/transport/tcp/pair.cc:547] Connection closed by peer [10.0.0.6]:33812',
  ]);
  const [headline, consequence] = closed?.findings ?? [];
  expect(headline).toMatchObject({code: 'log.peer-lost', remedy: expect.stringMatching(/^Get the log of rank 1/)});
  expect(consequence).toMatchObject({
    code: 'vllm.peer-closed',
    message: expect.stringContaining('The peer was 10.0.0.6:33812.'),
    details: {peer: '10.0.0.6:33812', missingRanks: [1]},
  });
});

test('the address of a node of Ray is that of its ranks', () => {
  const {finding} = firstFinding([
    vllmWorker(0, 4),
    ...[0, 1].flatMap((rank) => timeOut({rank, sequence: 8})),
    '(RayWorkerWrapper pid=91, ip=10.0.0.7) [rank2]: loading',
    '(RayWorkerWrapper pid=92, ip=10.0.0.7) [rank3]: loading',
    ...timeOut({rank: 0, sequence: 8}),
  ]);
  expect(finding.remedy).toMatch(/^Get the log of ranks 2 and 3 from 10\.0\.0\.7,/);
});

test('time-outs of gloo, and of PyTorch\u2019s own watchdog, say what they are', () => {
  const recv = firstFinding([
    'RuntimeError: [/pytorch/third_party/gloo/gloo/transport/tcp/unbound_buffer.cc:78] Timed out waiting 1800000ms for recv operation to complete',
  ]);
  expect(recv.finding).toMatchObject({code: 'common.collective-timeout', message: expect.stringContaining('30m 00s')});
  const stuck = firstFinding([
    "[rank7]:[E626 05:14:36.3 ProcessGroupNCCL.cpp:1743] [PG ID 0 PG GUID 0(default_pg) Rank 7] ProcessGroupNCCL's watchdog got stuck for 480 seconds without making progress in monitoring enqueued collectives. This typically indicates a NCCL/CUDA API hang blocking the watchdog",
  ]);
  expect(stuck.finding).toMatchObject({
    code: 'common.nccl',
    message: expect.stringMatching(/^Rank 7 was blocked for 8m 00s/),
  });
  const unknown = firstFinding([
    'torch.distributed.DistBackendError: NCCL error in: ../torch/csrc/distributed/c10d/NCCLUtils.hpp:268, unhandled system error (run with NCCL_DEBUG=INFO for details), NCCL version 2.28.9',
  ]);
  expect(unknown.finding.remedy).toMatch(/NCCL_DEBUG=INFO and NCCL_DEBUG_SUBSYS.*TORCH_DISTRIBUTED_DEBUG=DETAIL/);
});

test('what another start logged is forgotten, and a finding on other things stays as it is', () => {
  const lines = [
    sglangStart(2),
    ...timeOut({rank: 0, sequence: 5}),
    '[2026-05-03 11:21:00 TP0] Load weight begin. avail mem=78.10 GB',
    sglangStart(4),
    ...sglangRanks(4),
    ...[0, 1, 2].flatMap((rank) => timeOut({rank, sequence: 90})),
  ];
  expect(firstFinding(lines).facts).toMatchObject({missingRanks: [3], worldSize: 4});
  const memory = readLines([
    sglangStart(2),
    '[2026-05-03 11:21:00 TP0] torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 896.00 MiB. GPU 0 has a total capacity of 79.11 GiB of which 312.06 MiB is free.',
    ...timeOut({rank: 1, sequence: 5}),
  ]);
  expect(memory?.findings[0]?.code).toMatch(/out-of-memory/);
  expect(memory?.findings[0]).not.toHaveProperty('details');
});

test('a log that is followed knows more with every line, and its findings are valid documents', () => {
  const interpret = createLogInterpreter(sglang);
  const messages = [sglangStart(2), ...sglangRanks(2), ...timeOut({rank: 0, sequence: 5})].flatMap((text, index) =>
    interpret({text, number: index + 1}, index).flatMap((event) => (event.type === 'failure' ? [event.finding] : [])),
  );
  expect(messages.length).toBeGreaterThan(1);
  for (const finding of messages) expect(findingSchema.safeParse(finding).error).toBeUndefined();
  expect(messages.at(-1)?.message).toContain('rank 1');
});

test('memory is bounded, whatever the ranks', () => {
  const notes = new CollectiveNotes();
  for (let rank = 0; rank < 20_000; rank += 1) for (const line of timeOut({rank, sequence: 5})) notes.take(line);
  const finding = {
    code: 'vllm.nccl',
    severity: 'critical',
    message: 'm',
    evidence: null,
    remedy: 'r',
    settingsChange: null,
  } as const;
  const {details} = notes.explain(finding, {rankMark: null});
  expect(JSON.stringify(details).length).toBeLessThan(1_000_000);
});
