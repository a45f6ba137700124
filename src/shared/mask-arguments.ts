/** What stands for a secret. */
export const MASK = '****';

/** `--api-key`, `--hf-token`, `admin_password`; not `--max-total-tokens`. */
const secretName = /(?:key|token|secret|password|passphrase)$/i;
/** Options that vLLM and SGLang also accept cut short: `--api-k`. */
const shortened = /^--(?:api-k|admin-api-k|hf-t|ssl-keyfile-p)/i;

/** True for the name of an option, a variable or a field that has a secret as its value. */
export function isSecretName(name: string): boolean {
  return secretName.test(name) || shortened.test(name);
}

/** True for a word of a command line that is the value of a secret option before it. */
export function isSecretValue(option: unknown, value: unknown): boolean {
  return (
    typeof option === 'string' &&
    typeof value === 'string' &&
    option.startsWith('-') &&
    !value.startsWith('-') &&
    isSecretName(option)
  );
}

/** Arguments with the values of secret options masked: `--api-key ****`, `--api-key=****`. */
export function maskArguments(words: readonly string[]): string[] {
  return words.map((word, index) => {
    const [option = ''] = word.split('=', 1);
    if (option !== word && option.startsWith('-') && isSecretName(option)) return `${option}=${MASK}`;
    return isSecretValue(words[index - 1], word) ? MASK : word;
  });
}
