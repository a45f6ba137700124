import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {type OtherTextDiagnosis, otherText} from '../../../domain/diagnosis/text-diagnosis.ts';
import {countedText, countText} from '../../../shared/quantities/counts.ts';

const title = /^=+ ?(?:Serving|Offline Throughput|Throughput|Latency)? ?Benchmark Result ?=+$/i;
/** Titles within a result, by which one is known whose beginning is not in the text. */
const section =
  /^-{3,}(?:Time to First Token|Time per Output Token|Inter-token Latency|End-to-end Latency)[^-]{0,40}-{3,}$/i;
const figure = /^([A-Z][A-Za-z0-9 %/().-]{2,60}):\s{1,60}(-?[\d.,]+|inf|nan)\s*$/;
/** A table of llama-bench. */
const benchTable = /^\| *model +\| +size \| +params \| *backend/;
const benchRow = /^\| [^|]{1,80}\|.{1,300}\| +[\d.]+ \u00b1 [\d.]+ \|$/;

/** Figures that say most, by the beginning of their name. */
const told =
  /^(?:Successful requests|Failed requests|Benchmark duration|Request throughput|Output token throughput|Total [Tt]oken throughput|Mean TTFT|P99 TTFT|Mean TPOT|Mean ITL)/;
const MAX_RESULTS = 8;

/** The last state of a progress bar: of a terminal, one line holds every state of it. */
const bar = /\|\s*(\d{1,9})\/(\d{1,9}) \[/g;

type Result = {readonly name: string; readonly value: string}[];

/** Reads what a benchmark client prints, from the lines of any text. */
export class BenchmarkText {
  readonly #results: Result[] = [];
  readonly #rows: string[] = [];
  /** Of each result the number of requests that the bar above it counted; null without one. */
  readonly #asked: (number | null)[] = [];
  #bar: number | null = null;
  #hasTable = false;

  /** Takes a line; true if it is of a benchmark's result. */
  take(text: string): boolean {
    const line = text.trim();
    if (title.test(line) || (this.#results.length === 0 && section.test(line))) {
      this.#results.push([]);
      this.#asked.push(this.#bar);
      this.#bar = null;
      return true;
    }
    const last = line.includes('/') && line.includes('%|') ? [...line.matchAll(bar)].at(-1) : undefined;
    if (last !== undefined && last[1] === last[2]) this.#bar = Number(last[2]);
    if (benchTable.test(line)) this.#hasTable = true;
    if (this.#hasTable && benchRow.test(line)) this.#rows.push(line);
    const result = this.#results.at(-1);
    const [, name, value] = figure.exec(line) ?? [];
    if (result === undefined || name === undefined || value === undefined) return false;
    result.push({name, value});
    return true;
  }

  /** Number of results. */
  get count(): number {
    return this.#results.length + this.#rows.length;
  }

  diagnosis(lineCount: number): OtherTextDiagnosis {
    const shown = this.#results
      .slice(-MAX_RESULTS)
      .map(resultText)
      .filter((text) => text !== '');
    return otherText({
      kind: 'benchmark',
      engine: null,
      displayName: 'Output of a benchmark client',
      summary: [
        `${countedText(this.count, 'result')}. It is the client\u2019s output: for a failure of the engine, give the engine\u2019s own log.`,
        ...shown,
        ...this.#rows.slice(-MAX_RESULTS),
      ],
      findings: this.#results.flatMap((result, index) => failedRequests(result, this.#asked[index] ?? null)),
      lineCount,
    });
  }
}

function resultText(result: Result): string {
  return result
    .filter(({name}) => told.test(name))
    .map(({name, value}) => `${name} ${value}`)
    .join(', ');
}

function failedRequests(result: Result, asked: number | null): readonly Finding[] {
  const of = (word: string): number =>
    Number(result.find(({name}) => name.startsWith(word))?.value.replaceAll(',', '') ?? Number.NaN);
  const succeeded = of('Successful requests');
  const missing = asked === null ? Number.NaN : asked - succeeded;
  const failed = [of('Failed requests'), missing].find((count) => count > 0) ?? 0;
  if (failed === 0 && succeeded !== 0) return [];
  const all = succeeded + failed;
  const message =
    succeeded === 0
      ? 'No request of the benchmark succeeded.'
      : `${countText(failed)} of ${countedText(all, 'request')} of the benchmark failed: its figures are those of the others.`;
  return [
    {
      code: 'benchmark.requests-failed',
      severity: 'critical',
      message,
      evidence: resultText(result),
      remedy:
        'The reason is in the engine\u2019s log at that time: gantry diagnose that log. Without an error there, the client refused the answers: try one request with curl, with the model\u2019s name that /v1/models has.',
      settingsChange: null,
    },
  ];
}
