import {explainFindings} from '../../domain/diagnosis/cause-chains.ts';
import type {LogDiagnosis} from '../../domain/diagnosis/log-diagnosis.ts';
import {type OtherTextDiagnosis, otherText, type TextDiagnosis} from '../../domain/diagnosis/text-diagnosis.ts';
import type {Engine} from '../../engines/engine.ts';
import type {NumberedLine} from '../../engines/log/log-interpreter.ts';
import {createLogReading} from '../../engines/log/read-log.ts';
import {BenchmarkText} from './benchmark-text.ts';
import {foreignKind} from './foreign-text.ts';
import {findGpuReport, readGpuReport} from './gpu-text.ts';
import {KernelText} from './kernel-text.ts';
import {isMetricsPage, readMetricsPage} from './pasted-metrics.ts';
import {ProcessText} from './processes/process-text.ts';
import {StackText} from './processes/stack-text.ts';
import {createViewedText} from './viewed-text.ts';

/** Most lines, and characters, kept of the beginning of a text to be read as a report or a page. */
const MAX_KEPT_LINES = 20_000;
const MAX_KEPT_CHARACTERS = 8_000_000;
/** Of a list or a kernel log, what part of the lines must be of it. */
const MOST = 0.5;

/** Reads any text that is to be explained, in lines taken one by one. */
export type TextReading = {
  readonly take: (line: NumberedLine) => void;
  /** Ends the reading. Null for a text of no known kind and without a failure. */
  readonly result: () => TextDiagnosis | null;
  /** What a text of no known kind seems to be, as a part of a sentence; null if that is unknown too. */
  readonly seems: () => string | null;
};

/**
 * Finds out what a text is, and gives it to the reader of its kind. With an `engine` it is a log of that one. A text may have
 * several kinds in it, as a journal has: then it is the log of its engine, with what the kernel says in the same text.
 */
export function createTextReading(engines: readonly Engine[], engine: Engine | null): TextReading {
  const pasted = new FirstLines();
  const kept = new FirstLines();
  let lineCount = 0;
  const log = createLogReading(engines, engine);
  const kernel = new KernelText();
  const processes = new ProcessText(engines);
  const stacks = new StackText(engines);
  const benchmark = new BenchmarkText();

  const viewed = createViewedText((line) => {
    lineCount += 1;
    kept.take(line.text);
    // The programs of a list, and what a kernel says of one, are no lines of it.
    const isOther =
      kernel.take(line.text) || stacks.take(line.text) || processes.take(line.text) || benchmark.take(line.text);
    if (!isOther || engine !== null) log.take(line);
  });

  function otherDiagnosis(found: LogDiagnosis | null): OtherTextDiagnosis | null {
    const isLog = found !== null && found.engine !== null && (found.phase !== null || found.exit === 'failed');
    const full = kept.lines.filter((line) => line.trim() !== '').length;
    if (isMetricsPage(kept.lines)) return readMetricsPage(kept.lines, engines, lineCount);
    if (benchmark.count > 0 && !(isLog && found.phase !== null)) return benchmark.diagnosis(lineCount);
    if (isLog) return null;
    const report = findGpuReport(pasted.lines, kept.lines);
    if (report !== null) return readGpuReport(report, engines, pasted.count);
    const atStacks = readStacks(found, full);
    if (atStacks !== null) return atStacks;
    if (processes.count > 0 && processes.count >= full * MOST) return processes.diagnosis(lineCount);
    if (kernel.count > 0 && (kernel.count >= full * MOST || found === null)) return kernel.diagnosis(lineCount);
    return found === null && processes.count > 0 ? processes.diagnosis(lineCount) : null;
  }

  /** Stacks, with the list of processes that they were taken of. */
  function readStacks(found: LogDiagnosis | null, full: number): OtherTextDiagnosis | null {
    if (stacks.count === 0 && StackText.isBareList(kept.lines)) stacks.takeBareList(kept.lines);
    const isOfStacks = stacks.lineCount + processes.count >= full * MOST || found === null;
    if (stacks.count === 0 || !isOfStacks) return null;
    const read = stacks.diagnosis(lineCount);
    if (processes.count === 0) return read;
    const {engine, summary, findings} = processes.diagnosis(lineCount);
    return otherText({
      ...read,
      engine: read.engine ?? engine,
      summary: [...summary, ...read.summary],
      findings: [...findings, ...read.findings],
    });
  }

  return {
    take(line) {
      pasted.take(line.text);
      viewed.push(line);
    },
    result() {
      viewed.end();
      const view = viewed.view();
      const found = log.result();
      const other = engine === null ? otherDiagnosis(found) : null;
      if (other !== null) return {...other, findings: explainFindings(other.findings), view};
      return found === null ? null : {...withKernel(found, kernel), kind: 'engine-log', view};
    },
    seems: () => foreignKind(kept.lines),
  };
}

/** The beginning of a text, within bounds. */
class FirstLines {
  readonly lines: string[] = [];
  #characters = 0;
  /** Of all lines. */
  count = 0;

  take(text: string): void {
    this.count += 1;
    if (this.lines.length >= MAX_KEPT_LINES || this.#characters >= MAX_KEPT_CHARACTERS) return;
    this.lines.push(text);
    this.#characters += text.length;
  }
}

/** An engine's log with what the kernel says in the same text. */
function withKernel(found: LogDiagnosis, kernel: KernelText): LogDiagnosis {
  const said = kernel.findings();
  if (said.length === 0) return found;
  const findings = explainFindings([...said, ...found.findings.map(({explainedBy: _, ...finding}) => finding)]);
  const isFailed = found.exit !== 'stopped' && said.some(({severity}) => severity === 'critical');
  return {...found, findings, exit: isFailed ? 'failed' : found.exit};
}
