import type {Failure} from '../../log/failure-catalog.ts';

const RUNS_ON = 'SGLang runs on: only these requests ended.';

/** KV caches that a prefill server hands over to a decode server. In order of precedence. */
export const handoverFailures: readonly Failure[] = [
  {
    code: 'prefill-lost',
    curedBy: 'network',
    words: 'Lost connection with prefill instance (bootstrap_addr: 10.0.0.1:8998), 3 requests affected',
    pattern:
      /Lost connection with prefill instance \(bootstrap_addr: ([^)\n]{1,120})\)|Prefill server with bootstrap_addr: (\S{1,120}) is healthy before, but now it is down|Could not fetch prefill parallel info from bootstrap_addr: (\S{1,120})/,
    details: ([, lost, down, silent]) => ({
      message: `The prefill server at ${lost ?? down ?? silent} does not answer any more, or cannot be reached.`,
      remedy: `Look at its own log: gantry diagnose that log. If it runs, the port of its bootstrap server must be reached from this host. ${RUNS_ON}`,
    }),
  },
  {
    code: 'prefill-lost',
    curedBy: 'network',
    words: "Error fetching prefill parallel info from bootstrap: HTTPConnectionPool(host='10.0.0.1', port=8998)",
    pattern:
      /Error fetching prefill (?:parallel|server|rank) \w{1,20} from bootstrap: (?:HTTPS?ConnectionPool\(host='([^'\n]{0,255})', port=(\d{1,5})\))?/,
    details: ([, host, port]) =>
      host === 'none' || host === 'None' || host === ''
        ? {
            message: 'A request came to the decode server without the address of the prefill server.',
            remedy: `Send requests, health checks included, through the router, which adds that address: /health_generate of the decode server alone is such a request. ${RUNS_ON}`,
          }
        : {
            message: `The bootstrap server of the prefill server${host === undefined ? '' : ` (${host}:${port})`} does not answer, or cannot be reached.`,
            remedy:
              'Start the prefill server first, with the same --disaggregation-bootstrap-port; the address of the router must be reached from this host.',
          },
  },
  {
    code: 'prefill-not-registered',
    curedBy: 'network',
    words: 'Prefill instance failed to register to bootstrap server after 5 retries',
    pattern: /Prefill instance failed to register to bootstrap server/,
    details: () => ({
      message: 'The prefill server could not register at its bootstrap server: no other server finds it.',
      remedy:
        'Check --disaggregation-bootstrap-port (in use, or blocked between nodes), and with several nodes that the first one is reached at the address of --dist-init-addr.',
    }),
  },
  {
    code: 'handover-unsupported',
    curedBy: 'arguments',
    words: 'PD Disaggregation does NOT support PD different TP sizes for non-MLA SWA hybrid models yet.',
    pattern:
      /PD [Dd]isaggregation does (?:NOT|not) support (?:PD )?(different TP sizes)?([^\n.(]{1,120})|State index length mismatch: prefill=(\d+)/,
    details: ([, sizes, what = '']) =>
      sizes === undefined && what !== ''
        ? {
            message: `Prefill and decode servers cannot be apart with ${what.trim()}: this release of SGLang does not support it.`,
            remedy: 'Remove that option on both servers, or use a newer release of SGLang.',
          }
        : {
            message:
              'The prefill and the decode servers split this model over different numbers of GPUs, which SGLang does not support for it.',
            remedy:
              'Give both the same tensor parallel size, and the same data-parallel attention. The network between them is not the cause.',
          },
  },
  {
    code: 'handover-timeout',
    curedBy: 'arguments',
    words: 'KVTransferError(bootstrap_room=7): Request 7 timed out after 300.0s in KVPoll.Bootstrapping',
    pattern: /Request \d+ timed out after ([\d.]+)s in KVPoll\.(\w{1,40})/,
    details: ([, seconds, state]) => ({
      message: `A request waited ${Number(seconds)} s for the other server (${state === 'WaitingForInput' ? 'for its KV cache' : 'to arrange the transfer'}) and was ended.`,
      remedy: `The other server is overloaded or does not answer: look at its log and its queue. SGLANG_DISAGGREGATION_BOOTSTRAP_TIMEOUT and SGLANG_DISAGGREGATION_WAITING_TIMEOUT (seconds) let requests wait longer. ${RUNS_ON}`,
    }),
  },
  {
    // Whoever asked gave up: of a server that works, no failure.
    code: 'request-aborted',
    curedBy: 'network',
    severity: 'warning',
    words:
      'Decode transfer failed for request rank=0 with exception KVTransferError(bootstrap_room=479): Aborted by AbortReq.',
    pattern:
      /(Prefill|Decode) (?:transfer|bootstrap|handshake) failed for request .{0,400}?: Aborted by (\w[\w -]{1,60})/,
    details: ([, side, by]) => ({
      message: `A request was ended before its KV cache had been handed over (${side?.toLowerCase()} side, by ${by?.trim()}).`,
      remedy: `The client or the router gave up. If that happens often, the transfer does not come: look at the log of the other server at that time, and at the network cards for the transfer. ${RUNS_ON}`,
    }),
  },
  {
    code: 'kv-transfer-failed',
    curedBy: 'host',
    isConsequence: true,
    words:
      "Prefill transfer failed for request rank=0 req.rid='1' req.bootstrap_room=2 with exception KVTransferError(",
    pattern:
      /(?:Prefill|Decode) (?:transfer|bootstrap|handshake) failed for request rank=(?:.{0,400}?KVTransferError\(bootstrap_room=\d+\): ([^\n"]{1,200}))?/,
    details: ([, reason]) => ({
      message: `Requests fail because their KV cache is not transferred between the prefill and the decode servers${reason === undefined ? '' : `: ${reason.trim().replace(/\.$/, '')}`}.`,
      remedy:
        'Look at the log of the other server at this time. If it is alive, check the network between them: the RDMA devices of the disaggregation (--disaggregation-ib-device), registered memory, and the port of the bootstrap server.',
    }),
  },
];
