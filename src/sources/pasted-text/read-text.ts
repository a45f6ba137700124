import {explainFindings} from '../../domain/diagnosis/cause-chains.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {LogDiagnosis} from '../../domain/diagnosis/log-diagnosis.ts';
import type {TextDiagnosis} from '../../domain/diagnosis/text-diagnosis.ts';
import type {Engine} from '../../engines/engine.ts';
import type {NumberedLine} from '../../engines/log/log-interpreter.ts';
import {createLogReading} from '../../engines/log/read-log.ts';
import {type ForeignText, foreignText} from './foreign-text.ts';
import {OtherTexts} from './other-texts.ts';
import {ServiceReadings} from './service-readings.ts';
import {createViewedText} from './viewed-text.ts';

/** Most lines, and characters, kept of the beginning of a text to be read as a report or a page. */
const MAX_KEPT_LINES = 20_000;
const MAX_KEPT_CHARACTERS = 8_000_000;

/** A frame of gdb, with its library: of a crash, it tells the place and which program it was. */
const debuggerFrame = /^\s{0,8}#\d{1,4} .{1,600}\(.{0,600}\) (?:from|at) \S/;

/** Reads any text that is to be explained, in lines taken one by one. */
export type TextReading = {
  readonly take: (line: NumberedLine) => void;
  /** Ends the reading. Null for a text of no known kind and without a failure. */
  readonly result: () => TextDiagnosis | null;
  /** What a text of no known kind seems to be; null if that is unknown too. */
  readonly seems: () => ForeignText | null;
};

/**
 * Finds out what a text is, and gives it to the reader of its kind. With an `engine` it is a log of that one. A text may have
 * several kinds in it, as a journal has: then it is the log of its engine, with what the kernel says in the same text.
 */
export function createTextReading(engines: readonly Engine[], engine: Engine | null): TextReading {
  const pasted = new FirstLines();
  const kept = new FirstLines();
  const log = createLogReading(engines, engine);
  const others = new OtherTexts(engines);
  const services = new ServiceReadings(engines);

  const viewed = createViewedText((line) => {
    kept.take(line.text);
    // The programs of a list, and what a kernel says of one, are no lines of it.
    const isOther = others.take(line.text);
    if (isOther && engine === null && !debuggerFrame.test(line.text)) return;
    log.take(line);
    services.take(line);
  });

  return {
    take(line) {
      pasted.take(line.text);
      viewed.push(line);
    },
    result() {
      viewed.end();
      const view = viewed.view();
      const found = services.explain(log.result(), pasted.count);
      const lines = {pasted: pasted.lines, viewed: kept.lines, lineCount: pasted.count};
      const other = engine === null ? others.diagnosis(found, lines) : null;
      if (other !== null) return {...other, findings: explainFindings(other.findings), view};
      if (found === null) return null;
      const served = withRequests(found, others);
      return viewed.cutLines.explain({...withHost(served, others.hostFindings()), kind: 'engine-log', view});
    },
    seems: () => foreignText(kept.lines),
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

/** Of an excerpt, and of an engine that has opened its API, an answer to a client shows that the engine serves; of an engine that serves, what it refused is a finding. */
function withRequests(found: LogDiagnosis, others: OtherTexts): LogDiagnosis {
  const mayServe = found.phase === null || found.phase === 'serve';
  const isExcerpt = found.exit === 'starting' && mayServe && others.hasServed;
  const exit = isExcerpt ? 'serving' : found.exit;
  if (exit !== 'serving') return found;
  const own = found.findings.filter(({code}) => !isExcerpt || code !== 'log.ends-while-starting');
  const refused = own.some(({code}) => code.endsWith('.request-too-long')) ? [] : others.requestFindings();
  const isFailed = refused.some(({severity}) => severity === 'critical');
  return {
    ...found,
    exit: isFailed ? 'failed' : exit,
    findings: [...refused, ...own],
    lastLines: isExcerpt ? [] : found.lastLines,
  };
}

/** An engine's log with what its host says in the same text. */
function withHost(found: LogDiagnosis, said: readonly Finding[]): LogDiagnosis {
  if (said.length === 0) return found;
  const findings = explainFindings([...said, ...found.findings.map(({explainedBy: _, ...finding}) => finding)]);
  const isFailed = found.exit !== 'stopped' && said.some(({severity}) => severity === 'critical');
  return {...found, findings, exit: isFailed ? 'failed' : found.exit};
}
