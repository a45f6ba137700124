import type {Failure} from '../../log/failure-catalog.ts';

const REQUESTS = 'vLLM runs on, and computes these prompts again or refuses the requests.';

/** Connectors that pass KV caches between a prefill and a decode server (NIXL, Mooncake). In order of precedence. */
export const connectorFailures: readonly Failure[] = [
  {
    code: 'transfer-wrong-server',
    curedBy: 'arguments',
    words: 'RuntimeError: Remote NIXL agent engine ID mismatch. Expected 46126a31_dp0,received 96b1c4ff_dp0.',
    pattern: /Remote NIXL agent engine ID mismatch|Engine ID mismatch for dp_rank=/,
    details: () => ({
      message: 'The address for the transfer of KV caches led to another engine than the one that computed the prompt.',
      remedy: `Set VLLM_NIXL_SIDE_CHANNEL_HOST on each host to its own address that the others reach (the default is localhost), and VLLM_NIXL_SIDE_CHANNEL_PORT to another port for each server of a host. A server that was restarted has a new ID: let the router forget the old one. ${REQUESTS}`,
    }),
  },
  {
    code: 'transfer-incompatible',
    curedBy: 'installation',
    words: 'RuntimeError: NIXL compatibility hash mismatch. Local: a1, Remote: b2.',
    pattern: /NIXL compatibility hash mismatch|Failed to decode Nixl(?:HandshakePayload|AgentMetadata)/,
    details: () => ({
      message: 'The prefill and decode servers do not fit together: KV caches cannot be passed between them.',
      remedy: `Give both the same release of vLLM, model, dtype, KV cache dtype, block size and attention backend. ${REQUESTS}`,
    }),
  },
  {
    code: 'transfer-unreachable',
    curedBy: 'network',
    words:
      'ERROR [mooncake_connector.py:2483] Failed to connect to bootstrap server http://10.0.0.9:8998 (ConnectError): x',
    pattern:
      /Failed to connect to bootstrap server (\S{1,200})|Failed to register \S{1,200} with the Mooncake bootstrap server at (\S{1,200})/,
    details: ([, one, other]) => ({
      message: `The prefill server cannot be reached at ${one ?? other}, where KV caches are arranged.`,
      remedy:
        'Does it run, and is it ready? Compare the address and the port of its bootstrap server with what the router passes on; they must be reached from this host.',
    }),
  },
  {
    code: 'package-missing',
    curedBy: 'installation',
    words: 'RuntimeError: NIXL is not available',
    pattern: /RuntimeError: NIXL is not available/,
    details: () => ({
      message: 'The KV connector needs NIXL, which is not installed where vLLM runs, or cannot be loaded there.',
      remedy:
        'Install it there (pip install nixl) for the CUDA version of vLLM; python3 -c "import nixl" shows why it fails.',
    }),
  },
  {
    code: 'kv-transfer-failed',
    curedBy: 'network',
    isConsequence: true,
    words: 'ERROR [base_worker.py:1261] NIXL transfer failure: handshake_setup_failed | Context: {}',
    pattern:
      /NIXL transfer failure: (\w{1,80})|(?:Mooncake|KV) transfer failed for request|Failed to transfer KV cache for request|Handshake (?:failed for request|with \S{1,120} failed)/,
    details: ([, kind]) => ({
      message: `The KV cache of a request was not passed between the servers${kind === undefined ? '' : ` (${kind})`}.`,
      remedy: `The reason is in the lines around the first of these, or in the log of the other server. ${REQUESTS}`,
    }),
  },
];
