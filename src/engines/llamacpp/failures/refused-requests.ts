import {type Failure, grouped} from '../../log/failure-catalog.ts';

const CONTEXT_REMEDY = 'The engine serves. Let clients send shorter prompts, or restart with a longer context.';
const GRAMMAR_REMEDY =
  'The engine serves. Let the client simplify the schema or the tools of the request (long repetitions and patterns, deep nesting), do not combine thinking with a JSON schema, or install a newer llama.cpp. The model and the GPUs are not the cause.';

/** Requests that llama-server refuses or ends while it serves, by its log or by the answer that a client got. In order of precedence. */
export const refusedRequests: readonly Failure[] = [
  {
    code: 'request-too-long',
    curedBy: 'arguments',
    severity: 'info',
    words: 'request (44496 tokens) exceeds the available context size (32768 tokens), try increasing it',
    pattern:
      /request \((\d+) tokens\) exceeds the available context size \((\d+) tokens\)|Requested tokens \((\d+)\) exceed context window of (\d+)/,
    details: ([, wanted, limit, otherWanted, otherLimit]) => ({
      message: `A request of ${grouped(wanted ?? otherWanted)} tokens was refused: the context is ${grouped(limit ?? otherLimit)}.`,
      remedy: CONTEXT_REMEDY,
    }),
  },
  {
    // Builds of 2025, which give no numbers here.
    code: 'request-too-long',
    curedBy: 'arguments',
    severity: 'info',
    words: 'error: the request exceeds the available context size. try increasing the context size',
    pattern: /the request exceeds the available context size[.,] try increasing/,
    details: () => ({
      message: 'A request was refused: it is longer than the context of one slot (n_ctx_slot in the lines before it).',
      remedy: `${CONTEXT_REMEDY} The running requests may share the context: fewer of them have more each.`,
    }),
  },
  {
    code: 'request-over-context',
    curedBy: 'arguments',
    severity: 'warning',
    words: 'send_error: task id = 31, error: Context size has been exceeded.',
    pattern: /Context size has been exceeded/,
    details: () => ({
      message: 'Requests were ended with an error: the context that the slots share was full.',
      remedy:
        'The engine serves. Restart with a longer context or with fewer running requests, or let clients send shorter prompts and limit max_tokens.',
    }),
  },
  {
    code: 'request-over-batch',
    curedBy: 'arguments',
    severity: 'info',
    words: 'send_error: task id = 0, error: input is too large to process. increase the physical batch size',
    pattern:
      /input (?:\((\d+) tokens\) )?is too large to process\. increase the physical batch size(?: \(current batch size: (\d+)\))?/,
    details: ([, wanted, limit]) => ({
      message: `A request${wanted === undefined ? '' : ` of ${grouped(wanted)} tokens`} was refused: embeddings and rankings are computed in one physical batch${limit === undefined ? '' : `, which has ${grouped(limit)}`}.`,
      remedy:
        'The engine serves. Raise --batch-size and --ubatch-size in engine.extraArguments to the longest input, or let clients send shorter ones.',
    }),
  },
  {
    code: 'request-refused',
    curedBy: 'arguments',
    severity: 'warning',
    words:
      '{"code":400,"message":"Failed to initialize samplers: failed to parse grammar","type":"invalid_request_error"}',
    pattern: /Failed to initialize samplers: ([^"\n]{1,200})/,
    details: ([, reason]) => ({
      message: `A request with tools or structured output was refused: its grammar cannot be used (${reason?.trim()}).`,
      remedy: GRAMMAR_REMEDY,
    }),
  },
  {
    code: 'request-refused',
    curedBy: 'arguments',
    severity: 'warning',
    words: 'parse: error parsing grammar: number of repetitions exceeds sane defaults',
    pattern: /error parsing grammar: ([^,\n]{1,200})|error initializing grammar sampler for grammar/,
    details: ([, reason]) => ({
      message: `The grammar of a request, from its tools or JSON schema, cannot be parsed${reason === undefined ? '' : `: ${reason.trim()}`}.`,
      remedy: `${GRAMMAR_REMEDY} Some builds answer without the grammar instead of refusing.`,
    }),
  },
  {
    code: 'request-refused',
    curedBy: 'arguments',
    severity: 'warning',
    words: 'Error code: 500 - Jinja Exception: No user query found in messages.',
    pattern:
      /(?:\[(?:400|500)\]: |"code": ?(?:400|500), ?"message": ?"|Error code: (?:400|500) - )[^\n]{0,1000}?Jinja Exception: ([^"'\n]{1,200})/,
    details: ([, reason]) => ({
      message: `The chat template of the model refused the messages of a request: ${reason?.trim().replace(/\.$/, '')}.`,
      remedy:
        'The engine serves. Let the client send messages as the template wants them (a message of the user, roles in turn, the system message first), or give another template with --chat-template-file.',
    }),
  },
  {
    code: 'request-truncated',
    curedBy: 'arguments',
    severity: 'info',
    words: 'slot update_slots: id  0 | task 9 | input truncated, n_ctx = 4096, n_keep = 0, n_left = 4095',
    pattern: /input truncated, n_ctx = (\d{1,9}), n_keep/,
    details: ([, limit]) => ({
      message: `A prompt was longer than the context of ${grouped(limit)} tokens, and llama.cpp left its middle out.`,
      remedy: CONTEXT_REMEDY,
    }),
  },
  {
    code: 'request-positions',
    curedBy: 'installation',
    severity: 'warning',
    words: 'init: the tokens of sequence 2 in the input batch have inconsistent sequence positions:',
    pattern:
      /the tokens of sequence (\d{1,6}) in the input batch have inconsistent sequence positions|update_slots: Invalid input batch\./,
    details: ([, sequence]) => ({
      message: `The positions of ${sequence === undefined ? 'a request' : `sequence ${sequence}`} do not continue what is in the KV cache: llama.cpp answered all running requests with an error.`,
      remedy:
        'It is a fault of this build in reusing a cache, not of the requests, and the server continues. Use another build; until then, remove --cache-reuse and other options for the cache from engine.extraArguments.',
    }),
  },
];
