/** Engines print their arguments, including keys, and hub libraries print tokens. */
const hint = /key['"]?\s*[:=]|api-key|token['"]?\s*[:=]|-token|Bearer|password|hf_|sk-/i;

/** A value ends with its quote, or with the line if it was cut. Each character matches in one way: the time is linear. */
const named =
  /((?:api_?key|hf_token|auth_token|access_token|password)["']?\s*[=:]\s*\[?\s*)((?:(["'])(?:\\.|(?!\3)[^\\])+(?:\3|\\?$)(?:\s*,\s*)?)+)/gis;
const option = /(--(?:api-key|admin-api-key|hf-token|ssl-keyfile-password)[= ]\s*)("[^"]+"|'[^']+'|[^\s'"]+)/gi;
const bare = /\b(?:hf_[A-Za-z0-9]{16,}|sk-[A-Za-z0-9_-]{16,})\b|(?<=\bBearer )[\w.~+/=-]{8,}/g;

/** A log line without the secrets that engines are known to print: `api_key='...'` keeps its name and loses its value. */
export function maskSecrets(text: string): string {
  if (!hint.test(text)) return text;
  return text.replace(named, "$1'****'").replace(option, '$1****').replace(bare, '****');
}
