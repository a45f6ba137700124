import {dividedHalfEven} from '../../../src/domain/cost/exact-money.ts';
import type {TokenCounts} from '../../../src/domain/cost/ledger/entries.ts';

const MS_PER_HOUR = 3_600_000;
const MILLION = 1_000_000;
/** Long enough for prices and clocks that lie before the supervisor's first moment. */
const BILLED_BEFORE_MS = 60 * MS_PER_HOUR;
/** All dated prices of the time before are older: no clock that is set back comes near them. */
const DATED_BEFORE_MS = 40 * MS_PER_HOUR;

type DatedPrice = {readonly fromMs: number; readonly unsteppedMs: number; readonly microUsdPerHour: number};
/** Of a million tokens, micro-USD. */
type ApiPrice = {readonly input: number; readonly cached: number; readonly output: number};

/** What node and API cost by contract, and what that adds up to, in integers. */
export class NodeTerms {
  readonly #random: () => number;
  readonly #prices: DatedPrice[];
  /** Of now. */
  api: ApiPrice;
  readonly #apiOfRun = new Map<string, ApiPrice>();

  /** `nowMs` is the present by a clock that was never set. */
  constructor(nowMs: number, random: () => number) {
    this.#random = random;
    const [first, second] = [nowMs - BILLED_BEFORE_MS, nowMs - DATED_BEFORE_MS - Math.floor(random() * MS_PER_HOUR)];
    this.#prices = [first, second].map((atMs) => ({
      fromMs: atMs,
      unsteppedMs: atMs,
      microUsdPerHour: this.#anyPrice(),
    }));
    this.api = this.#anyApi();
  }

  /** Of what the clock shows, `unsteppedMs` being the same moment by a clock that was never set. */
  datePrice(wallMs: number, unsteppedMs: number): void {
    this.#prices.push({fromMs: wallMs, unsteppedMs, microUsdPerHour: this.#anyPrice()});
  }

  changeApi(): void {
    this.api = this.#anyApi();
  }

  /** The API's prices of now are those of this run. */
  began(runId: string): void {
    if (!this.#apiOfRun.has(runId)) this.#apiOfRun.set(runId, this.api);
  }

  /** The section `cost` of the configuration. */
  yaml(): string {
    const iso = (ms: number): string => new Date(ms).toISOString();
    const nodePrices = this.#prices.map(({fromMs, microUsdPerHour}) => ({
      from: iso(fromMs),
      usdPerHour: microUsdPerHour / MILLION,
    }));
    const {api} = this;
    const priceBook = {
      name: 'contract',
      asOf: '2026-11-01',
      inputUsdPerMillionTokens: api.input / MILLION,
      cachedInputUsdPerMillionTokens: api.cached / MILLION,
      outputUsdPerMillionTokens: api.output / MILLION,
    };
    const billedSince = iso(this.#prices[0]?.fromMs ?? 0);
    return `cost: ${JSON.stringify({billedSince, nodePrices, priceBook})}`;
  }

  /** What the node costs until then, micro-USD. */
  nodeMicroUsd(untilUnsteppedMs: number): number {
    const microUsdMs = this.#prices.reduce((sum, {unsteppedMs, microUsdPerHour}, at) => {
      const endMs = Math.min(untilUnsteppedMs, this.#prices[at + 1]?.unsteppedMs ?? untilUnsteppedMs);
      return sum + BigInt(Math.max(0, endMs - unsteppedMs)) * BigInt(microUsdPerHour);
    }, 0n);
    return Number(dividedHalfEven(microUsdMs, BigInt(MS_PER_HOUR)));
  }

  /** How long the node is paid for until then, ms. */
  billedMs(untilUnsteppedMs: number): number {
    return untilUnsteppedMs - (this.#prices[0]?.unsteppedMs ?? 0);
  }

  /** What the API charges for these tokens of clients, micro-USD. */
  apiMicroUsd(runs: readonly {readonly runId: string; readonly clients: TokenCounts}[]): number {
    const pico = runs.reduce((sum, {runId, clients}) => {
      const price = this.#apiOfRun.get(runId);
      if (price === undefined) throw new Error(`tokens of a run that was never seen: ${runId}`);
      const one = clients.input * price.input + clients.cached * price.cached + clients.output * price.output;
      return sum + BigInt(one);
    }, 0n);
    return Number(dividedHalfEven(pico, BigInt(MILLION)));
  }

  #anyApi(): ApiPrice {
    const price = (): number => 1 + Math.floor(this.#random() * 5 * MILLION);
    return {input: price(), cached: price(), output: price()};
  }

  #anyPrice(): number {
    return 10_000_000 + Math.floor(this.#random() * 30 * MILLION);
  }
}
