// Generated from the folders next to this file: npm run generate.
/** The names of the engines in settings. */
export const engineNames: readonly string[] = ['llamacpp', 'sglang', 'vllm'];
/** The default engine of a configuration. */
export const defaultEngineName = 'vllm';
