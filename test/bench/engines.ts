import type {Engine} from '../../src/engines/engine.ts';
import {createLogReading} from '../../src/engines/log/read-log.ts';
import {engines, findEngine} from '../../src/engines/registry.ts';
import {BYTES_PER_MIB} from '../../src/shared/units.ts';
import {createLogAssembler} from '../../src/sources/log/log-assembler.ts';
import {ExpositionReader} from '../../src/sources/metrics/exposition-reader.ts';
import {readyStart} from '../engines/vllm/start-log.ts';

const LOG_BYTES = 50e6;
const CHUNK_BYTES = 256 * 1024;
/** A page arrives in parts. */
const PART_CHARACTERS = 64 * 1024;

/**
 * Prints how long it takes to read a long log and a large page of metrics, compared with just counting the same lines.
 */
export function benchEngines(): void {
  for (const engine of engines) benchLog(engine);
  benchMetrics();
}

/** Lines of a log of several days: one start, then traffic, requests and messages of libraries. */
function longLog(): Uint8Array {
  const served = [
    ...readyStart.slice(-1),
    'INFO:     127.0.0.1:54210 - "POST /v1/chat/completions HTTP/1.1" 200 OK',
    '[2026-08-02 00:08:32 TP0] Decode batch, #running-req: 4, #token: 16971, token usage: 0.09, cuda graph: True, gen throughput (token/s): 126.43, #queue-req: 0',
    '[2026-08-02 00:08:33 TP0] Prefill batch, #new-seq: 2, #new-token: 2, #cached-token: 33816, token usage: 0.09, #running-req: 0, #queue-req: 0, #pending-token: 0, cuda graph: True, input throughput (token/s): 0.81',
    '0.46.560.228 I slot print_timing: id  0 | task 9 | n_gen =    100, tg =  26.34 t/s, tg_3s =  26.61 t/s',
    '(Worker_TP3 pid=353) INFO 05-15 03:34:33 [custom_all_reduce.py:669] Registering 1256 cuda graph addresses',
    '(APIServer pid=1) WARNING 05-15 03:30:49 [envs.py:1908] Unknown vLLM environment variable detected: VLLM_PCIE_ALLREDUCE_BACKEND',
    '/opt/venv/lib/python3.12/site-packages/torch/cuda/__init__.py:61: FutureWarning: The pynvml package is deprecated.',
  ];
  const block = Buffer.from(`${served.join('\n')}\n`);
  return Buffer.concat([
    Buffer.from(`${readyStart.join('\n')}\n`),
    ...Array.from({length: Math.ceil(LOG_BYTES / block.length)}, () => block),
  ]);
}

function benchLog(engine: Engine): void {
  const log = longLog();
  const countMs = timed(() => countLines(log));
  const lines = countLines(log);
  let rssBytes = 0;
  const readMs = timed(() => {
    const assembler = createLogAssembler({numbersByLineFeed: true});
    const reading = createLogReading(engines, engine);
    const startRss = process.memoryUsage().rss;
    for (let at = 0; at < log.length; at += CHUNK_BYTES) {
      for (const line of assembler.push(log.subarray(at, at + CHUNK_BYTES))) reading.take(line);
    }
    reading.result();
    rssBytes = process.memoryUsage().rss - startRss;
  });
  const perLineMicroseconds = (readMs * 1000) / lines;
  print(
    `${engine.displayName}: a log of 50 MB, ${lines} lines`,
    `${readMs.toFixed(0)} ms, ${(readMs / countMs).toFixed(0)} x counting its lines, RSS +${(rssBytes / BYTES_PER_MIB).toFixed(0)} MiB`,
  );
  print(
    `${engine.displayName}: 10,000 lines a second`,
    `${((perLineMicroseconds * 10_000) / 10_000).toFixed(1)} % of a core (${perLineMicroseconds.toFixed(1)} us a line)`,
  );
}

/** A page of 64 engine cores with their histograms, between series of other libraries: 8 MB. */
function largePage(): string {
  const rows: string[] = [];
  let characters = 0;
  for (let index = 0; characters < 8e6; index += 1) {
    const labels = `engine="${index % 64}",le="${index}",model_name="kimi-k2.7-code"`;
    const name = index % 5 === 0 ? 'vllm:time_to_first_token_seconds_bucket' : 'python_gc_pause_seconds_bucket';
    const row = `${name}{${labels}} ${index * 7}`;
    rows.push(row);
    characters += row.length + 1;
  }
  return `${rows.join('\n')}\n`;
}

function benchMetrics(): void {
  const page = largePage();
  const parts = Array.from({length: Math.ceil(page.length / PART_CHARACTERS)}, (_, part) =>
    page.slice(part * PART_CHARACTERS, (part + 1) * PART_CHARACTERS),
  );
  const engine = findEngine('vllm');
  if (engine === undefined) throw new Error('there is no vLLM');
  const json = JSON.stringify(page.split('\n').map((line) => ({line})));
  const jsonMs = timed(() => JSON.parse(json));
  const readMs = timed(() => {
    const reader = new ExpositionReader(engine.readsSeries);
    for (const part of parts) {
      const error = reader.push(part);
      if (error !== null) throw new Error(error.message);
    }
    engine.mapMetrics(reader.result().families);
  });
  print(
    `a page of metrics of ${(page.length / 1e6).toFixed(1)} MB, read and mapped`,
    `${readMs.toFixed(0)} ms, ${(readMs / jsonMs).toFixed(1)} x JSON.parse of its lines`,
  );
}

function countLines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count += 1;
  return count;
}

/** The median of five runs, after one warm-up run. */
function timed(task: () => void): number {
  task();
  const times = Array.from({length: 5}, () => {
    const startedMs = performance.now();
    task();
    return performance.now() - startedMs;
  });
  return times.toSorted((a, b) => a - b)[2] ?? Number.NaN;
}

function print(what: string, measured: string): void {
  process.stdout.write(`${what.padEnd(52)} ${measured}\n`);
}
