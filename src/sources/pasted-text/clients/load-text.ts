import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {type OtherTextDiagnosis, otherText} from '../../../domain/diagnosis/text-diagnosis.ts';
import {countedText, countText} from '../../../shared/quantities/counts.ts';
import {failureFinding} from './request-failures.ts';

/** Lines that only one of these programs prints, and the program. */
const marks: readonly (readonly [program: string, pattern: RegExp])[] = [
  [
    'hey',
    /^\s{0,4}Requests\/sec:\s{1,8}[\d.]+$|^(?:Response time histogram|Status code distribution|Error distribution):$/,
  ],
  [
    'wrk',
    /^\s{0,4}\d+ requests in [\d.]+(?:us|ms|s|m|h), [\d.]+\w{1,2} read$|^\s{0,4}Socket errors: connect \d+, read/,
  ],
  ['ab', /^(?:Complete requests|Failed requests|Non-2xx responses):\s{1,20}\d+$/],
  ['k6', /^\s{0,8}(?:\S\s)?http_reqs\.{3,60}: \d+|^\s{0,8}(?:\S\s)?http_req_failed\.{3,60}: [\d.]+%/],
  [
    'Locust',
    /^Response time percentiles \(approximated\)|^\s{0,12}Aggregated\s{1,200}\d+\s{1,20}\d+ ?\([\d.]+%\)\s{0,10}\|/,
  ],
  ['GuideLLM', /^Benchmarks? (?:Info|Stats|Metadata):$|^Metadata\s{1,20}\| ?Request(?: Stats|s Made)\s/],
  [
    'GenAI-Perf',
    /NVIDIA (?:GenAI-Perf|AIPerf) \| |^[\u2502\u2503| ]{1,30}(?:Time [Tt]o [Ff]irst [Tt]oken|Inter [Tt]oken [Ll]atency|Request [Tt]hroughput) \(/,
  ],
];

type Kind = 'succeeded' | 'failed';

/** Numbers of requests in a line of a result; the group is the number. */
const counts: readonly (readonly [kind: Kind, pattern: RegExp])[] = [
  ['succeeded', /^\s{0,4}\[[23]\d\d\]\s{1,4}(\d+) responses$/],
  ['failed', /^\s{0,4}\[[145]\d\d\]\s{1,4}(\d+) responses$/],
  ['failed', /^\s{0,4}\[(\d+)\]\s{1,4}(?:Post|Get|Put|Head) "/],
  ['failed', /^\s{0,4}Non-2xx or 3xx responses: (\d+)$/],
  ['failed', /^(?:Failed requests|Non-2xx responses):\s{1,20}(\d+)$/],
];
const wrkAll = /^\s{0,4}(\d+) requests in [\d.]+(?:us|ms|s|m|h), /;
const wrkErrors = /^\s{0,4}Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)$/;
const abAll = /^Complete requests:\s{1,20}(\d+)$/;
const k6All = /^\s{0,8}(?:\S\s)?http_reqs\.{3,60}: (\d+)/;
const k6Failed = /^\s{0,8}(?:\S\s)?http_req_failed\.{3,60}: ([\d.]+)%/;
const locustAll = /^\s{0,12}Aggregated\s{1,200}(\d+)\s{1,20}(\d+) ?\([\d.]+%\)\s{0,10}\|/;
/** A reason for requests that failed, as hey and k6 print it. */
const reason = /^\s{0,4}\[\d+\]\s{1,4}(?:Post|Get|Put|Head) "|level=warning msg="Request Failed"/;
/** Figures that are shown as they are. */
const shown = /^\s{0,4}(?:Total|Average|Slowest|Requests\/sec|Time per request|Transfer\/sec):\s{1,20}\S.{0,60}$/;

/** Least different lines of a program for a text to be its output. */
const LEAST_LINES = 2;
const MAX_SHOWN = 6;

/** Reads what programs print that put load on any web server (hey, wrk, ab, k6, Locust, GuideLLM, GenAI-Perf), from the lines of any text. */
export class LoadText {
  readonly #programs = new Map<string, number>();
  readonly #shown: string[] = [];
  #all: number | null = null;
  #succeeded = 0;
  #failed = 0;
  #failedRatio: number | null = null;
  #reason: string | null = null;
  #evidence: string | null = null;

  /** Notes a line. */
  note(text: string): void {
    const program = marks.find(([, pattern]) => pattern.test(text))?.[0];
    if (program !== undefined) this.#programs.set(program, (this.#programs.get(program) ?? 0) + 1);
    if (this.#shown.length < MAX_SHOWN && shown.test(text)) this.#shown.push(text.trim().replace(/\s+/, ' '));
    if (reason.test(text)) this.#reason ??= text.trim();
    for (const [kind, pattern] of counts) this.#count(kind, pattern.exec(text)?.[1], text);
    const [, ...errors] = wrkErrors.exec(text) ?? [];
    for (const count of errors) this.#count('failed', count, text);
    const all = wrkAll.exec(text) ?? abAll.exec(text) ?? k6All.exec(text);
    if (all !== null) this.#all = Number(all[1]);
    const ratio = k6Failed.exec(text)?.[1];
    if (ratio !== undefined) this.#noteRatio(Number(ratio) / 100, text);
    const [, total, failures] = locustAll.exec(text) ?? [];
    if (total !== undefined) {
      this.#all = Number(total);
      this.#count('failed', failures, text);
    }
  }

  #noteRatio(ratio: number, text: string): void {
    this.#failedRatio = ratio;
    if (ratio > 0) this.#evidence ??= text.trim();
  }

  #count(kind: Kind, digits: string | undefined, text: string): void {
    const count = Number(digits ?? 0);
    if (!(count > 0)) return;
    if (kind === 'succeeded') this.#succeeded += count;
    else {
      this.#failed += count;
      this.#evidence ??= text.trim();
    }
  }

  /** The program whose output the text is; null if it is that of none. */
  get program(): string | null {
    const [most] = [...this.#programs].toSorted(([, one], [, other]) => other - one);
    return most !== undefined && most[1] >= LEAST_LINES ? most[0] : null;
  }

  diagnosis(lineCount: number): OtherTextDiagnosis {
    const all = Math.max(this.#all ?? 0, this.#succeeded + this.#failed);
    const failed = this.#failedRatio === null ? this.#failed : Math.round(this.#failedRatio * all);
    return otherText({
      kind: 'benchmark',
      engine: null,
      displayName: `Output of the load client ${this.program ?? ''}`,
      summary: [
        `${all === 0 ? '' : `${countText(Math.max(0, all - failed))} of ${countedText(all, 'request')} succeeded. `}It is the client\u2019s output: for a failure of the engine, give the engine\u2019s own log.`,
        ...(this.#shown.length === 0 ? [] : [`${this.#shown.join(', ')}.`]),
      ],
      findings: failed > 0 ? [this.#finding(failed, all)] : [],
      lineCount,
    });
  }

  #finding(failed: number, all: number): Finding {
    const why = failureFinding(this.#reason ?? '');
    return {
      code: 'benchmark.requests-failed',
      severity: 'critical',
      message: `${countText(failed)} of ${countedText(all, 'request')} failed${why === null ? '' : `: ${lower(why.message)}`}${why === null ? ': its figures are those of the others.' : ' The figures are those of the others.'}`,
      evidence: this.#reason ?? this.#evidence,
      remedy:
        why === null
          ? 'The reason is in the engine\u2019s log at that time: gantry diagnose that log. Try one request with curl, and look at its answer.'
          : `${why.remedy} The limits of these clients are shorter than a long answer takes (hey: -t, 20 s by default; wrk: --timeout, 2 s; k6: timeout, 60 s): raise them, or lower concurrency or max_tokens.`,
      settingsChange: null,
    };
  }
}

function lower(message: string): string {
  return `${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}
