import {describe} from 'vitest';
import {type Row, testHealthy, testRows} from '../torch-findings.ts';

const rows: readonly Row[] = [
  [
    'vllm',
    "requests.exceptions.ProxyError: (MaxRetryError(\"HTTPSConnectionPool(host='huggingface.co', port=443): Max retries exceeded with url: /api/models/o/m (Caused by ProxyError('Unable to connect to proxy', OSError('Tunnel connection failed: 403 Forbidden')))\"))",
    'proxy-failed',
    /HTTPS_PROXY.*NO_PROXY/,
    /Copy the model/,
  ],
  ['sglang', 'httpx.ProxyError: 407 Proxy Authentication Required', 'proxy-failed', /user and password/],
  [
    'vllm',
    'openai_harmony.HarmonyError: error downloading or loading vocab file: failed to download or load vocab file',
    'vocabulary-missing',
    /TIKTOKEN_ENCODINGS_BASE/,
  ],
  [
    'vllm',
    "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='openaipublic.blob.core.windows.net', port=443): Max retries exceeded with url: /encodings/o200k_base.tiktoken",
    'vocabulary-missing',
    /o200k_base\.tiktoken/,
  ],
  [
    'sglang',
    'huggingface_hub.errors.OfflineModeIsEnabled: Cannot reach https://hub.example/api/models/o/m: offline mode is enabled.',
    'hub-unreachable',
    /HF_HOME points elsewhere/,
    /HF_TOKEN/,
  ],
  [
    'vllm',
    'huggingface_hub.errors.LocalEntryNotFoundError: Cannot find an appropriate cached snapshot folder for the specified revision on the local disk and outgoing traffic has been disabled.',
    'hub-unreachable',
    /unset HF_HUB_OFFLINE/,
  ],
  [
    'vllm',
    '401 Client Error: Unauthorized for url: https://hub.example/api/models/o/m (Request ID: x). Invalid credentials in Authorization header',
    'hub-token-rejected',
    /remove HF_TOKEN/,
    /license/,
  ],
  [
    'vllm',
    '403 Forbidden: Please enable access to public gated repositories in your fine-grained token settings to view this repository.',
    'hub-token-rejected',
    /may read gated/,
  ],
  ['sglang', 'User Access Token "node" is expired', 'hub-token-rejected', /Create a token/],
  [
    'vllm',
    'GatedRepoError: 403 Client Error. Cannot access gated repo for url https://hub.example/o/m',
    'model-gated',
    /license/,
  ],
];

describe('the hub', () => {
  testRows(rows);

  testHealthy([
    'INFO 11-23 02:00:05 [arg_utils.py:1] HF_HUB_OFFLINE is True, replace model_id [o/m] to model_path [/models/m]',
    'INFO 11-23 02:00:05 [api_utils.py:1] HTTPS_PROXY is set, proxies are used for downloads',
  ]);
});
