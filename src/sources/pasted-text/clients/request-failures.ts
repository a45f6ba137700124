import type {Finding} from '../../../domain/diagnosis/finding.ts';

type Words = {readonly message: string; readonly remedy: string};

/** Why a request did not get an answer, by what libraries of clients and curl say; the first match counts. */
const kinds: readonly (readonly [code: string, pattern: RegExp, words: Words])[] = [
  [
    'plain-port',
    /WRONG_VERSION_NUMBER|wrong version number|packet length too long|record layer failure/i,
    {
      message: 'The client speaks TLS (https), and the server does not.',
      remedy: 'Use http:// in the address, or put a proxy with a certificate in front of the engine.',
    },
  ],
  [
    'certificate',
    /CERTIFICATE_VERIFY_FAILED|self[- ]signed certificate|certificate (?:has expired|verify failed)|SSLCertVerificationError|curl: \(60\)/i,
    {
      message: 'The client does not trust the certificate of the server.',
      remedy:
        'Give the client the certificate of its authority (SSL_CERT_FILE, REQUESTS_CA_BUNDLE), and use the name that the certificate is for.',
    },
  ],
  [
    'name-unknown',
    /Name or service not\sknown|Temporary failure in name resolution|nodename nor servname|Could not resolve host|getaddrinfo failed|NameResolutionError/i,
    {
      message: 'The name of the server cannot be resolved.',
      remedy:
        'Check the address that the client uses. The name of a container or service is known only in its own network or namespace.',
    },
  ],
  [
    'refused',
    /Connection refused|ECONNREFUSED|\[Errno 111\]|Failed to connect to|All connection attempts failed|Couldn't connect to server|curl: \(7\)/i,
    {
      message: 'Nothing accepts connections at the address that the client uses.',
      remedy:
        'On the server: does the engine run, and is it ready (gantry status, or its log with gantry diagnose)? An engine opens its port after the model is loaded. Then compare the port, and the address that it listens on: 127.0.0.1 is reached only from the same host or container.',
    },
  ],
  [
    'timeout',
    /context deadline exceeded|Client\.Timeout|Read ?Timed? ?out|Read ?timeout|APITimeoutError|Request timed out|Connect ?Timeout|timed out\b|curl: \(28\)|ServerTimeoutError|\bTimeoutError\b|(?:Headers|Body)TimeoutError|UND_ERR_\w{2,20}_TIMEOUT|ETIMEDOUT/i,
    {
      message: 'The client gave up before the server answered.',
      remedy:
        'On the server, look for requests that wait (gantry status, or the metrics), and for a log that stands still. If it works, let the client wait longer, stream the answer, and raise the timeouts of proxies. A connection that times out is a matter of the network or a firewall.',
    },
  ],
  [
    'closed',
    /Server disconnected|RemoteDisconnected|Connection reset|ECONNRESET|peer closed connection|IncompleteRead|incomplete chunked read|ClientPayloadError|Response payload is not completed|curl: \((?:18|52|56)\)|Broken pipe/i,
    {
      message: 'The server, or a proxy in front of it, closed the connection before the answer was complete.',
      remedy:
        'Look at the engine\u2019s log at that time: gantry diagnose that log. If the engine ran on, a proxy or load balancer has a time limit.',
    },
  ],
  [
    'not-connected',
    /APIConnectionError|Connection ?Error|ConnectError|ClientConnector\w{0,20}Error|Max retries exceeded/,
    {
      message: 'The client did not reach the server.',
      remedy:
        'The cause is further up in its traceback ("refused", "timed out", a certificate). Try the address with curl from the same machine: curl -i http://HOST:PORT/v1/models',
    },
  ],
];

/** What a status of HTTP means for a server that generates text. */
const statuses: Readonly<Partial<Record<string, Words>>> = {
  '400': {
    message: 'The server refused a request as invalid (400).',
    remedy:
      'Its answer says why, mostly that prompt and max_tokens exceed the context, or an option that the model does not have.',
  },
  '401': {
    message: 'The server refused the key of the client (401).',
    remedy: 'Give the client the key that the engine was started with.',
  },
  '403': {
    message: 'The server, or a proxy, forbids the request (403).',
    remedy: 'Check the key, and the rules of the proxy in front of the engine.',
  },
  '404': {
    message: 'The server has no such model or path (404).',
    remedy:
      'Compare the model\u2019s name with /v1/models (the served model name, not a path), and the address: it ends with /v1.',
  },
  '413': {
    message: 'The request is too large for a proxy (413).',
    remedy: 'Raise its limit (client_max_body_size of nginx).',
  },
  '422': {
    message: 'The server does not understand the request (422).',
    remedy: 'Its answer names the field: compare it with the API of this version of the engine.',
  },
  '429': {
    message: 'The server, or a router in front of it, takes no more requests at this time (429).',
    remedy:
      'Look at requests that wait on the server. Send fewer in parallel, or raise the limit of the router or the engine.',
  },
  '499': {
    message: 'Clients gave up before the engine answered (499).',
    remedy:
      'Look for requests that wait on the server (gantry status, or the metrics). If it works, let the clients wait longer than a long answer takes, or stream it.',
  },
  '500': {
    message: 'The server failed at a request (500).',
    remedy: 'The reason is in the engine\u2019s log at that time: gantry diagnose that log.',
  },
  '502': {
    message: 'A proxy did not reach the engine behind it (502).',
    remedy:
      'Does the engine run, and is it ready? Look at its log with gantry diagnose, then at the address that the proxy uses.',
  },
  '503': {
    message: 'The server takes no requests (503).',
    remedy:
      'It still loads the model, its engine has failed, or a router has no healthy worker: gantry status, or its log with gantry diagnose, says which.',
  },
  '408': {
    message: 'A time limit of the server, or of a proxy, ended the request (408).',
    remedy: 'Look for requests that wait on the server, and raise the time limit above that of a long answer.',
  },
  '504': {
    message: 'A proxy gave up before the engine answered (504).',
    remedy:
      'Look for requests that wait on the server; raise the time limit of the proxy (proxy_read_timeout of nginx) above that of a long answer.',
  },
};

/** The finding for a status that is an error. */
export function statusFinding(status: string, evidence: string): Finding {
  const words = statuses[status] ?? {
    message: `The server answered with an error (${status}).`,
    remedy: 'Its answer says why; otherwise look at the engine\u2019s log at that time: gantry diagnose that log.',
  };
  return clientFinding(`status-${status}`, words, evidence);
}

/** The finding for a request without an answer; null for a line that tells of none. */
export function failureFinding(text: string): Finding | null {
  const found = kinds.find(([, pattern]) => pattern.test(text));
  return found === undefined ? null : clientFinding(found[0], found[2], text);
}

/** The finding for an error of which no more is known than its words. */
export function errorFinding(evidence: string): Finding {
  const remedy =
    'Look at the engine\u2019s log at that time: gantry diagnose that log. Without an error there, try the same request with curl, and look at its answer.';
  return clientFinding('error', {message: 'A client or a proxy reports an error.', remedy}, evidence);
}

function clientFinding(code: string, words: Words, evidence: string): Finding {
  return {code: `client.${code}`, severity: 'critical', ...words, evidence: evidence.trim(), settingsChange: null};
}
