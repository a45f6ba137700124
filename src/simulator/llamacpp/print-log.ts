import {writeAll} from '../process/write-all.ts';

/** The build whose lines are printed. */
export const LLAMA_BUILD = '10573';
export const LLAMA_COMMIT = '3f545bec';

/** How a log is written: the start of its clock, and its level. */
export type LlamaLog = {
  /** A line of this verbosity and above. */
  readonly line: (verbosity: number, level: 'I' | 'W' | 'E', text: string) => void;
};

/** Writes to stderr with llama.cpp's prefix: minutes, seconds, milliseconds and microseconds since the start. */
export function createLlamaLog(verbosity: number): LlamaLog {
  const startedMs = performance.now();
  return {
    line(needed, level, text) {
      if (verbosity < needed) return;
      writeAll(2, `${elapsedText(performance.now() - startedMs)} ${level} ${text}\n`);
    },
  };
}

function elapsedText(ms: number): string {
  const microseconds = Math.floor(ms * 1000);
  const part = (value: number, digits: number): string => String(value).padStart(digits, '0');
  const [minutes, seconds] = [Math.floor(microseconds / 60_000_000), Math.floor(microseconds / 1_000_000) % 60];
  const milliseconds = Math.floor(microseconds / 1000) % 1000;
  return `${minutes}.${part(seconds, 2)}.${part(milliseconds, 3)}.${part(microseconds % 1000, 3)}`;
}
