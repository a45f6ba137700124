import type {TorchFailure} from '../torch-engine.ts';

/** Access to the hub and to vocabularies: proxies, offline mode, tokens. In order of precedence, before the general words for them. */
export const hubFailures: readonly TorchFailure[] = [
  {
    // Before an unreachable hub, whose words wrap this reason.
    code: 'proxy-failed',
    curedBy: 'network',
    whileServing: 'warning',
    words: "Max retries exceeded with url: /api/models/org/model (Caused by ProxyError('Unable to connect to proxy'",
    pattern:
      /\bProxyError\((?:'([^'\n]{1,120}))?|\bProxyError: ([^\n(]{1,120})|Tunnel connection failed: (\d{3} [\w ]{1,60})|407 Proxy Authentication Required/,
    details: (match) => ({
      message: `The proxy of this host did not let a request through${reasonOf(match)}.`,
      remedy:
        'Correct HTTPS_PROXY (with user and password, if it asks for them), or remove it where the hub is reached directly. NO_PROXY needs localhost, 127.0.0.1 and the addresses of the other nodes, or the requests between them go to the proxy too.',
    }),
  },
  {
    code: 'vocabulary-missing',
    curedBy: 'network',
    whileServing: 'warning',
    words:
      'openai_harmony.HarmonyError: error downloading or loading vocab file: failed to download or load vocab file',
    pattern:
      /error downloading or loading vocab file|Failed to load Harmony encoding|host='openaipublic\.blob\.core\.windows\.net'/,
    details: () => ({
      message: 'A vocabulary of OpenAI (tiktoken) is not on this host and could not be downloaded.',
      remedy:
        'Download o200k_base.tiktoken and cl100k_base.tiktoken from openaipublic.blob.core.windows.net/encodings on another host, put them in a directory of this host or container, and set TIKTOKEN_ENCODINGS_BASE to it. The files of the model are complete: they do not include it.',
    }),
  },
  {
    code: 'hub-unreachable',
    curedBy: 'arguments',
    whileServing: 'warning',
    words:
      'OfflineModeIsEnabled: Cannot reach https://huggingface.co/api/models/org/model: offline mode is enabled. To disable it, please unset the HF_HUB_OFFLINE environment variable.',
    pattern: /Cannot reach (\S+): offline mode is enabled|outgoing traffic has been disabled/,
    details: ([, url]) => ({
      message: `A file is not in the cache of this host, and offline mode is on (HF_HUB_OFFLINE)${url === undefined ? '' : `: ${url} was not asked`}.`,
      remedy:
        'Set engine.model to a directory with all files of the model; or unset HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE for the first start. If the cache is complete, HF_HOME points elsewhere: in a container, the cache has to be mounted. A token is not needed.',
    }),
  },
  {
    code: 'waits-for-lock',
    curedBy: 'restart',
    severity: 'warning',
    isLasting: true,
    words:
      'Still waiting to acquire lock on /root/.cache/huggingface/hub/.locks/models--m/x.lock (elapsed: 60.0 seconds)',
    pattern: /Still waiting to acquire lock on (\S{1,300})/,
    details: ([, lock]) => ({
      message: `A download waits for another process that holds ${lock}.`,
      remedy:
        'If another engine downloads the same model, wait for it. Otherwise the lock is left over, or the network file system has no locks: delete the file and start again.',
    }),
  },
  {
    code: 'credentials-missing',
    curedBy: 'arguments',
    whileServing: 'warning',
    words: 'botocore.exceptions.NoCredentialsError: Unable to locate credentials',
    pattern: /NoCredentialsError|(?:InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken)\b|DefaultCredentialsError/,
    details: () => ({
      message: 'The model is in a bucket, and the engine has no valid credentials for it.',
      remedy:
        'Give its environment the credentials of the bucket (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role of the node), or copy the model to this host. A token of the hub is not used for it.',
    }),
  },
  {
    code: 'hub-token-rejected',
    curedBy: 'model',
    whileServing: 'warning',
    words: '401 Client Error: Unauthorized for url: https://huggingface.co/api/whoami-v2 Invalid credentials',
    pattern:
      /Invalid credentials in Authorization header|\b401 Client Error[^\n]{0,300}Invalid (?:credentials|username or password)|User Access Token "[^"\n]{0,80}" is expired|enable access to public gated repositories in your fine-grained token/,
    details: (match) => ({
      message: /fine-grained/.test(match[0])
        ? 'The token of this host (HF_TOKEN) may not read gated repositories: it is a fine-grained one without that permission.'
        : 'The hub does not accept the token of this host (HF_TOKEN): it is expired, revoked or incomplete.',
      remedy:
        'Create a token that may read gated repositories and set HF_TOKEN, in the container too. For a public model, remove HF_TOKEN and the stored token (hf auth logout): with a wrong one, public files are refused as well.',
    }),
  },
];

function reasonOf(match: RegExpExecArray): string {
  const reason = (match[1] ?? match[2] ?? match[3] ?? '').trim().replace(/[.,]$/, '');
  return reason === '' ? '' : `: ${reason}`;
}
