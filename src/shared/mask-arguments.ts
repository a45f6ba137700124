import {isSecretName} from './secret-names.ts';

/** What stands for a secret. */
export const MASK = '****';

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
