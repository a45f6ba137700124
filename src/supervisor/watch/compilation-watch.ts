import type {LogLine} from '../../samples/log-line.ts';

/** Compilers and what drives them, as the kernel names their processes: CUDA's, ROCm's and the host's. */
const compilers: ReadonlySet<string> = new Set([
  'nvcc',
  'cicc',
  'ptxas',
  'cudafe++',
  'fatbinary',
  'nvlink',
  'hipcc',
  'ninja',
  'cc1plus',
  'gcc',
  'g++',
  'c++',
  'clang',
  'clang++',
  'ld',
  'ld.lld',
]);
/** With a blank in each: in a line about a request, its path has none. */
const compilingLine = /JIT compilation during|Compiling a graph|Capturing CUDA graph|Dynamo bytecode transform/;

/** The processes are listed every few seconds, and a compiler runs for seconds, several in a row. */
const PROCESS_HOLDS_MS = 15_000;
/** Compiling a new shape takes 30 to 70 s, and is announced once. */
const LINE_HOLDS_MS = 70_000;

/** Whether an engine compiles, by its processes and by its log. */
export type CompilationWatch = {
  readonly seeProcesses: (commands: Iterable<string>) => void;
  readonly seeLines: (lines: readonly LogLine[]) => void;
  readonly isCompiling: () => boolean;
};

/** Remembers for a while that the engine was seen to compile. */
export function createCompilationWatch(clock: {readonly monotonicMs: () => number}): CompilationWatch {
  let untilMs = Number.NEGATIVE_INFINITY;
  const holdFor = (ms: number): void => {
    untilMs = Math.max(untilMs, clock.monotonicMs() + ms);
  };
  return {
    seeProcesses: (commands) => {
      if ([...commands].some((command) => compilers.has(command))) holdFor(PROCESS_HOLDS_MS);
    },
    seeLines: (lines) => {
      if (lines.some(({text}) => compilingLine.test(text))) holdFor(LINE_HOLDS_MS);
    },
    isCompiling: () => clock.monotonicMs() < untilMs,
  };
}
