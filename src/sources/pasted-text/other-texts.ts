import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {LogDiagnosis} from '../../domain/diagnosis/log-diagnosis.ts';
import {type OtherTextDiagnosis, otherText} from '../../domain/diagnosis/text-diagnosis.ts';
import type {Engine} from '../../engines/engine.ts';
import {BenchmarkText} from './clients/benchmark-text.ts';
import {clientEntriesText, readClientEntries} from './clients/client-entries.ts';
import {ClientText} from './clients/client-text.ts';
import {LoadText} from './clients/load-text.ts';
import {OllamaText} from './clients/ollama-text.ts';
import {RouterText} from './clients/router-text.ts';
import {ServerText} from './clients/server-text.ts';
import {FabricManagerText} from './fabric-manager-text.ts';
import {findGpuReport, readGpuReport} from './gpu-text.ts';
import {KernelText} from './kernel-text.ts';
import {KubernetesText} from './kubernetes/kubernetes-text.ts';
import {readLoneRows} from './lone-rows.ts';
import {findMetricsPage, readMetricsPage} from './pasted-metrics.ts';
import {ProcessText} from './processes/process-text.ts';
import {StackText} from './processes/stack-text.ts';
import {readReset} from './reset-text.ts';
import {UnitText} from './unit-text.ts';

/** Of a list or a kernel log, what part of the lines must be of it. */
const MOST = 0.5;

/** A text, within bounds: as it was pasted, and without what its viewer did to it. */
export type TextLines = {
  readonly pasted: readonly string[];
  readonly viewed: readonly string[];
  readonly lineCount: number;
};

/** The readers of what is no engine's log: each takes the lines of its kind. */
export class OtherTexts {
  readonly #engines: readonly Engine[];
  readonly #kernel = new KernelText();
  readonly #fabricManager = new FabricManagerText();
  readonly #benchmark = new BenchmarkText();
  readonly #client = new ClientText();
  readonly #load = new LoadText();
  readonly #ollama = new OllamaText();
  readonly #server = new ServerText();
  readonly #unit = new UnitText();
  readonly #router: RouterText;
  readonly #kubernetes = new KubernetesText();
  readonly #processes: ProcessText;
  readonly #stacks: StackText;

  constructor(engines: readonly Engine[]) {
    this.#engines = engines;
    this.#router = new RouterText(engines);
    this.#processes = new ProcessText(engines);
    this.#stacks = new StackText(engines);
  }

  /** Takes a line; true if it is no line of an engine. */
  take(text: string): boolean {
    this.#client.note(text);
    this.#load.note(text);
    this.#ollama.note(text);
    this.#server.note(text);
    this.#unit.note(text);
    const readers = [
      this.#fabricManager,
      this.#kernel,
      this.#kubernetes,
      this.#stacks,
      this.#processes,
      this.#benchmark,
      this.#router,
    ];
    return readers.some((reader) => reader.take(text));
  }

  /** What the kernel says. */
  kernelFindings(): readonly Finding[] {
    return this.#kernel.findings();
  }

  /** What the host says of an engine whose log is in the same text: it comes first. */
  hostFindings(): readonly Finding[] {
    const kills = this.#kubernetes.findings().filter(({code}) => /\.(?:out-of-memory|evicted)$/.test(code));
    return [...kills, ...this.kernelFindings(), ...this.#unit.findings()];
  }

  /** The text as what it is; null for a log of an engine, which is `found`, and for a text of no known kind. */
  diagnosis(found: LogDiagnosis | null, lines: TextLines): OtherTextDiagnosis | null {
    const {pasted, viewed, lineCount} = lines;
    const isLog =
      found !== null &&
      found.engine !== null &&
      (found.phase !== null || found.exit === 'failed') &&
      !this.#isOfClient(found);
    const page = findMetricsPage(pasted, viewed);
    if (page !== null) return readMetricsPage(page, this.#engines, lineCount);
    if (this.#load.program !== null && found?.phase == null) return this.#load.diagnosis(lineCount);
    if (this.#benchmark.count > 0 && !(isLog && found.phase !== null)) return this.#benchmark.diagnosis(lineCount);
    if (this.#unit.findings().length > 0 && isUnexplained(found)) return this.#unit.diagnosis(lineCount);
    if (!isLog && this.#kubernetes.count > 0) return this.#kubernetes.diagnosis(this.#engines, lineCount);
    if (this.#ollama.isOllama && found?.exit !== 'failed') return this.#ollama.diagnosis(lineCount);
    if (isLog) return null;
    const entries = this.#readEntries(found, lines);
    if (entries !== null) return entries;
    const report = this.#readReport(lines);
    // Below what failed, people show that the GPUs are well.
    const isBesideFailure = report?.exit === 'no-failure' && this.#showsFailure(found, lineCount);
    if (report !== null && !isBesideFailure) return report;
    return this.#readList(found, lines) ?? this.#readRequests(found, lineCount);
  }

  /** A benchmark is a part of an engine's package, and its traceback that of a client. */
  #isOfClient({phase, findings: [first], lastLines}: LogDiagnosis): boolean {
    return phase === null && first?.code.startsWith('log.') === true && this.#client.isEndOf(lastLines);
  }

  /** Entries in JSON with an error of a request, unless the text shows another failure, and better. */
  #readEntries(found: LogDiagnosis | null, {pasted, lineCount}: TextLines): OtherTextDiagnosis | null {
    if (found !== null && (found.phase !== null || (found.engine !== null && found.exit === 'failed'))) return null;
    const entries = readClientEntries(pasted);
    if (entries === null) return null;
    const isNamed = entries.findings.every(({code}) => code !== 'client.error');
    const isExplained = found?.findings.some(({code, severity}) => severity === 'critical' && !code.startsWith('log.'));
    if (found?.exit === 'failed' && (isExplained === true || !isNamed)) return null;
    const known =
      found?.findings.filter(({code, severity}) => severity !== 'critical' && !code.startsWith('log.')) ?? [];
    return clientEntriesText(entries, known, lineCount);
  }

  /** What clients and servers write of requests, unless the text shows another failure. */
  #readRequests(found: LogDiagnosis | null, lineCount: number): OtherTextDiagnosis | null {
    const isExplained = found?.findings.some(({code, severity}) => severity === 'critical' && !code.startsWith('log.'));
    const isOfClient = found !== null && this.#isOfClient(found);
    if (found !== null && !isOfClient && (found.engine !== null || isExplained === true)) return null;
    if (this.#router.count > 0) return this.#router.diagnosis(lineCount, this.#server.hasServed);
    if (this.#client.count > 0) return this.#client.diagnosis(lineCount);
    const isOfServer = found === null || this.#server.findings().length > 0 || this.#server.isProxy;
    return this.#server.count > 0 && isOfServer ? this.#server.diagnosis(lineCount) : null;
  }

  /** What its web server says of an engine that serves. */
  requestFindings(): readonly Finding[] {
    return this.#server.findings();
  }

  /** True if the web server of an engine answered a request for text. */
  get hasServed(): boolean {
    return this.#server.hasServed;
  }

  #showsFailure(found: LogDiagnosis | null, lineCount: number): boolean {
    return found?.exit === 'failed' || this.#processes.diagnosis(lineCount).exit === 'failed';
  }

  /** What a service or a program of the driver printed. */
  #readReport({pasted, viewed, lineCount}: TextLines): OtherTextDiagnosis | null {
    const report = findGpuReport(pasted, viewed);
    if (report !== null) return withFindings(readGpuReport(report, this.#engines, lineCount), this.kernelFindings());
    const rows = readLoneRows(viewed, lineCount) ?? readReset(viewed, lineCount);
    if (rows !== null) return rows;
    if (this.#fabricManager.count === 0) return null;
    return withFindings(this.#fabricManager.diagnosis(lineCount), this.kernelFindings());
  }

  /** Processes, what they wait for, and what the kernel says. */
  #readList(found: LogDiagnosis | null, {viewed, lineCount}: TextLines): OtherTextDiagnosis | null {
    const processes = this.#processes;
    const kernel = this.#kernel;
    const full = viewed.filter((line) => line.trim() !== '').length;
    const atStacks = this.#readStacks(found, full, {viewed, lineCount});
    if (atStacks !== null) return atStacks;
    if (processes.count > 0 && processes.count >= full * MOST) return processes.diagnosis(lineCount);
    if (kernel.count > 0 && (kernel.count >= full * MOST || found === null)) return kernel.diagnosis(lineCount);
    return found === null && processes.count > 0 ? processes.diagnosis(lineCount) : null;
  }

  /** Stacks, with the list of processes that they were taken of. */
  #readStacks(
    found: LogDiagnosis | null,
    full: number,
    {viewed, lineCount}: Omit<TextLines, 'pasted'>,
  ): OtherTextDiagnosis | null {
    const stacks = this.#stacks;
    if (stacks.count === 0 && StackText.isBareList(viewed)) stacks.takeBareList(viewed);
    const isOfStacks = stacks.lineCount + this.#processes.count >= full * MOST || found === null;
    if (stacks.count === 0 || !isOfStacks) return null;
    const read = stacks.diagnosis(lineCount);
    // Stacks are printed of a process that crashed, too.
    if (found?.exit === 'failed' && read.exit !== 'failed') return null;
    if (this.#processes.count === 0) return read;
    const {engine, summary, findings} = this.#processes.diagnosis(lineCount);
    return otherText({
      ...read,
      engine: read.engine ?? engine,
      summary: [...summary, ...read.summary],
      findings: [...findings, ...read.findings],
    });
  }
}

/** True for a text without a phase of a start, and without an error that says more than that something ended. */
function isUnexplained(found: LogDiagnosis | null): boolean {
  if (found === null) return true;
  return found.phase === null && found.findings.every(({code}) => code === 'log.exit-code');
}

/** Another text with what the kernel says in it: why the driver is not there comes first. */
function withFindings(text: OtherTextDiagnosis, findings: OtherTextDiagnosis['findings']): OtherTextDiagnosis {
  return findings.length === 0 ? text : otherText({...text, findings: [...findings, ...text.findings]});
}
