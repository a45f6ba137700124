import type {Finding} from '../../../domain/diagnosis/finding.ts';
import type {LogDiagnosis} from '../../../domain/diagnosis/log-diagnosis.ts';
import type {Engine} from '../../engine.ts';
import {createLogDiagnoser, type LogDiagnoser} from '../diagnose-log.ts';
import type {NumberedLine} from '../log-interpreter.ts';
import {earlierFailure} from './earlier-failure.ts';

/** Lines that only one engine writes, by which it is known that it wrote a part of the text. */
const LEAST_LINES = 2;

/** Frames of a traceback name the modules of other engines too. */
const frame = /\bFile "/;

type Part = {
  readonly diagnoser: LogDiagnoser;
  count: number;
  lastLine: number;
  /** The engine that the text is a log of wrote nothing since the first line of this part. */
  isAtEnd: boolean;
};

/** Parts of a text that other engines wrote than the one that it is a log of. */
export class OtherWriters {
  readonly #engines: readonly Engine[];
  readonly #main: Engine;
  readonly #parts = new Map<Engine, Part>();
  #firstMainLine: number | null = null;

  constructor(engines: readonly Engine[], main: Engine) {
    this.#engines = engines.filter((engine) => engine !== main);
    this.#main = main;
  }

  /** Takes a line of the text; one that nobody is known by may be of each of them. */
  take(line: NumberedLine): void {
    const writer = frame.test(line.text) ? undefined : this.#engines.find((one) => one.recognizesLogLine(line.text));
    if (writer !== undefined) this.#partOf(writer, line.number).count += 1;
    else if (this.#isOfMain(line)) return;
    for (const [engine, {diagnoser}] of this.#parts)
      if (writer === undefined || writer === engine) diagnoser.take(line);
  }

  /** The diagnosis of the engine that the text is a log of, or of another one that failed in it, or serves after it failed. */
  explain(main: LogDiagnosis): LogDiagnosis {
    for (const part of this.#parts.values()) {
      if (part.count < LEAST_LINES) continue;
      const explained = this.#withPart(main, part);
      if (explained !== null) return explained;
    }
    return main;
  }

  #withPart(main: LogDiagnosis, {diagnoser, lastLine, isAtEnd}: Part): LogDiagnosis | null {
    const found = {...diagnoser.result(), lineCount: main.lineCount};
    const [own, other] = [main.findings[0], found.findings[0]];
    if (main.exit === 'failed' && own !== undefined && isAtEnd && found.exit === 'serving' && found.isReady)
      return {...found, findings: [...withoutLineOf(own, found.findings), earlierFailure(own, found.exit)]};
    const isSameLine = isAtEnd && own?.evidence === other?.evidence;
    const isNamed = main.exit === 'failed' && own?.code.startsWith('log.') === false && !isSameLine;
    if (isNamed || found.exit !== 'failed' || other === undefined || !isOwn(found, other.code)) return null;
    if (main.exit === 'failed' || lastLine > (this.#firstMainLine ?? 0)) return found;
    return {...main, findings: [...withoutLineOf(other, main.findings), earlierFailure(other, main.exit)]};
  }

  /** True for a line that only the engine writes that the text is a log of; examined only where that matters. */
  #isOfMain({text, number}: NumberedLine): boolean {
    const mayMatter = this.#firstMainLine === null || this.#parts.size > 0;
    if (!mayMatter || frame.test(text) || !this.#main.recognizesLogLine(text)) return false;
    this.#firstMainLine ??= number;
    for (const part of this.#parts.values()) part.isAtEnd = false;
    return true;
  }

  #partOf(engine: Engine, number: number): Part {
    const known = this.#parts.get(engine);
    const part = known ?? {diagnoser: createLogDiagnoser(engine), count: 0, lastLine: number, isAtEnd: true};
    part.lastLine = number;
    this.#parts.set(engine, part);
    return part;
  }
}

/** It started, or its catalog knows the failure: exceptions in lines that nobody is known by may be of anything. */
function isOwn({engine, phase}: LogDiagnosis, code: string): boolean {
  return phase !== null || code.startsWith(`${engine}.`);
}

/** What one engine makes of a line of another one says less than that one. */
function withoutLineOf({evidence}: Finding, findings: readonly Finding[]): readonly Finding[] {
  return findings.filter((finding) => finding.evidence === null || finding.evidence !== evidence);
}
