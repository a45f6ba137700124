import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {withDetails} from '../../src/domain/diagnosis/details/details.ts';
import type {Finding} from '../../src/domain/diagnosis/finding.ts';
import type {GpuInventory, GpuSample} from '../../src/samples/gpu.ts';
import {absent} from '../../src/samples/reading.ts';
import {BYTES_PER_GIB} from '../../src/shared/units.ts';
import {exitNote} from '../../src/views/text/exit-note.ts';
import {gpusText} from '../../src/views/text/gpus-text.ts';
import {plainSnapshotText} from '../../src/views/text/plain-snapshot-text.ts';
import {buildFinding, buildGpu, buildSnapshot, TEST_NOW_MS} from '../support/build-snapshot.ts';
import {anySnapshot} from './arbitraries.ts';

const at80 = {columns: 80, nowMs: TEST_NOW_MS};

describe('a snapshot as text', () => {
  test('reads from top to bottom: up, wrong, fits, does, costs', () => {
    const findings = [buildFinding()];
    expect(`\n${plainSnapshotText(buildSnapshot({findings}), at80)}\n`).toMatchInlineSnapshot(`
      "
      gantry 0.1.0  h200-node-1  2026-11-23 12:00:00 UTC

      Server
        * ready  up 2h 00m  vLLM 0.21.0  kimi-k2.7-code  http://127.0.0.1:8000/v1
        context 262,144 | tensor parallel 8 | memory fraction 0.92 | KV auto
        pid 4242 | /health answers | progress working

      Findings (1 warning)
        ! warning GPU 3 holds 4.0 GiB that belong to python3 (pid 9911), which
          Gantry did not start.
          -> End that process, or lower the memory fraction before the next start.

      GPU memory
         0 ###################===============+|.. 130.0 / 140.4 GiB  90 %  61 C  520 W
         1 ###################===============+|.. 130.0 / 140.4 GiB  91 %  62 C  524 W
         2 ###################===============+|.. 130.0 / 140.4 GiB  92 %  63 C  528 W
         3 ###################===============+|.. 130.0 / 140.4 GiB  93 %  64 C  532 W
         4 ###################===============+|.. 130.0 / 140.4 GiB  94 %  65 C  536 W
         5 ###################===============+|.. 130.0 / 140.4 GiB  95 %  66 C  540 W
         6 ###################===============+|.. 130.0 / 140.4 GiB  96 %  67 C  544 W
         7 ###################===============+|.. 130.0 / 140.4 GiB  97 %  68 C  548 W
        # weights  = KV cache  + overhead  . free  | budget  vs. plan +0.5 GiB

      VRAM budget per GPU (estimated before the start)
        fits  3.03x full length  795,104 KV tokens  planned 795,104
        ########################################=============================++|......
        # weights    71.8 GiB  engine  71.8 GiB  +0.0 GiB
        = KV cache   52.0 GiB  engine  52.0 GiB  +0.0 GiB
        + overhead    4.8 GiB
          budget 128.6 GiB = 0.92 x 139.8 GiB CUDA-visible of 140.4 GiB on the GPU
          outside the budget 0.9 GiB planned
          GPU 7 in use 130.0 GiB | planned 129.5 | vs. plan +0.5
          one full-length request 17.2 GiB

      Throughput (last 10s)
        out   1,900 tok/s
        in   14,000 tok/s
        running 46 | waiting 3 | requests 2.4/s | preemptions 0/s
        cached prompt 10,500 tok/s | finished since start 17,032
        steps 41/s | 1m p50: prompt ~4,100 tok | answer ~610 tok

      KV cache (now)
        ############################################...........................   62 %
        493k / 795k tokens | prefix hits (1m) 75 % | full length 3.03x

      Latency (last 1m)
                          p50      p95      p99     mean    within target
        first token   ~820 ms  ~2.40 s  ~4.20 s   1.01 s     ~91 % in 2 s
        inter-token    ~22 ms   ~41 ms   ~71 ms    24 ms
        end to end    ~15.8 s  ~52.0 s  ~88.0 s   19.2 s
        queue          ~12 ms  ~270 ms  ~900 ms    60 ms
        prefill       ~760 ms  ~2.10 s  ~3.60 s   930 ms
        decode        ~14.9 s  ~49.5 s  ~84.0 s   18.1 s

      Worth it? (last 1h, list prices)
        saves $26.51/h | node $20.00/h | API $46.51/h
        break-even 6,837 tok/s ########################  233 % reached
        today: node $240.00 | API $251.16 | saved $11.16
        tokens: node $0.35/M | API $0.81/M | served 100 %
        mix: new 22 % | cached 66 % | out 12 %
        month: node $5,040.00 | API $5,832.14 | saved $792.14
        prices: Moonshot kimi-k2.7-code, 2026-11-01
      "
    `);
  });

  test('of a simulated node starts with the word', () => {
    expect(plainSnapshotText(buildSnapshot({simulated: true}), at80)).toMatch(/^SIMULATED {2}gantry 0\.1\.0/);
  });

  test('shows commands instead of keys', () => {
    const stopped = buildSnapshot({
      engine: {state: 'stopped', pid: null},
      findings: [buildFinding({settingsChange: {contextLengthTokens: 8_192}})],
    });
    expect(plainSnapshotText(stopped, at80)).toContain('gantry up starts it');
    expect(plainSnapshotText(stopped, at80)).not.toMatch(/press s|a applies/i);
  });

  test('shows its age if it is old', () => {
    expect(plainSnapshotText(buildSnapshot(), {...at80, nowMs: TEST_NOW_MS + 60_000})).toContain(
      'Server (stale 1m 00s)',
    );
  });

  test('is plain ASCII in 80 columns, without controls', () => {
    fc.assert(
      fc.property(anySnapshot(true), (snapshot) => {
        for (const line of plainSnapshotText(snapshot, at80).split('\n')) {
          expect(line).toMatch(/^[ -~]*$/);
          expect(line.length).toBeLessThanOrEqual(80);
        }
      }),
      {numRuns: 60},
    );
  });
});

describe('the cards as text', () => {
  const sample = (index: number, overrides: Partial<GpuSample> = {}): GpuSample => ({...buildGpu(index), ...overrides});
  const inventory: GpuInventory = {
    stamp: {sampledAtMs: TEST_NOW_MS, monotonicMs: 0},
    driverVersion: '570.86.15',
    cudaVersion: '12.8',
    gpus: [
      sample(0),
      sample(1, {fault: 'GPU is lost', memoryUsedBytes: absent('lost'), utilizationRatio: absent('lost')}),
      sample(2, {memoryUsedBytes: 0, utilizationRatio: 0}),
    ],
    processes: [
      {pid: 4300, name: 'VLLM::Worker_TP', usedBytes: 128 * BYTES_PER_GIB, gpuUuid: buildGpu(0).uuid},
      {pid: 7, name: absent('not found'), usedBytes: absent('hidden'), gpuUuid: buildGpu(2).uuid},
    ],
  };

  test('have a line each, with the processes on them and what is wrong', () => {
    const text = gpusText({simulated: false, inventory, findings: [buildFinding()], columns: 80});
    expect(`\n${text}\n`).toMatchInlineSnapshot(`
      "
      2 of 3 GPUs can be used, driver 570.86.15, CUDA 12.8
       0  NVIDIA H200  130.0 / 140.4 GiB  free   9.8   90 %  61 C  520 W
            pid 4300  128.0 GiB  VLLM::Worker_TP
       1  NVIDIA H200      - / 140.4 GiB  free   9.8      -  62 C  524 W  GPU is lost
       2  NVIDIA H200    0.0 / 140.4 GiB  free   9.8    0 %  63 C  528 W
            pid 7  -  -
            The driver reserves 0.6 GiB of each GPU: neither used nor free.
      warning: GPU 3 holds 4.0 GiB that belong to python3 (pid 9911), which Gantry did
      not start.
        evidence: nvidia-smi: 9911, python3, 4096 MiB
        -> End that process, or lower the memory fraction before the next start.
      "
    `);
  });

  test('count one that nvidia-smi cannot open, and so does not list', () => {
    const card = {index: 3, pciBusId: null, uuid: null};
    const finding = {...buildFinding(), ...withDetails('source.nvidia-smi.gpu-lost', card)};
    const listed = {...finding, ...withDetails('source.nvidia-smi.gpu-lost', {...card, index: 1})};
    const head = (findings: readonly Finding[]) =>
      gpusText({simulated: false, inventory, findings, columns: 80}).split('\n')[0];
    expect(head([finding])).toBe('2 of 4 GPUs can be used, driver 570.86.15, CUDA 12.8');
    expect(head([listed])).toBe('2 of 3 GPUs can be used, driver 570.86.15, CUDA 12.8');
  });

  test('of a simulated node say so first', () => {
    expect(gpusText({simulated: true, inventory: null, findings: [], columns: 80})).toBe('SIMULATED');
  });

  test('of a host without cards are empty, and break nothing', () => {
    const none = gpusText({
      simulated: false,
      inventory: {...inventory, gpus: [], processes: []},
      findings: [],
      columns: 80,
    });
    expect(none).toBe('0 GPUs, driver 570.86.15, CUDA 12.8');
  });
});

describe('the note on leaving', () => {
  test('says what keeps running and the way back', () => {
    expect(exitNote(buildSnapshot())).toBe(
      'gantry: detached. vLLM (pid 4242) keeps serving kimi-k2.7-code on http://127.0.0.1:8000/v1. Run gantry to return, gantry down to stop it.',
    );
  });

  test('says when nothing runs', () => {
    expect(exitNote(buildSnapshot({simulated: true, engine: {state: 'stopped', pid: null}}))).toBe(
      'gantry (SIMULATED): detached. No engine is running. Run gantry to return.',
    );
  });

  test('says the state of an engine that is not serving', () => {
    expect(exitNote(buildSnapshot({engine: {state: 'starting'}}))).toContain('keeps running (starting)');
  });
});
