import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {type OtherTextDiagnosis, otherText} from '../../../domain/diagnosis/text-diagnosis.ts';
import {countedText, countText} from '../../../shared/quantities/counts.ts';
import {failureFinding, statusFinding} from './request-failures.ts';

/** What a client's library logs of an answer. */
const answer = /\bHTTP Request: [A-Z]{3,7} \S{1,300} "HTTP\/[\d.]{1,3} (\d{3})|^< HTTP\/[\d.]{1,3} (\d{3})/;
/** The body of a refusal, as curl shows it. */
const body = /^\{"error": ?\{.{0,2000}?"code": ?(\d{3})\b|^\{.{0,2000}?"code": ?(\d{3}), ?"message": ?"/;
const retry = /\bRetrying request to \/\S/;
/** Exceptions of libraries of clients, and what curl says. */
const exception =
  /^(?:\S{0,60} )?(?:(?:openai|litellm(?:\.exceptions)?|anthropic|httpx|httpcore|aiohttp\.client_exceptions|requests\.exceptions|urllib3\.exceptions)\.[A-Z]\w{2,60}|curl: \(\d{1,3}\) |(?:openai\.)?API(?:Connection|Timeout|Status)Error\b|(?:[A-Z]\w{2,40}Error: )?Error code: \d{3} - |(?:\w{1,40}\.){0,3}HTTPError: \d{3} )/;
const errorCode = /\bError code: (\d{3})\b|\bHTTPError: (\d{3}) |\b(\d{3}) (?:Client|Server) Error: /;
/** The answer of the hub that models are loaded from is not that of an engine. */
const ofHub = /huggingface\.co|hf-mirror|modelscope/;

/** Frames of what sends requests: libraries of clients, and the benchmarks of engines. */
const clientFrame =
  /^\s*File "[^"]{0,400}(?:\/(?:aiohttp\/client|aiohttp\/streams|httpx\/|httpcore\/|openai\/_|anthropic\/_|litellm\/|requests\/adapters|urllib3\/)|bench_serving\.py|benchmark_serving|benchmarks?\/|endpoint_request_func|backend_request_func)/;
/** Frames of what loads files: their requests are those of a start. */
const loaderFrame = /^\s*File "[^"]{0,400}\/(?:huggingface_hub|modelscope|transformers|datasets)\//;
const tracebackStart = /Traceback \(most recent call last\)/;
const finalLine = /^(?:[A-Za-z_]\w{0,60}\.){0,6}[A-Z]\w{2,60}(?:Error|Exception|Timeout|Disconnected)(?::|$)/;
/** The same within a message of a logger. */
const libraryError = /\b(?:litellm|openai)(?:\.exceptions)?\.[A-Z]\w{2,60}(?:Error|Timeout)\b|\bRequest timed out\.?$/;
/** What Node says of a request. */
const nodeError =
  /\[cause\]: \w{2,60}Error\b|\bAxiosError\b|\bUND_ERR_[A-Z_]{4,40}|^(?:Uncaught )?TypeError: fetch failed/;

/** Reads the log of a program that uses an inference server, from the lines of any text. */
export class ClientText {
  #succeeded = 0;
  #failed = 0;
  #retries = 0;
  readonly #findings = new Map<string, Finding>();
  /** Whose the frames of the traceback are that is being read. */
  #traceback: 'client' | 'loader' | 'other' | null = null;
  #endedBy: string | null = null;

  /** Notes a line, which may still be of an engine: only a text without one is a client\u2019s. */
  note(text: string): void {
    if (ofHub.test(text)) return;
    const status = statusIn(answer, text) ?? statusIn(body, text);
    if (status !== undefined) this.#noteStatus(status, text);
    else if (retry.test(text)) this.#retries += 1;
    else if (exception.test(text) || libraryError.test(text) || nodeError.test(text)) this.#noteException(text);
    else this.#noteTraceback(text);
  }

  /** The last line of a traceback is one of a client by the calls above it. */
  #noteTraceback(text: string): void {
    if (tracebackStart.test(text)) this.#traceback = 'other';
    else if (this.#traceback === null) return;
    else if (loaderFrame.test(text)) this.#traceback = 'loader';
    else if (clientFrame.test(text) && this.#traceback === 'other') this.#traceback = 'client';
    else if (finalLine.test(text)) {
      if (this.#traceback === 'client') this.#noteException(text);
      this.#endedBy = this.#traceback === 'client' ? text.trim() : null;
      this.#traceback = null;
    }
  }

  /** True if the last traceback is that of a client, and these lines have its end. */
  isEndOf(lines: readonly {readonly text: string}[]): boolean {
    return lines.some(({text}) => text.trim() === this.#endedBy);
  }

  #noteStatus(status: string, text: string): void {
    if (Number(status) < 400) {
      this.#succeeded += 1;
      return;
    }
    this.#failed += 1;
    this.#add(statusFinding(status, text));
  }

  #noteException(text: string): void {
    const status = statusIn(errorCode, text);
    const finding = status === undefined ? failureFinding(text) : statusFinding(status, text);
    if (finding === null) return;
    if (status === undefined) this.#failed += 1;
    this.#add(finding);
  }

  #add(finding: Finding): void {
    // The last line of an exception quotes the answer, which says more.
    this.#findings.set(finding.code, finding);
  }

  /** Number of lines that only a client writes. */
  get count(): number {
    return this.#succeeded + this.#failed + this.#retries + this.#findings.size;
  }

  diagnosis(lineCount: number): OtherTextDiagnosis {
    const findings = [...this.#findings.values()];
    // That it was not reached says least.
    const sorted = findings.toSorted((one, other) => weight(one) - weight(other));
    const all = this.#succeeded + this.#failed;
    return otherText({
      kind: 'client-log',
      engine: null,
      displayName: 'Log of a client',
      summary: [
        ...(all === 0 ? [] : [`${countText(this.#succeeded)} of ${countedText(all, 'request')} succeeded.`]),
        'It is the client\u2019s output: for a failure of the engine, give the engine\u2019s own log.',
      ],
      findings: sorted,
      lineCount,
    });
  }
}

/** The status in the first group that matched. */
function statusIn(pattern: RegExp, text: string): string | undefined {
  return pattern
    .exec(text)
    ?.slice(1)
    .find((group) => group !== undefined);
}

function weight({code}: Finding): number {
  return Number(code === 'client.not-connected');
}
