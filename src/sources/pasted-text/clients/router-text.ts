import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {type OtherTextDiagnosis, otherText} from '../../../domain/diagnosis/text-diagnosis.ts';
import type {Engine} from '../../../engines/engine.ts';
import {countedText, countText, limitedList} from '../../../shared/quantities/counts.ts';
import {withinWords} from '../../../shared/within-words.ts';

/** Routers and proxies of others, by what only they write in a line of their log. Engines know the lines of their own routers. */
const otherRouters: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\bLiteLLM(?: Proxy| Router)?:(?:DEBUG|INFO|WARNING|ERROR|CRITICAL): \w{1,80}\.py:\d/, 'LiteLLM'],
  [
    /\bhaproxy\[\d{1,9}\]: |^Server [\w.-]{1,80}\/[\w.-]{1,80} is (?:DOWN|UP)\b|\bbackend [\w.-]{1,80} has no server available/,
    'HAProxy',
  ],
  [
    /^time="[^"]{10,40}" level=\w{3,7} msg=.{0,200}\b(?:[Ss]ervice|[Bb]ad [Gg]ateway|[Ff]orward|[Hh]ealth ?check)/,
    'Traefik',
  ],
  [/" [1-5]\d\d (?:U[FHTCOX]|UR[X]?|NR|LH)(?:,[A-Z]{2,3}){0,4} [a-z_]{4,60}/, 'Envoy'],
];

type Kind = 'unreachable' | 'timeout' | 'none-left' | 'refused';

/** What such a line reports of the engines behind it; the first match counts. */
const kinds: readonly (readonly [kind: Kind, pattern: RegExp])[] = [
  [
    'none-left',
    /[Nn]o (?:available|healthy) (?:workers?|prefill|decode|endpoints?|backends?|deployments?)|[Nn]o (?:workers?|deployments?) (?:are )?(?:available|left)|No deployments available|no_healthy_upstream|has no server available|no active .{0,40}servers left/,
  ],
  ['timeout', /[Tt]imed? ?out|deadline has elapsed|response_timeout/],
  [
    'unreachable',
    /[Cc]onnection refused|Cannot connect to host|Connect call failed|[Cc]onnect(?:ion)? ?error|error sending request|All connection attempts failed|[Hh]ealth check (?:for .{1,200} )?failed|\b(?:is|marked|marked as) (?:unhealthy|not healthy)|\bunhealthy\b|is DOWN\b|upstream_reset_before_response|Connection reset|APIConnectionError/,
  ],
  ['refused', /\b(?:AuthenticationError|NotFoundError|BadRequestError|ContextWindowExceededError|RateLimitError)\b/],
];

const level =
  /\b(?:WARN(?:ING)?|ERROR|CRITICAL|DOWN)\b|[Ee]xception|failed|level=(?:warn|error)|no server available|" 50[234] /;
const address = /\bhttps?:\/\/[^\s"'/,)\\]{1,200}|\bhost ([\w.-]{1,100}:\d{1,5})\b/;

/** Addresses that a sentence names. */
const MAX_NAMED = 3;
/** Addresses that are kept: a router has tens of engines behind it. */
const MAX_ADDRESSES = 500;
const MAX_EVIDENCE = 400;

type Seen = {count: number; readonly first: string; readonly addresses: Set<string>};

/** Reads the log of a router or gateway in front of engines. */
export class RouterText {
  readonly #engines: readonly Pick<Engine, 'displayName' | 'recognizesRouterLine'>[];
  #name: string | null = null;
  #count = 0;
  readonly #seen = new Map<Kind, Seen>();

  constructor(engines: readonly Pick<Engine, 'displayName' | 'recognizesRouterLine'>[]) {
    this.#engines = engines;
  }

  /** Takes a line; true if a router wrote it. */
  take(text: string): boolean {
    const engine = this.#engines.find(({recognizesRouterLine}) => recognizesRouterLine?.(text) === true);
    const name = engine?.displayName ?? otherRouters.find(([pattern]) => pattern.test(text))?.[1];
    if (name === undefined) return false;
    this.#name ??= name;
    this.#count += 1;
    const kind = level.test(text) ? kinds.find(([, pattern]) => pattern.test(text))?.[0] : undefined;
    if (kind !== undefined) this.#note(kind, text);
    return true;
  }

  #note(kind: Kind, text: string): void {
    const seen = this.#seen.get(kind) ?? {count: 0, first: text, addresses: new Set<string>()};
    seen.count += 1;
    const match = address.exec(text);
    const found = match?.[1] ?? match?.[0];
    if (found !== undefined && seen.addresses.size < MAX_ADDRESSES) seen.addresses.add(found);
    this.#seen.set(kind, seen);
  }

  /** Number of lines of a router. */
  get count(): number {
    return this.#count;
  }

  /** With `hasServed`, requests for text were answered in the same text: then failures are warnings. */
  diagnosis(lineCount: number, hasServed: boolean): OtherTextDiagnosis {
    return otherText({
      kind: 'server-log',
      engine: null,
      displayName: 'Log of a router',
      summary: [
        `This is the log of a router of ${this.#name ?? 'requests'} (${countedText(this.#count, 'line')}), which passes requests on: it does not show why an engine fails.`,
        ...(this.#seen.size === 0 ? ['It reports no failure of an engine behind it.'] : []),
      ],
      findings: this.#findings(hasServed),
      lineCount,
    });
  }

  /** The most telling kind first. */
  #findings(hasServed: boolean): readonly Finding[] {
    const order: readonly Kind[] = ['none-left', 'unreachable', 'timeout', 'refused'];
    return order.flatMap((kind) => {
      const seen = this.#seen.get(kind);
      return seen === undefined ? [] : [findingOf(kind, seen, hasServed)];
    });
  }
}

const remedies: Readonly<Record<Kind, string>> = {
  'none-left':
    'Look at the engines, not at the router: is each of them up and ready (gantry status there, or its log with gantry diagnose)? The router takes one back when its health check succeeds.',
  unreachable:
    'Look at the engine at this address: does it run, and is it ready (gantry status there, or its log with gantry diagnose)? If it is, compare address and port with what the router was given, and try curl -i ADDRESS/health from the host of the router.',
  timeout:
    'Look at the engine at that time: requests that wait (gantry status, or its metrics) and a log that stands still. If it works, raise the time limit of the router.',
  refused:
    'The engine answers: the request, its key or the name of its model is wrong. Compare the name with /v1/models of the engine.',
};

function findingOf(kind: Kind, {count, first, addresses}: Seen, hasServed: boolean): Finding {
  const named = addresses.size === 0 ? '' : `: ${limitedList([...addresses], MAX_NAMED)}`;
  const times = count === 1 ? '' : ` (${countText(count)} lines)`;
  const messages: Readonly<Record<Kind, string>> = {
    'none-left': `The router has no engine left that it can send requests to${named}${times}.`,
    unreachable: `The router does not reach an engine behind it${named}${times}.`,
    timeout: `An engine behind the router did not answer in time${named}${times}.`,
    refused: `An engine behind the router refused requests${named}${times}.`,
  };
  return {
    code: kind === 'refused' ? 'server.requests-refused' : 'server.upstream-not-reached',
    severity: hasServed || kind === 'refused' ? 'warning' : 'critical',
    message: messages[kind],
    evidence: withinWords(first, MAX_EVIDENCE),
    remedy: remedies[kind],
    settingsChange: null,
  };
}
