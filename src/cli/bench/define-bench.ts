import {type Command, Option} from 'commander';
import {rounded} from '../../domain/cost/rational.ts';
import {share} from '../cost/break-even-values.ts';
import type {ExitCode} from '../exit-codes.ts';
import {concurrencies, positiveInteger, tokenNumber} from '../option-values.ts';
import type {GlobalOptions} from '../wiring.ts';

type Run = (action: (global: GlobalOptions) => Promise<ExitCode>) => Promise<void>;
type Define = (parent: Command, name: string, summary: string) => Command;

/** Of each concurrent stream. */
const DEFAULT_REQUESTS = 4;
const SHARE_DECIMALS = 8;

/** `80%` or `0.8`, as `gantry break-even` takes it: both have to be of one mix. */
function cachedShare(text: string): number {
  return rounded(share(text), SHARE_DECIMALS);
}

/** Defines `gantry bench`, which loads the engine, with `list` and `show`; `define` is how a command is defined. */
export function defineBench(program: Command, define: Define, run: Run): void {
  const bench = define(program, 'bench', 'load the engine step by step: what it sustains, against break-even')
    .option('--concurrency <counts>', 'concurrent requests, e.g. 1,8,32 (default: 1,4,16,32,64)', concurrencies)
    .option(
      '--prompt-tokens <tokens>',
      "size of each prompt (default: the median of this node's requests)",
      tokenNumber,
    )
    .option(
      '--answer-tokens <tokens>',
      "size of each answer (default: the median of this node's requests)",
      tokenNumber,
    )
    .option('--cached <share>', 'part of each prompt that all requests share (default: as observed)', cachedShare)
    .option('--requests <count>', 'requests of each concurrent stream', positiveInteger, DEFAULT_REQUESTS)
    .addOption(
      new Option(
        '--tool <name>',
        "what generates the load: the engine's benchmark, guidellm, or Gantry's own generator (default: the first that is installed)",
      ).choices(['engine', 'guidellm', 'own']),
    )
    .option('--force', 'load the engine although clients use it')
    .action((options) => run(async (global) => (await import('../commands/bench.ts')).runBench(global, options)));
  define(bench, 'list', 'list kept benchmarks, the newest first').action(() =>
    run(async (global) => (await import('../commands/bench-list.ts')).runBenchList(global)),
  );
  define(bench, 'import', 'show what a benchmark without a server has written: it is not kept')
    .argument('<file>', 'output of llama-batched-bench --output-format jsonl')
    .action((file) =>
      run(async (global) => (await import('../commands/bench-import.ts')).runBenchImport(global, file)),
    );
  define(bench, 'show', 'show a kept benchmark, compared with earlier ones')
    .argument('[number]', 'its place in the list', positiveInteger, 1)
    .action((number) =>
      run(async (global) => (await import('../commands/bench-list.ts')).runBenchShow(global, number)),
    );
}
