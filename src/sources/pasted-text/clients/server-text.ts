import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {type OtherTextDiagnosis, otherText} from '../../../domain/diagnosis/text-diagnosis.ts';
import {countedText, countText} from '../../../shared/quantities/counts.ts';
import {statusFinding} from './request-failures.ts';

/** A line of an access log: uvicorn's, and the common form of nginx, Apache and others. */
const accessLine =
  /(?:\bINFO:\s{1,8}\S{1,80} - |^\S{1,100} - \S{1,60} \[[^\]]{5,40}\] )"([A-Z]{3,7}) (\S{1,2000}) HTTP\/[\d.]{1,3}" (\d{3})\b/;
/** The life of uvicorn. */
const lifeLine =
  /\bINFO:\s{1,8}(Started server process \[|Waiting for application startup|Application startup complete|Uvicorn running on (?:\S{1,200})?|Shutting down|Finished server process)/;
/** nginx does not reach what it stands in front of. */
const upstreamError =
  /\[(?:error|crit)\] .{0,200}(?:while (?:connecting to|reading response header from|reading) upstream|no live upstreams)/;
/** Paths on which text is generated; others are probes, metrics and lists. */
const generating = /\/(?:completions?|generate|messages|responses|embeddings?|rerank|score|infill)\b/;

/** Requests without an answer that are no chance any more. */
const LEAST_FAILED = 3;

/** Reads the lines of a web server, with or without the engine that it belongs to. */
export class ServerText {
  readonly #statuses = new Map<string, number>();
  readonly #failed = new Map<string, string>();
  #generated = 0;
  #refused = 0;
  #life: string | null = null;
  #upstream: string | null = null;

  /** Notes a line, which may be of an engine: its server writes the same. */
  note(text: string): void {
    const [, , path = '', status] = accessLine.exec(text) ?? [];
    if (status !== undefined) this.#noteAnswer(path, status, text);
    // That none is left follows from what failed before.
    else if (upstreamError.test(text)) this.#upstream ??= text;
    else this.#life = lifeLine.exec(text)?.[1] ?? this.#life;
  }

  #noteAnswer(path: string, status: string, text: string): void {
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    if (!generating.test(path)) return;
    if (Number(status) < 400) this.#generated += 1;
    else {
      this.#refused += 1;
      this.#failed.set(status, text);
    }
  }

  /** Number of lines of a web server. */
  get count(): number {
    const answers = [...this.#statuses.values()].reduce((sum, count) => sum + count, 0);
    return answers + Number(this.#life !== null) + Number(this.#upstream !== null);
  }

  /** True for a server that stands in front of another one and does not reach it. */
  get isProxy(): boolean {
    return this.#upstream !== null;
  }

  /** True if a request for text was answered. */
  get hasServed(): boolean {
    return this.#generated > 0;
  }

  /** Requests that were refused: a failure if none was answered, else a warning. */
  findings(): readonly Finding[] {
    if (this.#refused === 0) return [];
    const all = this.#generated + this.#refused;
    const isFailure = this.#generated === 0 && this.#refused >= LEAST_FAILED;
    const [last] = [...this.#failed].toReversed();
    if (last === undefined) return [];
    const {remedy, evidence} = statusFinding(...last);
    const codes = [...this.#failed.keys()].join(', ');
    return [
      {
        code: 'server.requests-refused',
        severity: isFailure ? 'critical' : 'warning',
        message: `${this.#generated === 0 ? 'Every request' : `${countText(this.#refused)} of ${countedText(all, 'request')}`} for text was answered with an error (${codes}).`,
        evidence,
        remedy,
        settingsChange: null,
      },
    ];
  }

  diagnosis(lineCount: number): OtherTextDiagnosis {
    const answers = [...this.#statuses].map(([status, count]) => `${countText(count)} with ${status}`);
    return otherText({
      kind: 'server-log',
      engine: null,
      displayName: this.isProxy ? 'Log of a proxy' : 'Log of a web server',
      summary: [
        ...(answers.length === 0 ? [] : [`Requests that were answered: ${answers.join(', ')}.`]),
        ...this.#lifeTexts(),
        this.isProxy
          ? 'It shows what the proxy saw of the engine, and not why that failed: for that, give the log of the engine.'
          : this.#life === null
            ? 'It does not tell which program it is of: give all of its output, stderr included.'
            : 'These are lines of Uvicorn, the web server of several engines and of many other programs: they do not tell of which one. Give all of its output, stderr included.',
      ],
      findings: [...this.#upstreamFindings(), ...this.findings()],
      lineCount,
    });
  }

  #lifeTexts(): readonly string[] {
    const life = this.#life ?? '';
    const [, at] = /^Uvicorn running on (\S+)/.exec(life) ?? [];
    if (at !== undefined) return [`The server started: it accepts requests at ${at}.`];
    if (life.startsWith('Application startup')) return ['The server started: it accepts requests.'];
    if (/^(?:Shutting down|Finished)/.test(life)) return ['The server was asked to stop, and stopped.'];
    return life === '' ? [] : ['The server has not finished its start.'];
  }

  #upstreamFindings(): readonly Finding[] {
    if (this.#upstream === null) return [];
    const refused = /Connection refused/.test(this.#upstream);
    const isUnreached = /(?:timed out|No route to host|unreachable)\b.{0,80} while connecting to upstream/.test(
      this.#upstream,
    );
    const {message, remedy} = statusFinding(/timed out/.test(this.#upstream) ? '504' : '502', this.#upstream);
    return [
      {
        code: 'server.upstream-not-reached',
        severity: 'critical',
        message: refused
          ? `The proxy cannot connect to the engine: nothing listens at ${addressIn(this.#upstream)}.`
          : isUnreached
            ? `The proxy cannot connect to the engine at ${addressIn(this.#upstream)}: nothing answers there.`
            : message,
        evidence: this.#upstream,
        remedy: isUnreached
          ? 'Check that address and port, the network or firewall between the two, and that the engine listens beyond loopback (engine.host). A longer time limit of the proxy does not help.'
          : remedy,
        settingsChange: null,
      },
    ];
  }
}

/** The engine's address, as the proxy writes it. */
function addressIn(text: string): string {
  return /upstream: "(\w{1,10}:\/\/[^/"]{1,200})/.exec(text)?.[1] ?? 'the address that it uses';
}
