import type {TorchFailure} from '../torch-engine.ts';

/** Addresses and ports that may not be used, names and certificates that are not accepted. In order of precedence. */
export const addressFailures: readonly TorchFailure[] = [
  {
    code: 'port-not-permitted',
    curedBy: 'host',
    words: "PermissionError: [Errno 13] error while attempting to bind on address ('0.0.0.0', 80): permission denied",
    pattern: /\[Errno 13\] (?:error while attempting to bind on address \('[^'\n]{0,100}', (\d+)\)|[^\n]{0,60}bind\b)/,
    details: ([, port]) => ({
      message: `The engine may not listen on port ${port ?? 'that it was given'}: ports below 1024 are for root.`,
      remedy: 'Use a port from 1024 on, and a reverse proxy for the other one.',
      ...(port === undefined || Number(port) >= 1024 ? {} : {settingsChange: {port: Number(port) + 8000}}),
    }),
  },
  {
    code: 'address-unavailable',
    curedBy: 'arguments',
    words:
      "OSError: [Errno 99] error while attempting to bind on address ('10.1.2.3', 8000): cannot assign requested address",
    pattern:
      /\[Errno 99\] (?:error while attempting to bind on address \('([^'\n]{0,100})', \d+|Cannot assign requested address)|code: -99, name: EADDRNOTAVAIL/,
    details: ([, address]) => ({
      message: `This host does not have the address ${address ?? 'that the engine was given'}.`,
      remedy:
        'Set engine.host to an address of this host (ip addr shows them), or 127.0.0.1; in a container, those of the container count.',
    }),
  },
  {
    code: 'address-unavailable',
    curedBy: 'host',
    words: 'OSError: [Errno 97] Address family not supported by protocol',
    pattern: /\[Errno 97\] Address family not supported by protocol|code: -97, name: EAFNOSUPPORT/,
    details: () => ({
      message: 'IPv6 is switched off on this host, or in this container, and the engine was given an IPv6 address.',
      remedy: 'Set engine.host and the address of the head node to IPv4 addresses, or switch IPv6 on.',
    }),
  },
  {
    code: 'name-unknown',
    curedBy: 'network',
    whileServing: 'warning',
    words: 'socket.gaierror: [Errno -3] Temporary failure in name resolution',
    pattern:
      /(?:gaierror: |Failed to resolve '((?:huggingface\.co|hf-mirror\.com|cdn-lfs[\w.-]{0,40}\.hf\.co))' \()\[Errno -\d+\] (Name or service not (?:known)|Temporary failure in name resolution|No address associated with hostname)(?![^\n]{0,300}thrown while requesting)/,
    details: ([, host, reason]) => ({
      message: `The name of a host${host === undefined ? '' : ` (${host})`} could not be resolved: ${reason?.toLowerCase()}.`,
      remedy:
        'The traceback shows for what: the hub, or another node. Correct the name, or DNS of this host or container; an address instead of the name works without DNS.',
    }),
  },
  {
    code: 'network-unreachable',
    curedBy: 'network',
    whileServing: 'warning',
    words: 'httpx.ConnectError: [Errno 101] Network is unreachable',
    pattern:
      /\[Errno (?:101|113)\] (Network is unreachable|No route to host)(?![^\n]{0,300}(?:thrown while requesting|[Rr]etrying))/,
    details: ([, reason]) => ({
      message: `An address is not reached from this host: ${reason?.toLowerCase()}.`,
      remedy:
        'The traceback shows which one: the hub, or another node. Without access to the hub, copy the model to this host and set engine.model to its directory; between nodes, check the interface and the firewall.',
    }),
  },
  {
    code: 'certificate-rejected',
    curedBy: 'host',
    whileServing: 'warning',
    words: '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate is not yet valid (_ssl.c:1006)',
    pattern: /CERTIFICATE_VERIFY_FAILED\] certificate verify failed(?:: ([^\n(]{1,100}))?/,
    details: ([, reason = '']) => ({
      message: `A certificate was not accepted${reason === '' ? '' : `: ${reason.trim()}`}.`,
      remedy: /not yet valid|expired/.test(reason)
        ? 'Check the clock of this host first (timedatectl); if it is right, the certificate of the other side is out of date.'
        : 'A proxy that opens connections has its own authority: add its certificate to the host or image, and set SSL_CERT_FILE and REQUESTS_CA_BUNDLE to the bundle.',
    }),
  },
];
